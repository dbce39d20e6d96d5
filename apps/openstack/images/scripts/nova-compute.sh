# libvirt's binding is Debian's: PyPI has it only as a source that needs a compiler and libvirt's headers.
packages=$(echo /var/lib/openstack/lib/python3.*/site-packages)
cp /usr/lib/python3/dist-packages/libvirt.py /usr/lib/python3/dist-packages/libvirtmod*.so "$packages/"
/var/lib/openstack/bin/python -c 'import libvirt; print("libvirt", libvirt.getVersion())'
