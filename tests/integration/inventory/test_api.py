"""Over the wire, on both databases: what public clients send, and what they get."""

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.inventory.server import TOKENS, Server
from tests.integration.lab.waiting import eventually
from tests.integration.program import PATIENCE

COMPUTE = {"openstack-compute-node": "enabled"}


def labels(server: Server, host: str) -> dict[str, str]:
    found = server.request("GET", f"/v1/ihosts/{host}/labels").body["labels"]
    return {label["label_key"]: label["label_value"] for label in found}


def test_a_host_goes_through_its_life(server: Server) -> None:
    added = server.request(
        "POST",
        "/v1/ihosts",
        {
            "hostname": "compute-9",
            "location": {"locn": "rack1"},
            "mgmt_mac": "08:00:27:99:99:99",
            "personality": "worker",
        },
    )
    assert added.status == 200
    host = added.body
    assert (host["administrative"], host["operational"], host["availability"]) == ("locked", "disabled", "offline")
    assert host["subfunctions"] == "worker"
    assert {"install_state", "install_state_info", "peers"} <= host.keys()  # the public client fails without
    assert server.request("GET", f"/v1/ihosts/{host['id']}").body == host
    assert server.request("GET", f"/v1/ihosts/{host['uuid']}").body == host

    patch = [{"op": "replace", "path": "/mgmt_ip", "value": "10.0.0.9"}]
    assert server.request("PATCH", f"/v1/ihosts/{host['id']}", patch).body["mgmt_ip"] == "10.0.0.9"
    report = {"presence": "online", "hardware": {"huge_pages": {"2M": 512}}}
    assert server.request("POST", "/v1/sturnus/hosts/compute-9/report", report).body["availability"] == "online"

    assert server.action("compute-9", "unlock").body["task"] == "Unlocking"
    host = server.settled("compute-9")
    assert (host["administrative"], host["operational"], host["availability"]) == ("unlocked", "enabled", "available")
    assert host["vim_progress_status"] == "services-enabled"

    assert server.request("DELETE", "/v1/ihosts/compute-9").fault["faultstring"] == "Host compute-9 must be locked."
    assert server.action("compute-9", "lock").status == 200
    assert server.settled("compute-9")["vim_progress_status"] == "services-disabled"
    assert server.request("DELETE", "/v1/ihosts/compute-9").status == 204
    gone = server.request("GET", "/v1/ihosts/compute-9")
    assert (gone.status, gone.fault["faultstring"]) == (404, "host not found: compute-9")


def test_what_nobody_can_do_says_so(server: Server, worker: str) -> None:
    assert server.action(worker, "reboot").body["task"] == "Rebooting"

    host = server.settled(worker)
    assert host["task"] is None
    assert host["vim_progress_status"] == (
        "reboot was not done: the agent is not heard, and it has no baseboard controller: "
        "system host-update compute-0 bm_type=... bm_ip=... bm_username=... bm_password=..."
    )


def test_labels_are_assigned_all_or_none(server: Server, worker: str) -> None:
    wanted = {"openstack-compute-node": None, "sriov": "enabled"}
    assigned = server.request("POST", f"/v1/labels/{worker}?overwrite=False", wanted)
    assert [(label["label_key"], label["label_value"]) for label in assigned.body["labels"]] == [
        ("openstack-compute-node", "enabled"),
        ("sriov", "enabled"),
    ]
    uuid = assigned.body["labels"][1]["uuid"]
    assert server.request("GET", f"/v1/labels/{uuid}").body["host_uuid"] == worker

    mixed = server.request("POST", f"/v1/labels/{worker}", {"rack": "r1", "sriov": "disabled"})
    assert mixed.status == 400
    assert mixed.fault["faultstring"] == "Label sriov already exists on host compute-0."
    assert labels(server, worker) == {"openstack-compute-node": "enabled", "sriov": "enabled"}

    over = server.request("POST", f"/v1/labels/{worker}?overwrite=True", {"rack": "r1", "sriov": "disabled"})
    assert over.body["labels"][1]["uuid"] == uuid
    assert labels(server, worker) == {"openstack-compute-node": "enabled", "rack": "r1", "sriov": "disabled"}

    assert server.request("DELETE", f"/v1/labels/{uuid}").status == 204
    assert server.request("DELETE", f"/v1/labels/{uuid}").status == 404


