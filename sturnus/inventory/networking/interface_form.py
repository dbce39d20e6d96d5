"""Which fields of an interface an operator sets, and what may stand in them."""

from __future__ import annotations

import re
from typing import Final

from sturnus.inventory import forms
from sturnus.inventory.forms import Form
from sturnus.inventory.networking.data_network_checks import LARGEST_MTU, SMALLEST_MTU
from sturnus.inventory.networking.model import (
    AeMode,
    InterfaceClass,
    InterfaceType,
    Ipv4Mode,
    Ipv6Mode,
    PtpRole,
    TxHashPolicy,
    VfDriver,
)

_IFNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,14}")
MOST_VFS: Final = 1024


def ifname(given: object) -> str:
    """Read a name that the kernel takes."""
    if not isinstance(given, str) or not _IFNAME.fullmatch(given):
        raise ValueError("1 to 15 letters, digits, '.', '_', '-' and '@'")
    return given


_CHANGEABLE: Final = {
    "ifname": ifname,
    "ifclass": forms.member(InterfaceClass),
    "imtu": forms.number(SMALLEST_MTU, LARGEST_MTU),
    "vlan_id": forms.number(1, 4094),
    "aemode": forms.member(AeMode),
    "txhashpolicy": forms.member(TxHashPolicy),
    "uses": forms.names,
    "sriov_numvfs": forms.number(0, MOST_VFS),
    "sriov_vf_driver": forms.member(VfDriver),
    "ptp_role": forms.member(PtpRole),
    "ipv4_mode": forms.member(Ipv4Mode),
    "ipv6_mode": forms.member(Ipv6Mode),
    "ipv4_pool": forms.text(255),
    "ipv6_pool": forms.text(255),
}
NEW_FORM: Final = Form(
    "an interface",
    {"ihost_uuid": forms.text(255), "iftype": forms.member(InterfaceType), "ports": forms.names, **_CHANGEABLE},
    "system help host-if-add",
    ("ihost_uuid", "ifname"),
)
CHANGE_FORM: Final = Form("an interface", _CHANGEABLE, "system help host-if-modify")
