# /etc/nfv/vim/config.ini (reference/vim.md §6.1).
#
# @param database_dir where the VIM keeps its database
# @param vim_api_ip address of the northbound API
# @param vim_webserver_ip address for users outside
# @param instance_single_hypervisor whether servers have nowhere to go
# @param sw_mgmt_single_controller whether there is one controller
# @param image_plugin_disabled whether images are none of the VIM's business
# @param block_storage_plugin_disabled the same of volumes
# @param compute_plugin_disabled the same of servers
# @param network_plugin_disabled the same of networks
# @param guest_plugin_disabled the same of guests
# @param fault_mgmt_plugin_disabled the same of OpenStack's alarms
# @param fault_management_pod_disabled no alarms are raised in the pods
class nfv::vim (
  String[1] $database_dir,
  String[1] $vim_api_ip = '127.0.0.1',
  String[1] $vim_webserver_ip = '127.0.0.1',
  Boolean $instance_single_hypervisor = false,
  Boolean $sw_mgmt_single_controller = false,
  Boolean $image_plugin_disabled = false,
  Boolean $block_storage_plugin_disabled = false,
  Boolean $compute_plugin_disabled = false,
  Boolean $network_plugin_disabled = false,
  Boolean $guest_plugin_disabled = false,
  Boolean $fault_mgmt_plugin_disabled = false,
  Boolean $fault_management_pod_disabled = true,
) {
  include nfv
  include nfv::nfvi

  # Last: plugins are on once all that they need is there.
  file { '/etc/nfv/vim/config.ini':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('nfv/vim.ini.epp'),
    require => File['/etc/nfv/nfv_plugins/nfvi_plugins/config.ini'],
  }
}
