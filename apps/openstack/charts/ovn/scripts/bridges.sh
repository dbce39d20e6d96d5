#!/bin/bash
# Makes the host's bridges as the values want them, and tells OVN how to reach this host. Running it again changes
# nothing that is right; after a boot it gives back the address that the bridge for tunnels lost with the power.
#   NODE_NAME, ENCAP_TYPE, ENCAP_DEVICE, BRIDGE_MAPPINGS, CMS_OPTIONS, OVN_REMOTE, BRIDGES (`br-ex eth2,br-ex1 eth3`)
set -euo pipefail
database=unix:/run/openvswitch/db.sock
tunnel_bridge=br-phy

vsctl() { ovs-vsctl --db=$database --timeout=60 --retry "$@"; }
fail() { echo "$NODE_NAME: $1" >&2 && exit 1; }

addresses() { ip -o -4 address show dev "$1" scope global 2>/dev/null | awk '{ print $4 }'; }

# The bridge's own MAC: the device's, but for its first byte. Fixed, so that peers' neighbour entries stay right when the
# bridge is made anew; not the device's, or the kernel would take the tunnels' packets on the device for its own.
bridge_mac() { echo "06:$(cut -d: -f2- <"/sys/class/net/$1/address")"; }

take_into_bridge() { # BRIDGE DEVICE
  [ -e "/sys/class/net/$2" ] ||
    fail "there is no device $2 for bridge $1; there are: $(ls /sys/class/net | tr '\n' ' '): set network.interface.tunnel, conf.auto_bridge_add"
  # ARP is answered for a device's own addresses only, not for those of the bridge that it is in (reference §3.2a).
  echo 1 >"/proc/sys/net/ipv4/conf/$2/arp_ignore"
  vsctl --may-exist add-br "$1" -- set bridge "$1" datapath_type=netdev "other_config:hwaddr=\"$(bridge_mac "$2")\"" \
    -- --may-exist add-port "$1" "$2"
  ip link set "$2" up
  for address in $(addresses "$2"); do
    ip address delete "$address" dev "$2"
    ip address replace "$address" dev "$1"
  done
  ip link set "$1" up
}

[ -n "$ENCAP_DEVICE" ] ||
  fail "no device for tunnels: assign a data network of type vxlan to an interface, or set network.interface.tunnel"
take_into_bridge $tunnel_bridge "$ENCAP_DEVICE"
encap_address=$(addresses $tunnel_bridge | head -n 1 | cut -d/ -f1)
[ -n "$encap_address" ] || fail "$ENCAP_DEVICE, the device for tunnels, has no address: give it one, and delete this pod"

IFS=, read -ra bridges <<<"$BRIDGES"
for each in "${bridges[@]}"; do
  take_into_bridge "${each% *}" "${each#* }"
done

# The hostname is the name under which Nova knows this host, or ports do not bind.
vsctl set open_vswitch . \
  "external_ids:system-id=$NODE_NAME" "external_ids:hostname=$NODE_NAME" \
  "external_ids:ovn-remote=\"$OVN_REMOTE\"" external_ids:ovn-bridge-datapath-type=netdev \
  "external_ids:ovn-encap-type=$ENCAP_TYPE" "external_ids:ovn-encap-ip=$encap_address" \
  "external_ids:ovn-bridge-mappings=\"$BRIDGE_MAPPINGS\"" "external_ids:ovn-cms-options=\"$CMS_OPTIONS\""
echo "$NODE_NAME: tunnels end at $encap_address on $ENCAP_DEVICE; physical networks: ${BRIDGE_MAPPINGS:-none}"
