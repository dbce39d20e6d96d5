#!/bin/bash
# Translates the northbound database, which Neutron writes, into the southbound one, which hosts read; in the foreground.
set -euo pipefail
exec ovn-northd --ovnnb-db=unix:/run/ovn/ovnnb_db.sock --ovnsb-db=unix:/run/ovn/ovnsb_db.sock \
  --unixctl=/run/ovn/ovn-northd.ctl --pidfile=/run/ovn/ovn-northd.pid \
  -vconsole:info -vsyslog:off
