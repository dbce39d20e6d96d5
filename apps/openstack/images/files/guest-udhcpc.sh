#!/bin/sh
# What udhcpc calls: takes what the server gave.
[ "$1" = bound ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/${mask:-24}" dev "$interface"
[ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
for gateway in $router; do ip route replace default via "$gateway"; done
[ -z "$dns" ] || for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
echo "$interface: $ip/${mask:-24} mtu ${mtu:-1500}" >/dev/console
