from dataclasses import fields

from sturnus.inventory.host import LISTED, Host, ListedHost
from sturnus.store.models import HostRow


def test_a_host_has_the_columns_of_its_table() -> None:
    assert {field.name for field in fields(Host)} == {column.name for column in HostRow.__table__.columns}


def test_a_listed_host_is_read_from_all_columns_but_the_hardware_in_the_order_of_its_fields() -> None:
    """It is made from bare columns, a thousand for each `host-list`: the order is what tells them apart."""
    assert [column.key for column in LISTED] == [field.name for field in fields(ListedHost)]
    assert {field.name for field in fields(Host)} - {field.name for field in fields(ListedHost)} == {"hardware"}
