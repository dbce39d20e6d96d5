"""The platform's users and groups on a controller, and the directories that are theirs.

    keystone       runs Keystone, owns its state, and may write nothing else
    sturnus        runs the inventory, owns its database, reads its settings and its kubeconfig
    sturnus-vim    runs the VIM, owns its database, reads its settings and its kubeconfig
    sys_protected  group of administrators: reads the openrc and the administrator's password

The agent has no user: it runs as root on every host, since it reads hardware and reboots. docs/how-to/install.md shows
these commands to users.
"""

from __future__ import annotations

from typing import Final

STATE: Final = "/var/lib/sturnus"
KEYSTONE: Final = "keystone"
INVENTORY: Final = "sturnus"
VIM: Final = "sturnus-vim"
USERS: Final = (KEYSTONE, INVENTORY, VIM)
ADMINISTRATORS: Final = "sys_protected"
KEYSTONE_STATE: Final = f"{STATE}/keystone"
INVENTORY_STATE: Final = f"{STATE}/inventory"
VIM_STATE: Final = f"{STATE}/vim"

MAKE: Final = f"""
set -e
getent group {ADMINISTRATORS} >/dev/null || groupadd --system {ADMINISTRATORS}
for user in {" ".join(USERS)}; do
  getent passwd $user >/dev/null ||
    useradd --system --user-group --no-create-home --home-dir / --shell /usr/sbin/nologin $user
done
install -d -m 0755 {STATE} /etc/sturnus /etc/sturnus/tls /etc/platform
install -d -m 0700 {KEYSTONE_STATE} {INVENTORY_STATE} {VIM_STATE}
chown -R {KEYSTONE}:{KEYSTONE} {KEYSTONE_STATE}
chown -R {INVENTORY}:{INVENTORY} {INVENTORY_STATE}
chown -R {VIM}:{VIM} {VIM_STATE}
"""
"""Have them. What is there stays."""


def as_user(user: str) -> str:
    """The words of a shell before a command that a user runs: without root's powers, and no way back to them."""
    return f"setpriv --reuid={user} --regid={user} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all"
