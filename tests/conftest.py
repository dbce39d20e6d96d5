"""Options of the whole suite."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# How fast a shared machine makes examples says nothing about the code.
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lab", default="test", metavar="NAME", help="the lab that integration tests use (default: test)")
    parser.addoption(
        "--kills", type=int, default=2, help="rounds of three kills of the platform, each at a random moment"
    )
