# Inside of the image, as root. /mnt holds packages/ (the wheels of the lock, and ours), lock and helm.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
groupadd --gid 42420 sturnus
useradd --uid 42420 --gid 42420 --home-dir /var/lib/sturnus --shell /usr/sbin/nologin sturnus
install -d -o sturnus -g sturnus -m 750 /var/lib/sturnus
install -d -m 755 /etc/sturnus
apt-get update -qq
# skopeo copies images into the local registry; util-linux brings setpriv, which ends it with us.
apt-get install -y -qq --no-install-recommends python3 python3-venv skopeo util-linux
python3 -m venv --without-pip /opt/sturnus
python3 -m venv /tmp/pip
pip="/tmp/pip/bin/pip --disable-pip-version-check --no-cache-dir --python /opt/sturnus/bin/python"
$pip install --quiet --no-index --find-links /mnt/packages --require-hashes --requirement /mnt/lock
$pip install --quiet --no-index --no-deps /mnt/packages/sturnus-*.whl
$pip check
install -m 755 /mnt/helm /usr/local/bin/helm
mkdir -p /usr/share/sturnus/sbom
$pip freeze --all >/usr/share/sturnus/sbom/pip.txt
dpkg-query -W >/usr/share/sturnus/sbom/dpkg.txt
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /tmp/* /var/log/apt /var/log/dpkg.log /root/.cache