def test_guarded_labels_of_an_unlocked_host_stay(server: Server, worker: str) -> None:
    uuid = server.request("POST", f"/v1/labels/{worker}", COMPUTE).body["labels"][0]["uuid"]
    server.action(worker, "unlock")
    server.settled(worker)

    refused = server.request("POST", f"/v1/labels/{worker}", {"openvswitch": "enabled"})
    assert (refused.status, refused.fault["faultstring"]) == (400, "Host compute-0 must be locked.")
    assert refused.fault["remedy"] == "system host-lock compute-0"
    assert server.request("DELETE", f"/v1/labels/{uuid}").status == 400
    assert server.request("POST", f"/v1/labels/{worker}", {"rack": "r1"}).status == 200
    assert labels(server, worker) == COMPUTE | {"rack": "r1"}


def test_a_stale_change_is_refused(server: Server, worker: str) -> None:
    seen = server.request("GET", f"/v1/ihosts/{worker}").headers["etag"]
    assert server.request("POST", f"/v1/labels/{worker}", {"a": "1"}, headers={"If-Match": seen}).status == 200

    stale = server.request("POST", f"/v1/labels/{worker}", {"b": "1"}, headers={"If-Match": seen})

    assert (stale.status, stale.fault["faultstring"]) == (412, "Host compute-0 was changed by somebody else.")
    assert labels(server, worker) == {"a": "1"}
    patch = [{"op": "replace", "path": "/console", "value": "ttyS1"}]
    assert server.request("PATCH", f"/v1/ihosts/{worker}", patch, headers={"If-Match": seen}).status == 412
    assert server.request("DELETE", f"/v1/ihosts/{worker}", headers={"If-Match": seen}).status == 412


def test_changes_at_the_same_time_are_all_kept(server: Server, worker: str) -> None:
    def assign(number: int) -> int:
        return server.request("POST", f"/v1/labels/{worker}", {f"label-{number}": "x"}).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(assign, range(24))) == {200}

    assert len(labels(server, worker)) == 24


def test_one_of_two_equal_hosts_is_refused(server: Server) -> None:
    def add(_: int) -> int:
        return server.request("POST", "/v1/ihosts", {"hostname": "compute-1", "personality": "worker"}).status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, range(4))) == [200, 409, 409, 409]


def test_lists_come_in_pages(server: Server) -> None:
    for number in range(5):
        server.request("POST", "/v1/ihosts", {"hostname": f"compute-{number}", "personality": "worker"})

    first = server.request("GET", "/v1/ihosts?limit=2").body["ihosts"]
    second = server.request("GET", f"/v1/ihosts?limit=2&marker={first[-1]['uuid']}").body["ihosts"]

    assert [host["hostname"] for host in first + second] == ["compute-0", "compute-1", "compute-2", "compute-3"]


def test_the_system_is_shown_and_renamed(server: Server) -> None:
    (system,) = server.request("GET", "/v1/isystems").body["isystems"]
    assert {"capabilities", "distributed_cloud_role"} <= system.keys()

    patch = [
        {"op": "replace", "path": "/name", "value": "newname"},
        {"op": "replace", "path": "/description", "value": "d"},
    ]
    changed = server.request("PATCH", f"/v1/isystems/{system['uuid']}", patch)

    assert (changed.body["name"], changed.body["description"]) == ("newname", "d")
    refused = server.request(
        "PATCH", f"/v1/isystems/{system['uuid']}", [{"op": "replace", "path": "/uuid", "value": "x"}]
    )
    assert refused.status == 400


