"""Networks, interfaces, the operator's choices for processors and memory, and service parameters."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import UtcDateTime

revision = "0004"
down_revision = "0003"


def _text(name: str, length: int, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=optional)


def _number(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=optional)


def _moment(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime, nullable=optional)


def _reference(table: str, column: str, other: str, *, on_delete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}", ondelete=on_delete)


def upgrade() -> None:
    """Create the tables."""
    _named("address_pools", *_pool_columns())
    _named(
        "networks",
        _text("type", 32),
        sa.Column("dynamic", sa.Boolean, nullable=False),
        _number("pool_id", optional=True),
        _reference("networks", "pool_id", "address_pools"),
    )
    _named("data_networks", *_data_network_columns())
    _interfaces()
    _assignments()
    _choices()
    _parameters()


def _named(table: str, *parts: sa.Column[Any] | sa.ForeignKeyConstraint) -> None:
    """Make a table of things with a name of their own."""
    op.create_table(
        table,
        _number("id"),
        _text("uuid", 36),
        _text("name", 255),
        _moment("created_at"),
        _moment("updated_at", optional=True),
        _number("revision"),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("uuid", name=f"uq_{table}_uuid"),
        sa.UniqueConstraint("name", name=f"uq_{table}_name"),
        sqlite_autoincrement=True,
    )


def _pool_columns() -> tuple[sa.Column[Any], ...]:
    addresses = ("floating_address", "controller0_address", "controller1_address", "gateway_address")
    return (
        _text("network", 45),
        _number("prefix"),
        _text("order", 32),
        sa.Column("ranges", sa.JSON, nullable=False),
        *(_text(name, 45, optional=True) for name in addresses),
    )


def _data_network_columns() -> tuple[sa.Column[Any], ...]:
    return (
        _text("network_type", 32),
        _number("mtu"),
        _text("description", 255, optional=True),
        _number("port_num", optional=True),
        _text("multicast_group", 45, optional=True),
        _number("ttl", optional=True),
        _text("mode", 32, optional=True),
    )


def _interfaces() -> None:
    op.create_table(
        "interfaces",
        _number("id"),
        _text("uuid", 36),
        _number("host_id"),
        _text("ifname", 255),
        _text("iftype", 32),
        _text("ifclass", 32),
        _number("imtu"),
        _text("imac", 17, optional=True),
        _text("port_name", 64, optional=True),
        _number("vlan_id", optional=True),
        _text("aemode", 32, optional=True),
        _text("txhashpolicy", 32, optional=True),
        _number("sriov_numvfs"),
        _text("sriov_vf_driver", 32, optional=True),
        _text("ptp_role", 32),
        _text("ipv4_mode", 32, optional=True),
        _text("ipv6_mode", 32, optional=True),
        _number("ipv4_pool_id", optional=True),
        _number("ipv6_pool_id", optional=True),
        _moment("created_at"),
        _moment("updated_at", optional=True),
        sa.PrimaryKeyConstraint("id", name="pk_interfaces"),
        _reference("interfaces", "host_id", "hosts", on_delete="CASCADE"),
        _reference("interfaces", "ipv4_pool_id", "address_pools"),
        _reference("interfaces", "ipv6_pool_id", "address_pools"),
        sa.UniqueConstraint("uuid", name="uq_interfaces_uuid"),
        sa.UniqueConstraint("host_id", "ifname", name="uq_interfaces_host_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "interface_uses",
        _number("upper_id"),
        _number("lower_id"),
        sa.PrimaryKeyConstraint("upper_id", "lower_id", name="pk_interface_uses"),
        _reference("interface_uses", "upper_id", "interfaces", on_delete="CASCADE"),
        _reference("interface_uses", "lower_id", "interfaces"),
    )


def _assignments() -> None:
    for table, column, other in (
        ("interface_networks", "network_id", "networks"),
        ("interface_data_networks", "data_network_id", "data_networks"),
    ):
        op.create_table(
            table,
            _number("id"),
            _text("uuid", 36),
            _number("interface_id"),
            _number(column),
            _moment("created_at"),
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            _reference(table, "interface_id", "interfaces", on_delete="CASCADE"),
            _reference(table, column, other),
            sa.UniqueConstraint("uuid", name=f"uq_{table}_uuid"),
            sa.UniqueConstraint("interface_id", column, name=f"uq_{table}_interface_id"),
            sqlite_autoincrement=True,
        )


def _choices() -> None:
    op.create_table(
        "cpu_functions",
        _number("host_id"),
        sa.Column("cpu", sa.Integer, nullable=False, autoincrement=False),
        _text("function", 32),
        sa.PrimaryKeyConstraint("host_id", "cpu", name="pk_cpu_functions"),
        _reference("cpu_functions", "host_id", "hosts", on_delete="CASCADE"),
    )
    op.create_table(
        "memory_choices",
        _number("host_id"),
        sa.Column("node", sa.Integer, nullable=False, autoincrement=False),
        *(
            _number(name, optional=True)
            for name in ("platform_mib", "pages_2m", "pages_1g", "vswitch_pages", "vswitch_page_mib")
        ),
        sa.PrimaryKeyConstraint("host_id", "node", name="pk_memory_choices"),
        _reference("memory_choices", "host_id", "hosts", on_delete="CASCADE"),
    )


def _parameters() -> None:
    op.create_table(
        "service_parameters",
        _number("id"),
        _text("uuid", 36),
        _text("service", 64),
        _text("section", 128),
        _text("name", 255),
        sa.Column("value", sa.Text, nullable=False),
        _text("personality", 32),
        _text("resource", 255),
        _moment("created_at"),
        _moment("updated_at", optional=True),
        _number("revision"),
        sa.PrimaryKeyConstraint("id", name="pk_service_parameters"),
        sa.UniqueConstraint("uuid", name="uq_service_parameters_uuid"),
        sa.UniqueConstraint(
            "service", "section", "name", "personality", "resource", name="uq_service_parameters_service"
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in (
        "service_parameters",
        "memory_choices",
        "cpu_functions",
        "interface_data_networks",
        "interface_networks",
        "interface_uses",
        "interfaces",
        "data_networks",
        "networks",
        "address_pools",
    ):
        op.drop_table(table)
