# What the system and this host are.
#
# @param software_version of the platform
# @param system_name name of the system
# @param system_type Standard or All-in-one
# @param system_mode simplex, duplex or duplex-direct
# @param region_name region of the platform's Keystone
# @param controller_hostname the active controller
# @param hostname this host, as the inventory calls it
# @param personality controller, worker or storage
# @param subfunctions roles, separated by commas
# @param stx_openstack_applied whether OpenStack is installed and was verified
class platform::params (
  String[1] $software_version,
  String[1] $system_name,
  String[1] $system_type,
  String[1] $system_mode,
  String[1] $region_name,
  String[1] $controller_hostname,
  String[1] $hostname,
  Enum['controller', 'worker', 'storage'] $personality,
  String[1] $subfunctions,
  Boolean $stx_openstack_applied = false,
) {
}
