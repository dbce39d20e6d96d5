"""Over the wire, on both databases: what public clients of 2019 and of today send, and what they get."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from sturnus.applications.overrides.ports import ChartName, Reapply
from sturnus.applications.overrides.values import leaves, path_of
from sturnus.store import events
from tests.integration.applications.charts import Serving

pytestmark = pytest.mark.anyio

NOVA = {"name": "nova", "namespace": "openstack"}
NOVA_CHART = ChartName("nova", "openstack")
APP = "/v1/helm_charts/stx-openstack"
RESET = {"reapply": False, "reapply_all": False, "reset_values": True, "reuse_values": False}
REUSE = RESET | {"reset_values": False, "reuse_values": True}


async def ask(serving: Serving, method: str, path: str = APP, **options: Any) -> httpx2.Response:
    headers = {"X-Auth-Token": options.pop("role", "admin"), **options.pop("headers", {})}
    options = {"params": NOVA} | options
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{serving.port}") as client:
        return await client.request(method, path, headers=headers, **options)


async def change(serving: Serving, body: dict[str, Any], **options: Any) -> httpx2.Response:
    return await ask(serving, "PATCH", json=body, **options)


async def user_overrides(serving: Serving) -> str:
    return str((await ask(serving, "GET")).json()["user_overrides"])


def fault(answer: httpx2.Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.json()["error_message"])
    return found


def settings(*items: str) -> dict[str, Any]:
    return {"attributes": {}, "flags": RESET, "values": {"files": [], "set": list(items)}}


@pytest.mark.parametrize("path", ["/v1/helm_charts", "/v1/helm_charts/"])
async def test_charts_are_listed_with_their_namespaces(serving: Serving, path: str) -> None:
    found = await ask(serving, "GET", path, params={"app_name": "stx-openstack"})

    assert found.json() == {
        "charts": [
            {"name": "keystone", "namespaces": ["openstack"], "enabled": [False]},
            {"name": "nova", "namespaces": ["openstack"], "enabled": [True]},
        ]
    }


async def test_overrides_are_shown_as_yaml_and_secrets_are_masked(serving: Serving) -> None:
    await change(serving, settings("endpoints.identity.auth.nova.password=hunter2", "pod.replicas.osapi=3"))

    assert (await ask(serving, "GET", role="reader")).json() == {
        "name": "nova",
        "namespace": "openstack",
        "attributes": "enabled: true\n",
        "system_overrides": "endpoints:\n  identity:\n    auth:\n      nova:\n        password: •••\nseed: •••\n",
        "user_overrides": (
            "endpoints:\n  identity:\n    auth:\n      nova:\n        password: •••\n"
            "pod:\n  replicas:\n    osapi: '3'\n"
        ),
        "combined_overrides": (
            "endpoints:\n  identity:\n    auth:\n      nova:\n        password: •••\nseed: •••\n"
            "pod:\n  replicas:\n    osapi: '3'\n"
        ),
    }


async def test_secrets_are_shown_to_administrators_who_ask(serving: Serving) -> None:
    await change(serving, settings("endpoints.identity.auth.nova.password=hunter2"))
    asked = NOVA | {"secrets": "shown"}

    assert "hunter2" in (await ask(serving, "GET", params=asked)).json()["user_overrides"]
    assert (await ask(serving, "GET", params=asked, role="reader")).status_code == 403


OF_2019 = [
    # body → user overrides, from "pod.replicas.osapi: 3"
    ({"flag": "reset", "values": {"files": [], "set": ["pod.replicas.conductor=2"]}}, {"conductor": "2"}),
    ({"flag": "reuse", "values": {"files": ["pod: {replicas: {conductor: 2}}"], "set": []}},
     {"osapi": "3", "conductor": 2}),
    ({"flag": "reset", "values": {"files": [], "set": []}}, None),  # clears
    ({"flag": None, "values": {}, "attributes": {"enabled": "false"}}, {"osapi": "3"}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "replicas"), OF_2019)
async def test_clients_of_2019_are_understood(serving: Serving, body: dict[str, Any], replicas: Any) -> None:
    await change(serving, settings("pod.replicas.osapi=3"))

    answer = await change(serving, {"attributes": {}} | body)

    assert answer.status_code == 200
    expected = {} if replicas is None else {"pod": {"replicas": replicas}}
    shown = await serving.overriding.show_with_secrets("stx-openstack", NOVA_CHART)
    assert shown.user == expected
    assert ("user_overrides" in answer.json()) is (body["flag"] is not None)


async def test_clients_of_today_are_understood(serving: Serving) -> None:
    first = {"attributes": {}, "flags": RESET, "values": {"files": [], "set": ["conf.nova.DEFAULT.debug=true"]}}
    text = "conf:\n  nova:\n    DEFAULT:\n      workers: 4\n"
    second = {"attributes": {}, "flags": REUSE, "values": {"files": [text], "set": ["pod.replicas.osapi=3"]}}

    assert (await change(serving, first)).json() == NOVA | {
        "user_overrides": "conf:\n  nova:\n    DEFAULT:\n      debug: true\n"
    }
    assert (await change(serving, second)).json() == NOVA | {
        "user_overrides": (
            "conf:\n  nova:\n    DEFAULT:\n      debug: true\n      workers: 4\npod:\n  replicas:\n    osapi: '3'\n"
        )
    }


@pytest.mark.parametrize(
    ("flags", "reapply"),
    [
        ({}, Reapply.LATER),
        ({"reapply": True}, Reapply.THIS),
        ({"reapply": True, "reapply_all": True}, Reapply.ALL),
    ],
)
async def test_whoever_applies_again_is_told_with_the_change(
    serving: Serving, flags: dict[str, bool], reapply: Reapply
) -> None:
    await change(serving, settings("pod.replicas.osapi=3") | {"flags": RESET | flags})

    assert serving.listener.told == [(1, reapply)]


@pytest.mark.parametrize("said", ["false", "False", False, "anything"])
async def test_a_chart_is_disabled_and_stays_so(serving: Serving, said: object) -> None:
    answer = await change(serving, {"flags": {}, "values": {}, "attributes": {"enabled": said}})

    assert answer.json() == NOVA | {"attributes": {"enabled": False}}
    await ask(serving, "DELETE")
    listed = (await ask(serving, "GET", "/v1/helm_charts", params={"app_name": "stx-openstack"})).json()
    assert listed["charts"][1]["enabled"] == [False]


async def test_deleting_takes_away_user_overrides_only(serving: Serving) -> None:
    await change(serving, settings("pod.replicas.osapi=3"))

    assert (await ask(serving, "DELETE")).status_code == 204
    assert await user_overrides(serving) == ""
    assert (await ask(serving, "GET")).json()["system_overrides"] != ""


REFUSED = [
    (settings("a=1,b=2"), "--set a: a comma would begin another setting."),
    (settings("a"), "--set a: it has no =."),
    ({"flags": RESET, "values": {"files": ["a: 1\na: 2"]}}, "--values 1, line 2: 'a' stands twice in one map."),
    (settings("pod.replica.osapi=3"), "Nothing in chart nova is called pod.replica. Did you mean pod.replicas?"),
    (settings("seed=•••"), "seed is •••: that hides a secret, and is not its value."),
    ({"flags": {}, "values": {"set": ["a=1"]}}, "Values were given, and not what becomes of the stored ones."),
    ({"flag": None, "values": {"set": ["a=1"]}}, "Values were given, and not what becomes of the stored ones."),
    ({"flags": {"reuse_values": True, "reset_values": True}}, "Stored values cannot be both reused and reset."),
    ({"flag": "other", "values": {}}, "body.flag: Input should be 'reset' or 'reuse'."),
    ({"attributes": {"colour": "red"}}, "body.attributes.colour: Extra inputs are not permitted."),
    (
        {"flags": RESET, "values": {"files": ["conf: {overrides: {nova_compute: {hosts: [{name: compute-0}]}}}"]}},
        "Host compute-0 must be locked. compute-0: conf.overrides.nova_compute.hosts: compute-0 is added.",
    ),
    (
        {
            "flags": RESET,
            "values": {
                "files": ["conf: {overrides: {x: {labels: [{label: {key: sriov, values: [unlocked]}, conf: {}}]}}}"]
            },
        },
        "Host compute-0 must be locked. compute-0: conf.overrides.x.labels: sriov=unlocked is added.",
    ),
]


@pytest.mark.parametrize(("body", "message"), REFUSED)
async def test_what_is_refused_says_why_and_changes_nothing(
    serving: Serving, body: dict[str, Any], message: str
) -> None:
    await change(serving, settings("pod.replicas.osapi=3"))

    answer = await change(serving, body)

    assert (answer.status_code, fault(answer)["faultstring"]) == (400, message)
    assert await user_overrides(serving) == "pod:\n  replicas:\n    osapi: '3'\n"
    assert len(serving.listener.told) == 1


async def test_what_a_locked_host_runs_may_change(serving: Serving) -> None:
    text = "conf: {overrides: {nova_compute: {hosts: [{name: compute-1, conf: {}}]}}}"

    assert (await change(serving, {"flags": RESET, "values": {"files": [text]}})).status_code == 200


async def test_force_sets_a_name_that_nobody_knows_and_then_it_is_known(serving: Serving) -> None:
    forced = settings("hidden=1") | {"flags": RESET | {"force": True}}

    assert (await change(serving, forced)).status_code == 200
    assert (await change(serving, settings("hidden=2"))).status_code == 200


@pytest.mark.parametrize(
    ("params", "path", "message"),
    [
        ({"name": "nova", "namespace": ""}, APP, "A chart is named by its name and its namespace."),
        ({}, APP, "A chart is named by its name and its namespace."),
        (NOVA, "/v1/helm_charts/nosuch", "application not found: nosuch"),
        (
            {"name": "nochart", "namespace": "openstack"},
            APP,
            "Chart overrides nochart:openstack for application stx-openstack not found",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_what_is_not_there_is_named(
    serving: Serving, method: str, params: dict[str, str], path: str, message: str
) -> None:
    body = {"json": settings("a=1")} if method == "PATCH" else {}

    answer = await ask(serving, method, path, params=params, **body)

    assert (answer.status_code, fault(answer)["faultstring"]) == (400, message)


async def test_who_may_what(serving: Serving) -> None:
    assert (await ask(serving, "GET", role="reader")).status_code == 200
    assert (await change(serving, settings("pod.replicas.osapi=3"), role="reader")).status_code == 403
    assert (await ask(serving, "DELETE", role="reader")).status_code == 403
    assert (await change(serving, settings("pod.replicas.osapi=3"), role="configurator")).status_code == 200
    assert (await ask(serving, "GET", role="nobody")).status_code == 401


async def test_a_value_is_explained_by_layer_author_and_moment(serving: Serving) -> None:
    await change(serving, settings("pod.replicas.osapi=3"), role="configurator")
    serving.clock.move()
    await change(serving, settings("pod.replicas.osapi=3", "conf.nova.DEFAULT.debug=true") | {"flags": REUSE})

    path = "/v1/sturnus/helm_charts/stx-openstack/explain"
    found = {row["path"]: row for row in (await ask(serving, "GET", path)).json()["values"]}

    assert found["pod.replicas.osapi"] == {
        "path": "pod.replicas.osapi",
        "value": "3",
        "layer": "user",
        "who": "configurator",  # who says the same again is not the author
        "when": "2026-01-01T12:00:00+00:00",
        "instead_of": [{"layer": "chart", "value": 1}, {"layer": "manifest", "value": 2}],
    }
    assert found["conf.nova.DEFAULT.debug"]["who"] == "admin"
    assert found["conf.nova.DEFAULT.debug"]["when"] == "2026-01-01T12:01:00+00:00"
    assert (found["seed"]["layer"], found["seed"]["value"]) == ("system", "•••")
    one = (await ask(serving, "GET", path, params=NOVA | {"key": "pod.replicas"})).json()["values"]
    assert [row["path"] for row in one] == ["pod.replicas.osapi", "pod.replicas.conductor"]
    unknown = await ask(serving, "GET", path, params=NOVA | {"key": "pod.replica"})
    assert unknown.status_code == 404


async def test_who_decided_from_older_overrides_is_told(serving: Serving) -> None:
    await change(serving, settings("pod.replicas.osapi=3"))
    seen = (await ask(serving, "GET")).headers["ETag"]
    await change(serving, settings("pod.replicas.osapi=4"))

    late = await change(serving, settings("pod.replicas.osapi=5"), headers={"If-Match": seen})

    assert late.status_code == 412
    assert "osapi: '4'" in await user_overrides(serving)


async def test_changes_at_the_same_time_all_count(serving: Serving) -> None:
    answers = await asyncio.gather(
        *(change(serving, settings(f"conf.nova.DEFAULT.a{n}=1") | {"flags": REUSE}) for n in range(8))
    )

    assert {answer.status_code for answer in answers} == {200}
    shown = await serving.overriding.show_with_secrets("stx-openstack", NOVA_CHART)
    assert len(shown.user["conf"]["nova"]["DEFAULT"]) == 8


async def test_a_change_is_told_to_those_who_follow_and_names_no_value(serving: Serving) -> None:
    await change(serving, settings("endpoints.identity.auth.nova.password=hunter2"))

    async with serving.database.read() as session:
        (event,) = await events.after(session, 0, 10)
    assert event.kind == "overrides.changed"
    assert event.data == {"application": "stx-openstack", "chart": "nova", "namespace": "openstack", "by": "admin"}


@pytest.mark.parametrize(
    "setting", ["a\x00=1", "a=\x00", "conf.nova.x=\ud800", "a=" + "x" * 900_000, "😀.é=ß", "a=\x85\u2028"]
)
async def test_strange_texts_are_stored_or_refused_and_never_a_defect(serving: Serving, setting: str) -> None:
    body = settings(setting) | {"flags": RESET | {"force": True}}

    answer = await ask(serving, "PATCH", content=json.dumps(body), headers={"Content-Type": "application/json"})

    assert answer.status_code in {200, 400}
    assert (await ask(serving, "GET")).status_code == 200
    if answer.status_code == 200:
        key, _, value = setting.partition("=")
        shown = await serving.overriding.show_with_secrets("stx-openstack", NOVA_CHART)
        assert list(leaves(shown.user)) == [(path_of(key), value)]


@pytest.mark.parametrize("name", ["%00", "%F0%9F%98%80", "x" * 300, "%ED%A0%80"])
async def test_strange_names_are_not_found(serving: Serving, name: str) -> None:
    for answer in (
        await ask(serving, "GET", f"/v1/helm_charts/{name}"),
        await ask(serving, "GET", f"/v1/helm_charts?app_name={name}", params=None),
        await ask(serving, "GET", f"{APP}?name={name}&namespace={name}", params=None),
    ):
        assert answer.status_code in {400, 404}
