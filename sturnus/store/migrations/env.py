"""Alembic's entry: runs on the connection that `sturnus.store.migrate` opened."""

from __future__ import annotations

from alembic import context

from sturnus.store import interfaces, networks, parameters, processors
from sturnus.store.models import Base

_TABLES_OF_THEIR_OWN = (interfaces, networks, parameters, processors)  # imported, so that `Base` knows their tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
# The caller's transaction is used: SQLite's changes to tables are undone with it, like PostgreSQL's.
context.run_migrations()
