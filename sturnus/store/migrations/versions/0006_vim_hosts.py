"""How far the VIM has come with each host."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "vim_hosts",
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("hostname", sa.String(63)),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("state_since", UtcDateTime, nullable=False),
        sa.Column("step", sa.String(80)),
        sa.Column("step_since", UtcDateTime),
        sa.Column("deadline", UtcDateTime),
        sa.Column("reason", sa.Text),
        sa.Column("failure", sa.Text),
        sa.Column("has_services", sa.Boolean, nullable=False),
        sa.Column("wanted_look", sa.Integer, nullable=False),
        sa.Column("last_look", sa.Integer, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("uuid", name="pk_vim_hosts"),
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("vim_hosts")
