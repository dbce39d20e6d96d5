# Directories of the VIM.
class nfv {
  include platform::accounts

  file { ['/etc/nfv', '/etc/nfv/vim', '/etc/nfv/nfv_plugins', '/etc/nfv/nfv_plugins/nfvi_plugins']:
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }
}
