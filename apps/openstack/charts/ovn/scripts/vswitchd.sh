#!/bin/bash
# The switch, in the foreground. It forwards in userspace: bridges have datapath_type netdev.
set -euo pipefail
database=unix:/run/openvswitch/db.sock
kept=/run/openvswitch/kept

# What flows-save.sh kept, unless ovn-controller was faster: it knows better.
give_back_flows() {
  for ((tries = 0; tries < 100; tries++)); do
    if flows=$(ovs-ofctl -O OpenFlow14 dump-flows br-int 2>/dev/null); then
      grep -q cookie <<<"$flows" || bash $kept/restore
      break
    fi
    sleep 0.1
  done
  rm -rf $kept
}

# Ends at once when the database answers; fails, and is started again, when it does not within 30 seconds.
ovs-vsctl --db=$database --timeout=30 --retry --no-wait init
# A grandchild, so that tini and not the switch has to wait for it.
[ ! -s $kept/restore ] || (give_back_flows &)
exec ovs-vswitchd $database \
  --unixctl=/run/openvswitch/ovs-vswitchd.ctl --pidfile=/run/openvswitch/ovs-vswitchd.pid \
  -vconsole:info -vsyslog:off
