#!/bin/bash
# The switch, in the foreground. It forwards in userspace: bridges have datapath_type netdev.
set -euo pipefail
database=unix:/run/openvswitch/db.sock

# Ends at once when the database answers; fails, and is started again, when it does not within 30 seconds.
ovs-vsctl --db=$database --timeout=30 --retry --no-wait init
exec ovs-vswitchd $database \
  --unixctl=/run/openvswitch/ovs-vswitchd.ctl --pidfile=/run/openvswitch/ovs-vswitchd.pid \
  -vconsole:info -vsyslog:off
