# The Keystone in the pods, as the inventory reads it at run time. Absent while OpenStack is not installed.
#
# @param ensure whether OpenStack is installed
# @param auth_uri where Keystone answers, without a version
# @param username its administrator
# @param project_name the administrator's project
# @param user_domain_name domain of the user
# @param project_domain_name domain of the project
# @param region_name region of all services
# @param password of the administrator
class keystone::openstack (
  Enum['present', 'absent'] $ensure = 'absent',
  Optional[String[1]] $auth_uri = undef,
  Optional[String[1]] $username = undef,
  Optional[String[1]] $project_name = undef,
  Optional[String[1]] $user_domain_name = undef,
  Optional[String[1]] $project_domain_name = undef,
  Optional[String[1]] $region_name = undef,
  Optional[Sensitive[String[1]]] $password = undef,
) {
  include platform::accounts

  $content = $ensure ? {
    'present' => epp('keystone/openstack.conf.epp'),
    default   => undef,
  }

  file {
    default:
      require => User['sturnus'];
    '/etc/sturnus':
      ensure => directory;
    '/etc/sturnus/openstack-keystone-password':
      ensure    => platform::present_if($password),
      owner     => 'sturnus',
      group     => 'sturnus',
      mode      => '0600',
      show_diff => false,
      content   => $password;
    # After the password: who finds this file finds that one.
    '/etc/sturnus/openstack-keystone.conf':
      ensure  => platform::present_if($content),
      owner   => 'root',
      group   => 'sturnus',
      mode    => '0640',
      content => $content,
      require => File['/etc/sturnus/openstack-keystone-password'];
  }
}
