"""Nova's service of a host: what its record means, and what is asked for."""

from pathlib import Path
from typing import Any

import pytest

from sturnus.cloud.compute_services import REASON, ComputeServices, changes_for, state_of
from sturnus.core.errors import Unavailable
from sturnus.vim.facts import ServiceState
from tests.unit.cloud.scripted_services import ScriptedServices

ABSENT, DISABLED, ENABLED = ServiceState.ABSENT, ServiceState.DISABLED, ServiceState.ENABLED
DEAD, DOWN = ServiceState.DEAD, ServiceState.DOWN
OUT = {"status": "disabled", "disabled_reason": REASON}
SERVICES = "GET /v2.1/os-services?binary=nova-compute"


def a_service(**changes: Any) -> dict[str, Any]:
    told = {"id": "n1", "host": "compute-0", "status": "enabled", "state": "up", "disabled_reason": None}
    return told | {"forced_down": False} | changes


WORKS = a_service()
DISABLED_UP = a_service(status="disabled", disabled_reason=REASON)
BY_ITSELF = a_service(status="disabled", disabled_reason="AUTO: Connection to libvirt lost: 1")
SILENT = a_service(status="disabled", disabled_reason=REASON, state="down")
MARKED = a_service(status="disabled", disabled_reason=REASON, forced_down=True, state="down")


@pytest.mark.parametrize(
    ("service", "state"),
    [
        (None, ABSENT),
        (WORKS, ENABLED),
        (a_service(state="down"), DOWN),
        (a_service(forced_down=True, state="down"), DOWN),
        (a_service(forced_down=True), DOWN),
        (DISABLED_UP, DISABLED),
        (a_service(status="disabled", state="down"), DISABLED),
        (a_service(status="disabled", disabled_reason="for maintenance"), DISABLED),
        (BY_ITSELF, DOWN),
        (MARKED, DEAD),
    ],
)
def test_what_a_record_means(service: dict[str, Any] | None, state: ServiceState) -> None:
    assert state_of(service) is state


@pytest.mark.parametrize(
    ("service", "wanted", "changes"),
    [
        (WORKS, ENABLED, []),
        (DISABLED_UP, ENABLED, [{"status": "enabled"}]),
        (SILENT, ENABLED, []),
        (MARKED, ENABLED, [{"forced_down": False}]),
        (a_service(forced_down=True), ENABLED, [{"forced_down": False}]),
        (a_service(state="down"), ENABLED, []),
        (WORKS, DISABLED, [OUT]),
        (a_service(state="down"), DISABLED, [OUT]),
        (BY_ITSELF, DISABLED, [OUT]),
        (DISABLED_UP, DISABLED, []),
        (MARKED, DISABLED, []),
        (WORKS, DEAD, [OUT | {"forced_down": True}]),
        (DISABLED_UP, DEAD, [OUT | {"forced_down": True}]),
        (MARKED, DEAD, []),
    ],
)
def test_what_is_asked_for(service: dict[str, Any], wanted: ServiceState, changes: list[dict[str, Any]]) -> None:
    assert changes_for(service, wanted) == changes


def nova(*services: dict[str, Any], **answers: Any) -> ScriptedServices:
    return ScriptedServices({SERVICES: {"services": list(services)}} | answers)


@pytest.mark.anyio
async def test_one_list_serves_all_hosts_until_something_is_changed(tmp_path: Path) -> None:
    scripted = nova(WORKS, a_service(id="n2", host="compute-1", status="disabled"))
    services = ComputeServices(scripted.access(tmp_path))

    assert [await services.look(host) for host in ("compute-0", "compute-1", "compute-2")] == [
        ENABLED,
        DISABLED,
        ABSENT,
    ]
    assert sum(each.said == SERVICES for each in scripted.requests) == 1

    await services.bring("compute-0", DISABLED)
    await services.look("compute-0")
    assert scripted.changes == [("PUT /v2.1/os-services/n1", OUT)]
    assert sum(each.said == SERVICES for each in scripted.requests) == 2


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("services", "refusal", "wanted", "words"),
    [
        ([], None, ENABLED, "nova-compute of compute-0 is not registered yet"),
        ([a_service(state="down")], None, ENABLED, "is enabled, and Nova does not hear it (state down)"),
        ([SILENT], None, ENABLED, "is disabled, and Nova does not hear it (state down)"),
        ([WORKS], None, ENABLED, ""),
        ([MARKED], 409, ENABLED, "nova-api refuses PUT /v2.1/os-services/n1: as it is (409)"),
        ([MARKED], 400, ENABLED, "nova-api refuses PUT /v2.1/os-services/n1: as it is (400)"),
        ([WORKS], None, DISABLED, ""),
    ],
)
async def test_what_is_waited_for_is_said(
    tmp_path: Path, services: list[dict[str, Any]], refusal: int | None, wanted: ServiceState, words: str
) -> None:
    scripted = nova(*services) if refusal is None else nova(*services, **{"PUT /v2.1/os-services/n1": refusal})

    said = await ComputeServices(scripted.access(tmp_path)).bring("compute-0", wanted)

    assert words in said
    assert bool(said) is bool(words)


