#!/bin/bash
# Programs the host's switch from OVN's southbound database, in the foreground.
set -euo pipefail
exec ovn-controller unix:/run/openvswitch/db.sock \
  --pidfile=/run/ovn/ovn-controller.pid \
  -vconsole:info -vsyslog:off
