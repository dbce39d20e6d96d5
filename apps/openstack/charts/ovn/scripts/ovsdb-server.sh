#!/bin/bash
# The host's own database of Open vSwitch, in the foreground. It lies on the host's disk, so that bridges and ports outlive pods.
set -euo pipefail
database=/etc/openvswitch/conf.db
schema=/usr/share/openvswitch/vswitch.ovsschema

if [ ! -s "$database" ]; then
  rm -f "$database"
  ovsdb-tool create "$database" "$schema"
elif [ "$(ovsdb-tool needs-conversion "$database" "$schema")" = yes ]; then
  ovsdb-tool convert "$database" "$schema"
fi
# TCP for nova-compute, which makes the ports of servers; on the loopback interface only.
exec ovsdb-server "$database" \
  --remote=punix:/run/openvswitch/db.sock --remote=ptcp:6640:127.0.0.1 \
  --unixctl=/run/openvswitch/ovsdb-server.ctl --pidfile=/run/openvswitch/ovsdb-server.pid \
  -vconsole:info -vsyslog:off