ROLES = [
    ("reader", "GET", "/v1/ihosts", None, 200),
    ("stranger", "GET", "/v1/ihosts", None, 403),
    ("reader", "POST", "/v1/labels/compute-0", {"a": "b"}, 403),
    ("operator", "POST", "/v1/labels/compute-0", {"a": "b"}, 403),
    ("configurator", "POST", "/v1/labels/compute-0", {"a": "b"}, 200),
    ("operator", "PATCH", "/v1/ihosts/compute-0", [{"op": "replace", "path": "/action", "value": "unlock"}], 200),
    ("operator", "PATCH", "/v1/ihosts/compute-0", [{"op": "replace", "path": "/console", "value": "x"}], 403),
    ("reader", "PATCH", "/v1/ihosts/compute-0", [{"op": "replace", "path": "/action", "value": "unlock"}], 403),
    ("configurator", "POST", "/v1/sturnus/hosts/compute-0/report", {"presence": "online"}, 403),
    # Asking for nothing answers with the host.
    ("stranger", "PATCH", "/v1/ihosts/compute-0", [{"op": "replace", "path": "/action", "value": "none"}], 403),
    ("stranger", "PATCH", "/v1/ihosts/compute-0", [{"op": "remove", "path": "/action"}], 403),
    ("reader", "PATCH", "/v1/ihosts/compute-0", [{"op": "replace", "path": "/action", "value": "none"}], 200),
]


@pytest.mark.usefixtures("worker")
def test_roles(server: Server, subtests: pytest.Subtests) -> None:
    for role, method, path, body, status in ROLES:
        with subtests.test(role=role, method=method, path=path):
            assert server.request(method, path, body, role=role).status == status


BAD_INPUT: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/v1/ihosts", {"headers": {"X-Auth-Token": "wrong"}}, 401, "requires authentication"),
    ("GET", "/v1/ihosts", {"headers": {"X-Auth-Token": ""}}, 401, "requires authentication"),
    ("GET", "/v1/ihosts/99999999999999999999", {}, 404, "host not found"),
    ("GET", "/v1/ihosts/%00", {}, 404, "host not found"),
    ("GET", "/v1/labels/%00", {}, 404, "label not found"),
    ("GET", "/v1/ihosts?limit=x", {}, 400, "query.limit"),
    ("GET", "/v1/nowhere", {}, 404, "Not Found"),
    ("PUT", "/v1/ihosts", {}, 405, "Method Not Allowed"),
    ("POST", "/v1/ihosts", {"raw": "[1"}, 400, "JSON decode error"),
    ("POST", "/v1/ihosts", {"raw": "[]"}, 400, "dictionary"),
    ("POST", "/v1/ihosts", {"raw": "[" * 100_000}, 400, ""),
    ("POST", "/v1/ihosts", {"raw": '{"a": ' + "9" * 5000 + "}"}, 400, ""),
    ("POST", "/v1/ihosts", {"raw": '{"hostname": "\\ud800"}'}, 400, ""),
    ("POST", "/v1/ihosts", {"raw": '{"console": "\\u0000"}'}, 400, "printable"),
    ("POST", "/v1/ihosts", {"raw": '"' + "x" * 1_100_000 + '"'}, 413, "larger than 1048576 bytes"),
    ("POST", "/v1/apps", {"raw": "[" * 2_000_000, "headers": {"X-Auth-Token": ""}}, 401, "requires authentication"),
    ("POST", "/v1/labels/compute-0", {"raw": '{"a": 1}'}, 400, "valid string"),
    ("POST", "/v1/labels/compute-0", {"raw": '{"-a": "b"}'}, 400, "Label key"),
    ("POST", "/v1/labels/nobody", {"raw": '{"a": "b"}'}, 404, "host not found: nobody"),
    ("PATCH", "/v1/ihosts/compute-0", {"raw": "{}"}, 400, "list"),
    ("PATCH", "/v1/ihosts/compute-0", {"raw": '[{"op": "replace", "path": "/action", "value": "dance"}]'}, 400,
     "'dance' is not a supported maintenance action."),
    ("PATCH", "/v1/ihosts/compute-0", {"raw": '[{"op": "replace", "path": "/action", "value": {"a": []}}]'}, 400,
     "is not a supported maintenance action."),
    ("PATCH", "/v1/ihosts/compute-0", {"raw": '[{"op": "replace", "path": "/uptime", "value": 1}]'}, 400,
     "Field 'uptime' is not set by hand."),
    ("PATCH", "/v1/ihosts/compute-0", {"raw": "[]", "headers": {"If-Match": "x"}}, 400, ""),
]  # fmt: skip


