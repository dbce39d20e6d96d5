from tests.integration.databases import (
    anyio_backend,
    database,
    database_url,
    empty_database_url,
    migrated_file,
    postgres,
)

__all__ = ["anyio_backend", "database", "database_url", "empty_database_url", "migrated_file", "postgres"]
