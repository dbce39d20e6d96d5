#!/bin/sh
# The first program of a host, pid 1 in its own namespaces: builds the host's view of the world, then becomes runit.
#   init.sh RUNDIR
set -eu
run=$1
. "$run/host.env"

# /proc is still the machine's here, so this is the number by which the machine knows this process.
read -r line </proc/self/stat
set -- $line
echo "$1 ${22}" >"$run/init.new" && mv "$run/init.new" "$run/init"
# A cgroup of version 2 that holds a process cannot hand controllers to children: unshare(1), which waits outside, leaves.
[ "$CGROUP_VERSION" = 1 ] || echo "$4" >"/sys/fs/cgroup$SUPPLY_CGROUP/cgroup.procs"

hostname "$HOST"

# The disk: the machine's root file system below, what is this host's own above.
root=$run/root
mkdir -p "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$DISK/upper,workdir=$DISK/work" "$root"

# What must not lie on an overlay (container images are overlays themselves) lies beside it.
for volume in $VOLUMES; do
  mkdir -p "$root/$volume" "$DISK/volumes/$volume"
  mount --bind "$DISK/volumes/$volume" "$root/$volume"
done
mkdir -p "$root/$PROGRAMS_MOUNT"
mount --bind "$PROGRAMS" "$root/$PROGRAMS_MOUNT"
mount -o remount,bind,ro "$root/$PROGRAMS_MOUNT"

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755,size=25% tmpfs "$root/run"

# Devices of a host that has no hardware of its own; pods get /dev/net/tun from here.
mount -t tmpfs -o mode=755,size=1m tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/net"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,size=25% tmpfs "$root/dev/shm"
mount -t mqueue mqueue "$root/dev/mqueue"
umask 0
while read -r name major minor mode; do
  mknod -m "$mode" "$root/dev/$name" c "$major" "$minor"
done <<DEVICES
null 1 3 666
zero 1 5 666
full 1 7 666
random 1 8 666
urandom 1 9 666
kmsg 1 11 644
tty 5 0 666
net/tun 10 200 666
fuse 10 229 666
DEVICES
umask 022
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"

# The host's own cgroups, seen as the root of every hierarchy.
case $CGROUP_VERSION in
1)
  mount -t tmpfs -o mode=755,size=1m tmpfs "$root/sys/fs/cgroup"
  for hierarchy in $CGROUP_HIERARCHIES; do
    mkdir "$root/sys/fs/cgroup/${hierarchy#name=}"
    case $hierarchy in name=*) option=none,$hierarchy ;; *) option=$hierarchy ;; esac
    mount -t cgroup -o "$option" cgroup "$root/sys/fs/cgroup/${hierarchy#name=}"
  done
  ;;
2)
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mkdir -p "$root/sys/fs/cgroup/init"
  echo 1 >"$root/sys/fs/cgroup/init/cgroup.procs"
  for controller in $(cat "$root/sys/fs/cgroup/cgroup.controllers"); do
    echo "+$controller" >"$root/sys/fs/cgroup/cgroup.subtree_control" || true
  done
  ;;
esac

# The kubelet sets these for the whole machine. Here it finds files that hold its values, and the machine's stay.
mkdir "$root/run/kernel"
held() {
  echo "$1" >"$root/run/kernel/$2"
  mount --bind "$root/run/kernel/$2" "$root/proc/sys/$3"
}
held 1 overcommit_memory vm/overcommit_memory
held 10 panic kernel/panic
held 1 panic_on_oops kernel/panic_on_oops

# The memory that its cgroup allows is the memory it has.
sed -E "s/^(MemTotal|MemFree|MemAvailable):.*/\1: $MEMORY_KIB kB/; s/^(SwapTotal|SwapFree):.*/\1: 0 kB/" \
  /proc/meminfo >"$root/run/kernel/meminfo"
mount --bind "$root/run/kernel/meminfo" "$root/proc/meminfo"

cd "$root"
mkdir -p .machine
pivot_root . .machine
umount -l /.machine
rmdir /.machine
# Volumes that pods mount have to show up on the host, and the other way round.
mount --make-rshared /
exec env -i PATH="$HOST_PATH" HOME=/root LANG=C.UTF-8 runit </dev/null
