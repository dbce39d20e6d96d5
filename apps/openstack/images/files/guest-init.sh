#!/bin/busybox sh
# The whole system of a test server. On its console: an address per NIC, GUEST READY, then its uptime every five
# seconds (proof that a migration was no reboot). On its ports: 80 a page, 2323 a shell (nc; no password: a test image).
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
for pass in 1 2 3; do # in three passes the dependencies sort themselves out
  for module in /modules/*.ko; do insmod "$module" 2>/dev/null; done
done
ip link set lo up
for nic in /sys/class/net/*; do
  nic=${nic##*/}
  [ "$nic" = lo ] && continue
  ip link set "$nic" up
  udhcpc -i "$nic" -t 8 -T 2 -n -q -O mtu -s /etc/udhcpc/default.script >/dev/null
done
echo "guest on Linux $(uname -r)" >/www/index.html
httpd -h /www
acpid -f -l /dev/null & # the power button: a server that is stopped stops at once
nc -ll -p 2323 -e sh &
echo "GUEST READY"
while :; do
  echo "tick $(cut -d. -f1 /proc/uptime)"
  sleep 5
done
