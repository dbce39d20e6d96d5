# On the machine: a minimal Debian 12 in the context ($1), whose files become the image's.
set -eu
mirror=${STURNUS_DEBIAN_MIRROR:-http://deb.debian.org}
mmdebstrap --quiet --variant=minbase --include=ca-certificates,tini --format=directory \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  bookworm "$1" \
  "deb $mirror/debian bookworm main" \
  "deb $mirror/debian bookworm-updates main" \
  "deb $mirror/debian-security bookworm-security main"
rm -rf "$1"/dev/* "$1"/var/lib/apt/lists/* "$1"/var/log/*.log
# No package may start a service: there is nothing to start it in.
printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
chmod 755 "$1/usr/sbin/policy-rc.d"
mkdir -p "$1/usr/share/sturnus/sbom"
chroot "$1" dpkg-query -W >"$1/usr/share/sturnus/sbom/dpkg.txt"
