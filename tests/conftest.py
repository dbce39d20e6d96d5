"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lab", default="test", metavar="NAME", help="the lab that integration tests use (default: test)")
