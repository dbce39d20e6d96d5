"""Alembic's entry: runs on the connection that `sturnus.store.migrate` opened."""

from __future__ import annotations

from alembic import context

from sturnus.store import bmc_secrets, failures, power_actions  # noqa: F401 -- their tables are part of the metadata
from sturnus.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
# The caller's transaction is used: SQLite's changes to tables are undone with it, like PostgreSQL's.
context.run_migrations()
