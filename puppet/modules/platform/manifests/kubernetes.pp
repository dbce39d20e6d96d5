# Tells programs on this host of the cluster.
class platform::kubernetes {
  include platform::config
  include platform::kubernetes::params

  file { '/etc/platform/kubernetes.conf':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp('platform/kubernetes.conf.epp'),
  }
}
