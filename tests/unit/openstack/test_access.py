from sturnus.openstack.access import administrator_access
from sturnus.openstack.facts import PlatformFacts


def test_an_administrator_is_told_where_the_password_lies_and_never_the_password() -> None:
    access = administrator_access(PlatformFacts("Nord"))

    assert str(access.password) == "openstack/openstack-passwords keystone-admin"
    assert access.auth_url == "http://keystone-api.openstack.svc.cluster.local:5000/v3"
    assert access.region_name == "Nord"
