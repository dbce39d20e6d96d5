#!/bin/bash
# Keeps what OVN has programmed into this switch for the next one, which would forward nothing until ovn-controller has
# found it (seconds, more when both are replaced). Runs before the switch is told to end.
set -euo pipefail
kept=/run/openvswitch/kept

rm -rf $kept
mkdir $kept
TMPDIR=$kept /usr/share/openvswitch/scripts/ovs-save save-flows br-int >$kept/restore.new
mv $kept/restore.new $kept/restore
