#!/bin/bash
# One of OVN's two databases, in the foreground.
#   ovn-database.sh nb|sb PORT
set -euo pipefail
database=/var/lib/ovn/ovn$1_db.db
schema=/usr/share/ovn/ovn-$1.ovsschema

if [ ! -s "$database" ]; then
  rm -f "$database"
  ovsdb-tool create "$database" "$schema"
elif [ "$(ovsdb-tool needs-conversion "$database" "$schema")" = yes ]; then
  ovsdb-tool convert "$database" "$schema"
fi
exec ovsdb-server "$database" \
  "--remote=punix:/run/ovn/ovn$1_db.sock" "--remote=ptcp:$2:0.0.0.0" \
  "--unixctl=/run/ovn/ovn$1_db.ctl" "--pidfile=/run/ovn/ovn$1_db.pid" \
  -vconsole:info -vsyslog:off
