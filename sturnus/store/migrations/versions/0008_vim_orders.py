"""What the VIM has ordered of Nova for servers: moves, and stops that are to be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import BigNumber, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "vim_orders",
        sa.Column("id", BigNumber, nullable=False, autoincrement=True),
        sa.Column("server", sa.String(36), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("hostname", sa.String(63), nullable=False),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("target", sa.String(63)),
        sa.Column("memory_mib", sa.Integer, nullable=False),
        sa.Column("ordered", UtcDateTime, nullable=False),
        sa.Column("answered", UtcDateTime),
        sa.Column("ended", UtcDateTime),
        sa.Column("outcome", sa.String(32)),
        sa.Column("why", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_vim_orders"),
    )
    op.create_index("ix_vim_orders_hostname", "vim_orders", ["hostname"])
    op.create_index("ix_vim_orders_ended", "vim_orders", ["ended"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("vim_orders")
