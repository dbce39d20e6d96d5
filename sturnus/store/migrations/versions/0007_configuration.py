"""What each host has to be and is, and whether OpenStack is installed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns, and the table of one row."""
    op.add_column("hosts", sa.Column("config_target", sa.String(36)))
    op.add_column("hosts", sa.Column("config_applied", sa.String(36)))
    op.add_column("hosts", sa.Column("config_failure", sa.Text))
    op.create_table(
        "openstack",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("application", sa.String(255), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_openstack"),
    )


def downgrade() -> None:
    """Remove them: the next version that has them computes all anew."""
    op.drop_table("openstack")
    with op.batch_alter_table("hosts") as hosts:
        for column in ("config_failure", "config_applied", "config_target"):
            hosts.drop_column(column)
