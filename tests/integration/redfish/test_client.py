"""The client against a real Redfish service, over real TLS."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.ground.power import PowerState
from sturnus.core.errors import Conflict, Forbidden, Unavailable
from sturnus.redfish.client import RedfishPower
from sturnus.redfish.power import Controller, Power, Reset
from tests.loopback_rack import PASSWORD, LoopbackRack, loopback_rack

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def rack(tmp_path: Path) -> Iterator[LoopbackRack]:
    with loopback_rack(tmp_path) as started:
        yield started


@pytest.mark.parametrize(
    ("state", "power"),
    [(PowerState.ON, Power.ON), (PowerState.OFF, Power.OFF), (PowerState.POWERING_OFF, Power.CHANGING)],
)
async def test_power_is_seen(rack: LoopbackRack, state: PowerState, power: Power) -> None:
    rack.state = state

    assert await RedfishPower(rack.ca).state(Controller(rack.address, "admin", PASSWORD)) is power


@pytest.mark.parametrize("kind", Reset)
async def test_what_is_asked_for_is_done(rack: LoopbackRack, kind: Reset) -> None:
    rack.state = PowerState.ON

    await RedfishPower(rack.ca).reset(Controller(rack.address, "admin", PASSWORD), kind)

    assert len(rack.power.calls) == 1


async def test_a_wrong_password_is_refused_and_is_not_repeated(rack: LoopbackRack) -> None:
    with pytest.raises(Forbidden) as refused:
        await RedfishPower(rack.ca).reset(Controller(rack.address, "admin", "guess"), Reset.FORCE_OFF)

    assert refused.value.message == f"the controller at {rack.address} refuses user admin"
    assert "guess" not in repr(refused.value) + refused.value.remedy
    assert rack.power.calls == []


async def test_what_is_not_possible_now_is_said_in_the_controllers_words(rack: LoopbackRack) -> None:
    rack.state = PowerState.OFF

    with pytest.raises(Conflict, match="it has no power"):
        await RedfishPower(rack.ca).reset(Controller(rack.address, "admin", PASSWORD), Reset.GRACEFUL_RESTART)


async def test_a_certificate_of_somebody_else_is_not_trusted(rack: LoopbackRack) -> None:
    with pytest.raises(Unavailable, match=r"its certificate is not trusted .*: set bmc_ca_file"):
        await RedfishPower(None).state(Controller(rack.address, "admin", PASSWORD))


async def test_where_nobody_listens_it_is_said_at_once(rack: LoopbackRack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(Unavailable, match="does not answer: Connection refused"):
        await RedfishPower(rack.ca).state(Controller(f"127.0.0.1:{port}", "admin", PASSWORD))


def test_a_password_is_not_shown_with_its_controller() -> None:
    assert PASSWORD not in repr(Controller("127.0.0.1", "admin", PASSWORD))
