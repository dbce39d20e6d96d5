# A disk that boots a kernel and busybox, without loop devices or mounts (reference/openstack.md §4.3).
# Only /out becomes the image.
work=/tmp/guest
mkdir -p $work/root/{bin,dev,proc,sys,tmp,modules,www,etc/udhcpc,etc/acpi/PWRF} /out/usr/share/sturnus/sbom
cd $work

# The kernel is unpacked, not installed: an initramfs of Debian's is of no use here.
package=$(apt-cache depends --important linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
apt-get download -qq "$package"
dpkg -x linux-image-*.deb kernel
cp kernel/boot/vmlinuz-* vmlinuz

cp /bin/busybox root/bin/
cp /mnt/files/guest-init.sh root/init
cp /mnt/files/guest-udhcpc.sh root/etc/udhcpc/default.script
printf '#!/bin/sh\nexec /bin/poweroff -f\n' >root/etc/acpi/PWRF/00000080
chmod 755 root/init root/etc/udhcpc/default.script root/etc/acpi/PWRF/00000080
for module in failover net_failover virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci \
  virtio_net virtio_blk virtio_rng af_packet button evdev; do
  find kernel/lib/modules -name "$module.ko" -exec cp {} root/modules/ \;
done
(cd root && find . | sort | cpio --quiet -o -H newc --reproducible) | gzip -1n >initrd

truncate -s 48M disk
echo 'start=2048, type=6, bootable' | sfdisk --quiet disk
dd if=/usr/lib/syslinux/mbr/mbr.bin of=disk bs=440 count=1 conv=notrunc status=none
mkfs.vfat --offset 2048 -F 16 disk >/dev/null
cat >syslinux.cfg <<'CONFIGURATION'
DEFAULT linux
PROMPT 0
LABEL linux
 KERNEL vmlinuz
 INITRD initrd
 APPEND console=tty0 console=ttyS0 quiet panic=5 random.trust_cpu=on
CONFIGURATION
mcopy -i disk@@1M vmlinuz initrd syslinux.cfg ::/
syslinux --offset 1048576 --install disk
qemu-img convert -c -O qcow2 disk /out/guest.qcow2

# So that an init container can hand the disk to whoever uploads it: `cp /guest.qcow2 /shared/`.
mkdir /out/bin
cp /bin/busybox /out/bin/
ln -s busybox /out/bin/cp
ln -s busybox /out/bin/sh
dpkg-query -W busybox-static syslinux-common >/out/usr/share/sturnus/sbom/dpkg.txt
dpkg-deb -W linux-image-*.deb >>/out/usr/share/sturnus/sbom/dpkg.txt
cd /
