# conf.db belongs to a host, keys to a cluster.
rm -rf /etc/openvswitch/conf.db /etc/openvswitch/.conf.db.~lock~ /etc/openvswitch/system-id.conf
rm -rf /var/lib/openvswitch/pki /var/lib/ovn/*
install -d -m 755 /run/openvswitch /run/ovn /etc/openvswitch /var/lib/ovn /var/lib/openvswitch
install -d -m 755 /var/log/openvswitch /var/log/ovn
