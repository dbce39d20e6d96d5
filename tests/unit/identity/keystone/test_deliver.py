from pathlib import Path

from sturnus.identity.keystone.deliver import deliveries
from sturnus.identity.keystone.settings import KeystoneSettings


def test_each_group_gets_what_it_needs_and_only_that() -> None:
    settings = KeystoneSettings(
        listen="192.0.2.1",
        tls_certificate=Path("/tls/crt"),
        tls_key=Path("/tls/key"),
        ca_file=Path("/etc/sturnus/tls/ca.crt"),
    )
    passwords = {"admin": "of-admin", "sturnus": "of-sturnus", "vim": "of-vim"}

    found = {str(each.path): (each.group, each.text) for each in deliveries(settings, Path("/etc"), passwords)}

    group, openrc = found.pop("/etc/platform/openrc")
    assert group == "sys_protected"
    assert "export OS_AUTH_URL=https://192.0.2.1:5000/v3\n" in openrc
    assert "export OS_CACERT=/etc/sturnus/tls/ca.crt\n" in openrc
    assert "cat /etc/platform/admin-password" in openrc
    assert found == {
        "/etc/platform/admin-password": ("sys_protected", "of-admin"),
        "/etc/sturnus/keystone-password": ("sturnus", "of-sturnus"),
        "/etc/sturnus/vim-password": ("sturnus-vim", "of-vim"),
    }