@pytest.mark.anyio
@pytest.mark.parametrize("service", [SILENT, MARKED], ids=["silent", "marked"])
async def test_a_service_is_deleted(tmp_path: Path, service: dict[str, Any]) -> None:
    scripted = nova(service, **{"GET /v2.1/servers/detail?all_tenants=1&host=compute-0": {"servers": []}})

    assert await ComputeServices(scripted.access(tmp_path)).bring("compute-0", ABSENT) == ""
    assert scripted.changes == [("DELETE /v2.1/os-services/n1", None)]


@pytest.mark.anyio
async def test_one_that_runs_would_leave_a_record_of_its_host_behind_and_is_waited_for(tmp_path: Path) -> None:
    scripted = nova(DISABLED_UP, **{"GET /v2.1/servers/detail": {"servers": []}})

    said = await ComputeServices(scripted.access(tmp_path)).bring("compute-0", ABSENT)

    assert said == "nova-compute of compute-0 still runs: it is deleted when its pod is gone"
    assert scripted.changes == []


@pytest.mark.anyio
async def test_a_service_with_servers_is_not_deleted_and_they_are_named(tmp_path: Path) -> None:
    servers = [{"name": f"server-{number}"} for number in range(7)]
    scripted = nova(DISABLED_UP, **{"GET /v2.1/servers/detail?all_tenants=1&host=compute-0": {"servers": servers}})

    said = await ComputeServices(scripted.access(tmp_path)).bring("compute-0", ABSENT)

    assert "still has servers: server-0, server-1, server-2, server-3, server-4 and 2 more" in said
    assert scripted.changes == []


@pytest.mark.anyio
@pytest.mark.parametrize("known", ["gone before", "gone meanwhile"])
async def test_a_service_that_is_gone_is_absent(tmp_path: Path, known: str) -> None:
    answers = {"GET /v2.1/servers/detail": {"servers": []}, "DELETE /v2.1/os-services/n1": 404}
    scripted = nova(**answers) if known == "gone before" else nova(SILENT, **answers)

    assert await ComputeServices(scripted.access(tmp_path)).bring("compute-0", ABSENT) == ""


@pytest.mark.anyio
async def test_one_that_is_not_registered_is_not_waited_for_to_be_disabled(tmp_path: Path) -> None:
    services = ComputeServices(nova(WORKS).access(tmp_path))
    assert DISABLED in services.reachable("compute-1")  # who knows

    await services.look("compute-1")

    assert services.reachable("compute-1") == {ABSENT, ENABLED}
    assert services.reachable("compute-0") == {ABSENT, DISABLED, ENABLED, DEAD}


NO_LISTS: list[Any] = ["<html>", {}, {"services": None}, {"services": ["x"]}, {"services": [{"host": "compute-0"}]}]


@pytest.mark.anyio
@pytest.mark.parametrize("said", NO_LISTS, ids=str)
async def test_what_is_no_list_of_services_is_no_answer(tmp_path: Path, said: object) -> None:
    services = ComputeServices(ScriptedServices({SERVICES: said}).access(tmp_path))

    with pytest.raises(Unavailable, match="nova-api gave a list that makes no sense"):
        await services.look("compute-0")


@pytest.mark.anyio
@pytest.mark.parametrize("said", ["<html>", {"servers": [{}]}], ids=str)
async def test_what_is_no_list_of_servers_deletes_nothing(tmp_path: Path, said: object) -> None:
    scripted = nova(SILENT, **{"GET /v2.1/servers/detail": said})

    with pytest.raises(Unavailable, match="makes no sense"):
        await ComputeServices(scripted.access(tmp_path)).bring("compute-0", ABSENT)

    assert scripted.changes == []
