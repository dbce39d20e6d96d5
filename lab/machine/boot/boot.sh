#!/bin/sh
# From the machine's namespaces into a host's: cgroup first, so that the cgroup namespace is rooted there.
#   boot.sh RUNDIR
set -eu
. "$1/host.env"
SUPPLY_CGROUP=$(sed -n 's/^0:://p' /proc/self/cgroup)
export SUPPLY_CGROUP
# A machine that starts has no cgroups. The kubelet asks its runtime, for seconds each, about every one that it finds.
for directory in $CGROUP_DIRECTORIES; do find "$directory" -mindepth 1 -depth -type d -exec rmdir {} + || true; done
for directory in $CGROUP_DIRECTORIES; do echo $$ >"$directory/cgroup.procs"; done
exec nsenter "--net=$NETWORK_NAMESPACE" \
  unshare --mount --uts --ipc --cgroup --pid --fork --propagation private \
  sh "$(dirname "$0")/init.sh" "$1"
