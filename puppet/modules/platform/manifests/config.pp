# The platform's own directory, and the file by which programs on a host learn what it is.
class platform::config {
  include platform::params

  group { 'sys_protected':
    ensure => present,
    system => true,
  }

  file { '/etc/platform':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  file { '/etc/platform/platform.conf':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('platform/platform.conf.epp'),
  }
}
