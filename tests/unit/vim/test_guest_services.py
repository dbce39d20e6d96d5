"""What the VIM makes of what the inventory says of a host's guest service, and what it waits for."""

from typing import Any, cast

import pytest

from sturnus.core.errors import Unavailable
from sturnus.core.states import GuestServices as Word
from sturnus.identity.openstack_login import OpenStackLogin
from sturnus.identity.service_calls import ServiceCalls
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.guest_services import GuestServices, state_of, with_guests
from sturnus.vim.openstack_files import Clients
from sturnus.vim.steps import BringService
from tests.scripted_vim import RecordedService

S, W = ServiceState, Word
PATH = "/v1/sturnus/hosts/compute-0/guest-services"


def said(wanted: Word, found: Word, **changes: bool) -> dict[str, Any]:
    return {"host_uuid": "u", "wanted": wanted, "found": found, "has_agent": True, "answers": True, **changes}


class ScriptedCalls:
    """An inventory whose agent does at once what is wanted, unless it is slow."""

    def __init__(self, answer: dict[str, Any], status: int = 200, *, slow: bool = False) -> None:
        self.answer, self.status, self.slow = answer, status, slow
        self.asked: list[tuple[str, str, object]] = []

    async def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        self.asked.append((method, path, body))
        if method == "PUT":
            self.answer["wanted"] = body["wanted"]
            if not self.slow:
                self.answer["found"] = body["wanted"]
        return self.status, self.answer


def asking(calls: ScriptedCalls) -> GuestServices:
    return GuestServices(cast(ServiceCalls, calls))


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (said(W.ENABLED, W.ENABLED), S.ENABLED),
        (said(W.ENABLED, W.DISABLED), S.DISABLED),
        (said(W.DISABLED, W.ENABLED), S.ENABLED),
        (said(W.ABSENT, W.ABSENT), S.ABSENT),
        (said(W.ENABLED, W.ENABLED, answers=False), S.DOWN),
        (said(W.DISABLED, W.ENABLED, answers=False), S.DISABLED),
        (said(W.ABSENT, W.ENABLED, answers=False), S.ABSENT),
        (said(W.ABSENT, W.ABSENT, has_agent=False), S.ABSENT),
    ],
)
def test_what_the_agent_said_counts_while_its_host_is_heard(answer: dict[str, Any], state: ServiceState) -> None:
    assert state_of(answer) is state


@pytest.mark.anyio
async def test_it_waits_for_the_agents_own_word() -> None:
    calls = ScriptedCalls(said(W.DISABLED, W.DISABLED), slow=True)

    waits = await asking(calls).bring("compute-0", S.ENABLED)

    assert calls.asked == [("PUT", PATH, {"wanted": "enabled"})]
    assert waits == "the agent of compute-0 has not said yet that its guest service is enabled: it is disabled"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wanted", "waits"),
    [(S.DISABLED, ""), (S.ABSENT, ""), (S.ENABLED, "compute-0 is not heard: its guest service cannot be enabled")],
)
async def test_a_host_that_is_not_heard_can_be_locked_and_deleted(wanted: ServiceState, waits: str) -> None:
    calls = ScriptedCalls(said(W.ENABLED, W.ENABLED, answers=False), slow=True)

    assert await asking(calls).bring("compute-0", wanted) == waits


@pytest.mark.anyio
@pytest.mark.parametrize("wanted", [S.DEAD, S.DOWN])
async def test_nobody_is_asked_to_be_dead(wanted: ServiceState) -> None:
    calls = ScriptedCalls(said(W.ENABLED, W.ENABLED))
    service = asking(calls)

    assert wanted not in service.reachable("compute-0")
    assert await service.bring("compute-0", wanted) == ""
    assert calls.asked == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, said(W.ABSENT, W.ABSENT, has_agent=False)), (404, {})],
    ids=["no agent", "no host"],
)
async def test_nobody_waits_for_the_guest_service_of_a_host_without_an_agent(
    status: int, answer: dict[str, Any]
) -> None:
    service = asking(ScriptedCalls(answer, status))

    assert await service.look("compute-0") is S.ABSENT
    assert service.reachable("compute-0") == {S.ABSENT}
    assert BringService(ServiceKind.GUEST, S.ENABLED, service).wanted not in service.reachable("compute-0")


@pytest.mark.anyio
async def test_an_answer_that_is_none_is_no_state() -> None:
    with pytest.raises(Unavailable, match="the inventory answered 400"):
        await asking(ScriptedCalls({}, 400)).look("compute-0")


def test_the_guest_service_stands_beside_the_clients_of_openstack() -> None:
    nova, guests = RecordedService(ServiceKind.COMPUTE, []), RecordedService(ServiceKind.GUEST, [])
    connect = with_guests(lambda _: Clients({ServiceKind.COMPUTE: nova}), guests)

    assert list(connect(cast(OpenStackLogin, None)).services) == [ServiceKind.COMPUTE, ServiceKind.GUEST]
