# One virtual environment for all services (reference/openstack.md §1.2), made with Debian's Python.
. /mnt/environment
if [ -e /run/machine-certificates/ca-certificates.crt ]; then export PIP_CERT=/run/machine-certificates/ca-certificates.crt; fi
venv=/var/lib/openstack
python3 -m venv --without-pip $venv
python3 -m venv /tmp/pip
pip="/tmp/pip/bin/pip --disable-pip-version-check --no-cache-dir --python $venv/bin/python"
$pip install --quiet --no-deps -r /mnt/pins.txt
$pip check
mkdir -p /usr/share/sturnus/sbom
$pip freeze --all >/usr/share/sturnus/sbom/pip.txt

# 200 MB that nothing imports; before Horizon's files are collected, so that those agree with what is left.
find $venv -type d -name tests -prune -exec rm -rf {} +
rm -rf $venv/share/doc $venv/share/man

# paste.ini, rootwrap filters and the like, where the services look for them.
for service in glance nova neutron; do cp -a $venv/etc/$service /etc/; done
for service in keystone placement openstack-dashboard; do mkdir -p /etc/$service; done

# Horizon: the chart's settings take the place of these; the collected files belong to the image.
packages=$(echo $venv/lib/python3.*/site-packages)
install -m 644 /mnt/files/horizon_build_settings.py /etc/openstack-dashboard/local_settings.py
ln -sfn /etc/openstack-dashboard/local_settings.py "$packages/openstack_dashboard/local/local_settings.py"
export DJANGO_SETTINGS_MODULE=openstack_dashboard.settings
$venv/bin/django-admin collectstatic --noinput --verbosity 0
$venv/bin/django-admin compress --force --verbosity 0
$venv/bin/python -W ignore /mnt/files/horizon_check.py
rm -f "$packages"/openstack_dashboard/local/.secret_key_store
