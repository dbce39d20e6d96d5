import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from sturnus.core.logs import configure_logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_each_line_is_an_object_with_the_requests_id() -> None:
    out = io.StringIO()
    configure_logs("info", out)

    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.stdlib.get_logger("ours").info("host added", host="compute-0")
        logging.getLogger("theirs").warning("odd %s", "thing")

    ours, theirs = map(json.loads, out.getvalue().splitlines())
    assert (ours["event"], ours["host"], ours["request_id"], ours["level"]) == (
        "host added",
        "compute-0",
        "r-1",
        "info",
    )
    assert (theirs["event"], theirs["request_id"], theirs["logger"]) == ("odd thing", "r-1", "theirs")


def test_what_a_library_says_of_its_own_beginning_is_not_in_our_log() -> None:
    out = io.StringIO()
    configure_logs("info", out)

    logging.getLogger("alembic.runtime.plugins").info("setup plugin alembic.autogenerate.schemas")

    assert out.getvalue() == ""
