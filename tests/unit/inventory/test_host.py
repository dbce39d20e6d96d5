from dataclasses import fields

from sturnus.inventory.host import Host
from sturnus.store.models import HostRow


def test_a_host_has_the_columns_of_its_table_in_their_order() -> None:
    """Hosts are made from bare columns, a thousand for each `host-list`: the order is what tells them apart."""
    assert [field.name for field in fields(Host)] == [column.name for column in HostRow.__table__.columns]
