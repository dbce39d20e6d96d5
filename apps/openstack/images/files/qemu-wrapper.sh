#!/bin/bash
# Starts QEMU outside of the pod that libvirtd runs in, so that a server outlives every pod of its host.
# The pod makes the cgroup machine-guests in each hierarchy; the kubelet kills only what it finds in the pod's own.
# Where it is not there (another chart, a test) QEMU just starts.
for processes in /sys/fs/cgroup/*/machine-guests/cgroup.procs /sys/fs/cgroup/machine-guests/cgroup.procs; do
  if [ -e "$processes" ]; then
    echo $$ >"$processes" || echo "qemu-wrapper: cannot enter $processes" >&2
  fi
done
options=(
  # Userspace OVS fills in no checksums: with virtio's default, ping works and TCP hangs.
  -global virtio-net-pci.csum=off
  # OVN lets a migrated server speak once QEMU has announced it, and knows a second later that its floating address is
  # here: what it says meanwhile leaves by the router's address, is answered with a reset, and ends its connections.
  # Without an announcement OVN lets it speak when it knows (docs/decisions/a-moved-server-is-silent-until-ovn-knows.md).
  -global migration.announce-rounds=0
)
exec -a /usr/bin/qemu-system-x86_64 /usr/bin/qemu-system-x86_64.real "$@" "${options[@]}"
