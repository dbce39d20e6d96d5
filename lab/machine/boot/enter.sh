#!/bin/sh
# Runs a program inside a host, as a part of it: in its cgroups and all its namespaces.
#   enter.sh RUNDIR PID PROGRAM [ARGUMENT...]
set -eu
. "$1/host.env"
pid=$2
shift 2
# Until pid 1 has become runit it still stands on the machine's file system, and so would the program: its reboot(8) is
# not the host's.
tries=0
until read -r name <"/proc/$pid/comm" && [ "$name" = runit ]; do
  tries=$((tries + 1))
  [ $tries -lt 200 ] || { echo "the host does not come up: pid 1 is ${name:-gone}" >&2 && exit 1; }
  sleep 0.05
done
for directory in $CGROUP_DIRECTORIES; do echo $$ >"$directory$ENTER_CGROUP/cgroup.procs"; done
exec nsenter --target "$pid" --mount --net --uts --ipc --pid --cgroup --root --wd -- \
  env -i PATH="$HOST_PATH" HOME=/root LANG=C.UTF-8 ${TERM:+"TERM=$TERM"} "$@"
