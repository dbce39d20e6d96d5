"""Alembic's entry: runs on the connection that `sturnus.store.migrate` opened."""

from __future__ import annotations

from alembic import context

from sturnus.store import (
    alarms,
    application_models,
    bmc_secrets,
    configuration,
    failures,
    interfaces,
    networks,
    parameters,
    power_actions,
    processors,
    vim_hosts,
    vim_orders,
)
from sturnus.store.models import Base

# Imported, so that `Base` knows their tables.
_TABLES_OF_THEIR_OWN = (
    alarms, application_models, bmc_secrets, configuration, failures, interfaces, networks, parameters, power_actions,
    processors, vim_hosts, vim_orders,
)  # fmt: skip

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
# The caller's transaction is used: SQLite's changes to tables are undone with it, like PostgreSQL's.
context.run_migrations()
