#!/bin/bash
# libvirtd, in the foreground, of a host whose servers outlive this pod.
#   NODE_NAME, LISTEN_ADDRESS; the two files of libvirt in /etc/libvirt-files
set -euo pipefail

# A home for servers' processes in every hierarchy, outside of the pod; QEMU's wrapper moves in there. A new cpuset is
# empty, and nothing can be moved into it.
for hierarchy in /sys/fs/cgroup/*/; do
  group=$hierarchy/machine-guests
  mkdir -p "$group"
  for setting in cpuset.cpus cpuset.mems; do
    [ ! -e "$hierarchy$setting" ] || cat "$hierarchy$setting" >"$group/$setting"
  done
done

# Hosts of one machine share its UUID, and libvirt does not migrate to itself: so it is made of the node's name.
digest=$(printf %s "$NODE_NAME" | sha256sum)
uuid=${digest:0:8}-${digest:8:4}-4${digest:13:3}-8${digest:17:3}-${digest:20:12}
install -m 600 /etc/libvirt-files/qemu.conf /etc/libvirt/qemu.conf
printf '%s\nlisten_addr = "%s"\nhost_uuid = "%s"\n' \
  "$(</etc/libvirt-files/libvirtd.conf)" "$LISTEN_ADDRESS" "$uuid" >/etc/libvirt/libvirtd.conf

mkdir -p /var/lib/libvirt/images
exec libvirtd --listen --pid-file /run/libvirt/libvirtd.pid