def configured(server: Server) -> dict[str, Any]:
    """The worker once its configuration is known, which is within a second and changes it."""

    def look() -> dict[str, Any]:
        shown: dict[str, Any] = server.request("GET", "/v1/ihosts/compute-0").body
        return shown

    return eventually(look, lambda shown: shown["config_target"] is not None, PATIENCE)


@pytest.mark.usefixtures("worker")
def test_bad_input(server: Server, subtests: pytest.Subtests) -> None:
    before = configured(server)

    for method, path, options, status, words in BAD_INPUT:
        with subtests.test(method=method, path=path, sent=str(options)[:80]):
            answer = server.request(method, path, **options)
            assert answer.status == status
            assert words in answer.fault["faultstring"]

    assert configured(server) == before


def test_every_answer_has_an_id_that_the_log_has_too(server: Server) -> None:
    assert server.request("GET", "/v1/isystems", headers={"X-Request-Id": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert server.request("GET", "/v1/isystems", headers={"X-Request-Id": "no\tgood"}).headers["x-request-id"] != "no"
    entries = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert any(entry.get("request_id") == "mine-1" and entry["status"] == 200 for entry in entries)
    assert not any(token in server.log.read_text() for token in TOKENS.values())


def test_health_and_metrics_tell_of_progress(server: Server, worker: str) -> None:
    server.request("POST", f"/v1/labels/{worker}", COMPUTE)

    time.sleep(0.5)  # the VIM's notices arrive meanwhile
    health = server.request("GET", "/healthz")
    assert health.status == 200
    assert health.body["nodes"] == "no kubeconfig is set"
    assert [lag["topic"] for lag in health.body["outbox"]["lag"]] == ["node"]  # no cluster: they wait, visibly
    waiting = server.request("GET", "/v1/sturnus/outbox").body["outbox"]
    assert {notice["reason"] for notice in waiting} == {"not tried yet"}
    assert "sturnus_http_request_seconds_bucket" in server.request("GET", "/metrics").body


def test_events_are_followed_and_taken_up_again(server: Server, worker: str) -> None:
    configured(server)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/v1/sturnus/events?since=0", headers={"X-Auth-Token": TOKENS["reader"]})
    stream = connection.getresponse()
    threading.Timer(0.2, lambda: server.request("POST", f"/v1/labels/{worker}", {"rack": "r1"})).start()

    lines = []
    while "event: labels.changed" not in lines:
        lines.append(stream.readline().decode().strip())
    connection.close()

    kinds = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    told = [kind for kind in kinds if not kind.startswith("network.")]  # those are made at the first start
    assert told == ["host.added", "host.changed", "host.changed", "labels.changed"]  # it reported; was configured
    assert server.stop() in {0, -15}


def test_a_server_stops_in_time_while_somebody_follows(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/v1/sturnus/events", headers={"X-Auth-Token": TOKENS["reader"]})
    connection.getresponse().readline()

    assert server.stop() in {0, -15}  # within 10 s, or it raises
    connection.close()


def test_the_network_wants_tls(server: Server) -> None:
    server.stop()
    server.settings["STURNUS_LISTEN_ADDRESS"] = "0.0.0.0"  # noqa: S104 -- refused

    with pytest.raises(AssertionError, match=r"Plain HTTP on 0\.0\.0\.0 would send tokens in the open\."):
        server.start()


def test_without_a_vim_nobody_knows_what_a_lock_would_do(server: Server, worker: str) -> None:
    answer = server.request("GET", f"/v1/sturnus/hosts/{worker}/lock-preview")

    assert answer.status == 409
    assert answer.fault["faultstring"] == ("No VIM is set, so nobody knows what runs on a host: a lock is a word only.")
