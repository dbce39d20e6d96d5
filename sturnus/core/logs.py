"""Structured logs: one JSON object per line, each with the id of the request that caused it."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


def configure_logs(level: str, out: TextIO | None = None) -> None:
    """Send what this process logs to `out` (standard error unless told), the standard library's records included."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,  # the request's id, bound by the API
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # A client library's line per request says nothing that ours does not, and its URLs may hold what is not for logs.
    for talkative in ("alembic", "httpx2", "httpcore2", "uvicorn.access", "aiosqlite", "urllib3"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    logging.getLogger("sushy").setLevel(logging.CRITICAL)  # what went wrong with a controller, we say ourselves
