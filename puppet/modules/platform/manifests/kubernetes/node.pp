# Makes this host a node of the cluster, once. Nothing undoes that here: a host that is locked stays a node.
#
# @param admission what lets it in, JSON, for a quarter of an hour; undef: it is a node already
class platform::kubernetes::node (
  Optional[Sensitive[String[1]]] $admission = undef,
) {
  include platform::config

  $file = '/etc/sturnus/node-admission'

  if $admission {
    file { $file:
      ensure    => file,
      owner     => 'root',
      group     => 'root',
      mode      => '0600',
      show_diff => false,
      content   => $admission,
    }
    -> exec { 'node-join':
      # Without a path of its own it has the agent's, where the site's kubeadm is.
      command => "/usr/local/bin/sturnus node-join --admission ${file}",
      creates => '/etc/kubernetes/sturnus-finished',
      timeout => 240,
    }
  } else {
    file { $file:
      ensure => absent,
    }
  }
}
