from tests.integration.databases import anyio_backend, database, database_url, postgres

__all__ = ["anyio_backend", "database", "database_url", "postgres"]
