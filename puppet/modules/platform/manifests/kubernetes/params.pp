# The cluster, as programs on hosts have to know it.
#
# @param service_domain DNS domain of Services
# @param pod_network_cidr addresses of pods
# @param service_network_cidr addresses of Services
# @param dns_service_ip the cluster's name server
# @param apiserver_advertise_address where the API server is reached
# @param node_ip address of this host as a node
class platform::kubernetes::params (
  String[1] $service_domain,
  Optional[String[1]] $pod_network_cidr = undef,
  Optional[String[1]] $service_network_cidr = undef,
  Optional[String[1]] $dns_service_ip = undef,
  Optional[String[1]] $apiserver_advertise_address = undef,
  Optional[String[1]] $node_ip = undef,
) {
}
