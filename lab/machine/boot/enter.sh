#!/bin/sh
# Runs a program inside a host, as a part of it: in its cgroups and all its namespaces.
#   enter.sh RUNDIR PID PROGRAM [ARGUMENT...]
set -eu
. "$1/host.env"
pid=$2
shift 2
for directory in $CGROUP_DIRECTORIES; do echo $$ >"$directory$ENTER_CGROUP/cgroup.procs"; done
exec nsenter --target "$pid" --mount --net --uts --ipc --pid --cgroup --root --wd -- \
  env -i PATH="$HOST_PATH" HOME=/root LANG=C.UTF-8 ${TERM:+"TERM=$TERM"} "$@"
