# Users of the platform's programs on a controller.
class platform::accounts {
  ['sturnus', 'sturnus-vim'].each |$name| {
    group { $name:
      ensure => present,
      system => true,
    }

    user { $name:
      ensure => present,
      system => true,
      gid    => $name,
      home   => '/',
      shell  => '/usr/sbin/nologin',
    }
  }
}
