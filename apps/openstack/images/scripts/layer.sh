# Inside of an image, as root: users, packages, the recipe's own script, the list of what is in it.
# /mnt holds the inputs: users, packages, inside.sh (may be empty) and the files of the recipe.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
while read -r name number; do
  groupadd --gid "$number" "$name"
  useradd --uid "$number" --gid "$number" --home-dir "/var/lib/$name" --shell /usr/sbin/nologin "$name"
  install -d -o "$name" -g "$name" -m 750 "/var/lib/$name"
done </mnt/users
if [ -s /mnt/packages ]; then
  apt-get update -qq
  xargs -a /mnt/packages apt-get install -y -qq --no-install-recommends
fi
if [ -e /mnt/inside.sh ]; then bash -eu /mnt/inside.sh; fi
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache
rm -rf /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /tmp/* /var/tmp/* /root/.cache
mkdir -p /usr/share/sturnus/sbom
dpkg-query -W >/usr/share/sturnus/sbom/dpkg.txt
