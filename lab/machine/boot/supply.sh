#!/bin/sh
# The power supply of one host. It runs outside of the host and feeds it until it is switched off: a host that reboots
# is started again. It knows how the host ended by the status of unshare(1): reboot(2) in a pid namespace ends pid 1 by
# SIGHUP (129: restart) or SIGINT (130: power off); a pulled plug is SIGKILL. Who pulls the plug leaves a file, so that a
# host that is just rebooting does not come back.
#   supply.sh RUNDIR
set -u
run=$1
here=$(dirname "$0")
read -r line </proc/self/stat
set -- $line
echo "$1 ${22}" >"$run/supply.new" && mv "$run/supply.new" "$run/supply"

while :; do
  echo "$(date -u +%FT%TZ) power on"
  sh "$here/boot.sh" "$run" &
  wait $!
  status=$?
  echo "$(date -u +%FT%TZ) pid 1 ended with status $status"
  rm -f "$run/init"
  [ $status = 129 ] && [ ! -e "$run/unplugged" ] || break
done
rm -f "$run/supply"
