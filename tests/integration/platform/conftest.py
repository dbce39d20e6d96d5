"""The platform on the lab, as an operator uses it."""

from __future__ import annotations

import pytest

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.platform.operator import Announced, System, announced_in, operator_of


@pytest.fixture(scope="session")
def system(lab: Lab, lab_command: LabCommand) -> System:
    """Runs `system` with the credentials of the lab's openrc."""
    lab_command("platform", "--name", lab.name, "install")
    return operator_of(lab, lab_command)


@pytest.fixture(scope="session")
def announced(system: System, lab: Lab) -> Announced:
    """Waits until a host of the lab has announced itself; its number in the inventory."""
    return announced_in(lab, system)
