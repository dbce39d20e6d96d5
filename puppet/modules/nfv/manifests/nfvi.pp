# /etc/nfv/nfv_plugins/nfvi_plugins/config.ini (reference/vim.md §6.2). Without OpenStack it has no section [openstack].
#
# @param platform_auth_protocol http or https, of the platform's Keystone
# @param platform_auth_host its host
# @param platform_auth_port its port
# @param platform_username user of the VIM there
# @param platform_tenant project of that user
# @param platform_user_domain domain of the user
# @param platform_project_domain domain of the project
# @param openstack_auth_host the Keystone in the pods; undef: OpenStack is not installed
# @param openstack_auth_port its port
# @param openstack_username its administrator
# @param openstack_tenant the administrator's project
# @param openstack_user_domain domain of the administrator
# @param openstack_project_domain domain of the project
# @param openstack_password password of the administrator
# @param keystone_region_name region of the platform's identity service
# @param sysinv_region_name region of the inventory
# @param patching_region_name region of patching
# @param fm_region_name region of fault management
# @param nova_region_name region of Nova
# @param neutron_region_name region of Neutron
# @param glance_region_name region of Glance
# @param cinder_region_name region of Cinder
# @param heat_region_name region of Heat
# @param ceilometer_region_name region of Ceilometer
# @param nova_endpoint_override where Nova answers
# @param nova_endpoint_disabled whether Nova is not spoken to
# @param neutron_endpoint_disabled the same of Neutron
# @param cinder_endpoint_disabled the same of Cinder
# @param rabbit_host message bus of Nova; undef: none
# @param rabbit_port its port
# @param rabbit_virtual_host its virtual host
# @param infrastructure_rest_api_host where the inventory tells the VIM of hosts
# @param compute_rest_api_host where Nova's proxy is served
# @param host_listener_host where hosts speak to the VIM
class nfv::nfvi (
  String[1] $platform_auth_protocol = 'http',
  String[1] $platform_auth_host = '127.0.0.1',
  Integer $platform_auth_port = 5000,
  String[1] $platform_username = 'vim',
  String[1] $platform_tenant = 'services',
  String[1] $platform_user_domain = 'Default',
  String[1] $platform_project_domain = 'Default',
  Optional[String[1]] $openstack_auth_host = undef,
  Integer $openstack_auth_port = 5000,
  String[1] $openstack_username = 'admin',
  String[1] $openstack_tenant = 'admin',
  String[1] $openstack_user_domain = 'Default',
  String[1] $openstack_project_domain = 'Default',
  Optional[Sensitive[String[1]]] $openstack_password = undef,
  String[1] $keystone_region_name = 'RegionOne',
  String[1] $sysinv_region_name = 'RegionOne',
  String[1] $patching_region_name = 'RegionOne',
  String[1] $fm_region_name = 'RegionOne',
  String[1] $nova_region_name = 'RegionOne',
  String[1] $neutron_region_name = 'RegionOne',
  String[1] $glance_region_name = 'RegionOne',
  String[1] $cinder_region_name = 'RegionOne',
  String[1] $heat_region_name = 'RegionOne',
  String[1] $ceilometer_region_name = 'RegionOne',
  String[1] $nova_endpoint_override = 'http://127.0.0.1:18774',
  Boolean $nova_endpoint_disabled = false,
  Boolean $neutron_endpoint_disabled = false,
  Boolean $cinder_endpoint_disabled = false,
  Optional[String[1]] $rabbit_host = undef,
  Integer $rabbit_port = 5672,
  String[1] $rabbit_virtual_host = '/',
  String[1] $infrastructure_rest_api_host = '127.0.0.1',
  String[1] $compute_rest_api_host = '127.0.0.1',
  String[1] $host_listener_host = '127.0.0.1',
) {
  include nfv

  file {
    default:
      require => [Class['nfv'], User['sturnus-vim']];
    '/etc/nfv/nfv_plugins/nfvi_plugins/openstack-password':
      ensure    => platform::present_if($openstack_password),
      owner     => 'sturnus-vim',
      group     => 'sturnus-vim',
      mode      => '0600',
      show_diff => false,
      content   => $openstack_password;
    # After the password: who finds the section [openstack] finds that file.
    '/etc/nfv/nfv_plugins/nfvi_plugins/config.ini':
      ensure  => file,
      owner   => 'root',
      group   => 'root',
      mode    => '0644',
      content => epp('nfv/nfvi.ini.epp'),
      require => [Class['nfv'], File['/etc/nfv/nfv_plugins/nfvi_plugins/openstack-password']];
  }
}
