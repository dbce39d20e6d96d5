# What administrators source. None of it holds a password but the files that only they may read.
#
# @param openrc text of /etc/platform/openrc; undef: the platform has no Keystone
# @param openstack_openrc text of the one for the OpenStack in the pods; undef: it is not installed
# @param clouds text of /etc/openstack/clouds.yaml, with both
# @param openstack_password of the administrator of the OpenStack in the pods
class platform::client (
  Optional[String[1]] $openrc = undef,
  Optional[String[1]] $openstack_openrc = undef,
  Optional[String[1]] $clouds = undef,
  Optional[Sensitive[String[1]]] $openstack_password = undef,
) {
  include platform::config

  file {
    default:
      owner   => 'root',
      group   => 'sys_protected',
      mode    => '0640',
      require => Group['sys_protected'];
    '/etc/platform/openrc':
      ensure  => platform::present_if($openrc),
      content => $openrc;
    '/etc/platform/openstack-openrc':
      ensure  => platform::present_if($openstack_openrc),
      content => $openstack_openrc;
    '/etc/platform/openstack-admin-password':
      ensure    => platform::present_if($openstack_password),
      show_diff => false,
      content   => $openstack_password;
    '/etc/openstack':
      ensure => directory,
      group  => 'root',
      mode   => '0755';
    '/etc/openstack/clouds.yaml':
      ensure  => platform::present_if($clouds),
      content => $clouds,
      group   => 'root',
      mode    => '0644';
  }
}
