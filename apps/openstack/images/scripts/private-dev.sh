# Gives the calling mount namespace a /dev of its own, then becomes the command.
# Package scripts of qemu, libvirt and udev change modes in /dev: of this one, not of the machine's.
set -eu
mount -t tmpfs -o mode=755,nosuid tmpfs /mnt
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r name major minor <<<"$device"
  mknod -m 666 "/mnt/$name" c "$major" "$minor"
done
mkdir /mnt/pts /mnt/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts /mnt/pts
mount -t tmpfs -o mode=1777 tmpfs /mnt/shm
ln -s pts/ptmx /mnt/ptmx
ln -s /proc/self/fd /mnt/fd
ln -s fd/0 /mnt/stdin
ln -s fd/1 /mnt/stdout
ln -s fd/2 /mnt/stderr
mount --move /mnt /dev
exec "$@"
