"""What each agent shall do for guests, and what it says that it does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns. Nobody was asked for anything: absent."""
    op.add_column("agents", sa.Column("guests_wanted", sa.String(16)))
    op.add_column("agents", sa.Column("guests_found", sa.String(16)))


def downgrade() -> None:
    """Remove them: the VIM of the next version that has them asks again."""
    with op.batch_alter_table("agents") as agents:
        agents.drop_column("guests_found")
        agents.drop_column("guests_wanted")
