"""A Keystone, an inventory, a Kubernetes and a Nova over HTTP that say of a thousand hosts what a benchmark wants.

    python -m bench.scripted_cloud HOSTS SERVERS_PER_HOST SECONDS_OF_A_MOVE

It prints its port, and ends when its input ends. A process of its own, so that what it costs is not the VIM's. It is no
Nova: it takes an order at once, and has moved a server after exactly so many seconds, with 0 at once: whatever time
goes by besides is the VIM's. `GET /asked` tells how often each path was asked for and
when an order came first, `POST /bench/fail/HOST` and `POST /bench/lock/HOST` have the inventory say so.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 1000
"""Nova's own limit of a list (max_limit)."""
FAR = "2036-01-01T00:00:00.000000Z"


def uuid_of(name: str) -> str:
    """Always the same for a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def hostname(number: int, kind: str = "compute") -> str:
    return f"{kind}-{number}"


def ihost(number: int, kind: str) -> dict[str, Any]:
    name = hostname(number, kind)
    return {
        "uuid": uuid_of(name), "hostname": name, "personality": "worker",
        "administrative": "unlocked", "operational": "enabled", "availability": "available", "ihost_action": None,
        "task": None, "id": number + 1, "subfunctions": "worker", "fencing": None,
    }  # fmt: skip


def label(host_uuid: str) -> Mapping[str, Any]:
    return {"host_uuid": host_uuid, "label_key": "openstack-compute-node", "label_value": "enabled"}


def server(host: int, number: int) -> dict[str, Any]:
    """As Nova's detailed list has it from microversion 2.47 on, with what real ones carry besides."""
    name = f"server-{host}-{number}"
    address = {"version": 4, "addr": f"10.{host // 250}.{host % 250}.{number}", "OS-EXT-IPS:type": "fixed"}
    return {
        "id": uuid_of(name), "name": name, "status": "ACTIVE", "tenant_id": uuid_of("demo").replace("-", ""),
        "user_id": uuid_of("user").replace("-", ""), "metadata": {"recovery_priority": str(1 + number % 10)},
        "hostId": uuid_of(hostname(host)), "image": "", "created": FAR, "updated": FAR, "accessIPv4": "",
        "flavor": {
            "vcpus": 2, "ram": 4096, "disk": 20, "ephemeral": 0, "swap": 0, "original_name": "m1.medium",
            "extra_specs": {"hw:cpu_policy": "shared"},
        },
        "addresses": {"private": [address | {"OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:00"}]}, "accessIPv6": "",
        "links": [{"rel": "self", "href": f"http://nova/v2.1/servers/{uuid_of(name)}"}], "OS-DCF:diskConfig": "AUTO",
        "progress": 0, "OS-EXT-AZ:availability_zone": "nova", "config_drive": "", "key_name": "key",
        "OS-SRV-USG:launched_at": FAR, "OS-SRV-USG:terminated_at": None, "security_groups": [{"name": "default"}],
        "OS-EXT-SRV-ATTR:host": hostname(host), "OS-EXT-SRV-ATTR:instance_name": f"instance-{host:04x}{number:04x}",
        "OS-EXT-SRV-ATTR:hypervisor_hostname": hostname(host), "OS-EXT-STS:task_state": None,
        "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1, "host_status": "UP", "locked": False,
        "os-extended-volumes:volumes_attached": [{"id": uuid_of(f"volume {name}"), "delete_on_termination": False}],
        "server_groups": [], "tags": [], "description": None,
    }  # fmt: skip


def hypervisor(host: int, servers: int) -> Mapping[str, Any]:
    """As the list has it up to microversion 2.87."""
    return {
        "id": uuid_of(f"hypervisor {host}"), "hypervisor_hostname": hostname(host), "state": "up", "status": "enabled",
        "vcpus": 96, "vcpus_used": 2 * servers, "memory_mb": 524288, "memory_mb_used": 4096 * servers,
        "local_gb": 1000, "local_gb_used": 0, "free_ram_mb": 524288 - 4096 * servers, "free_disk_gb": 1000,
        "disk_available_least": 1000, "running_vms": servers, "current_workload": 0, "hypervisor_type": "QEMU",
        "hypervisor_version": 8002000, "host_ip": "10.0.0.1", "uptime": None, "servers": [],
        "service": {"id": uuid_of(f"service {host}"), "host": hostname(host), "disabled_reason": None},
    }  # fmt: skip


def service(host: int) -> dict[str, Any]:
    return {
        "id": uuid_of(f"service {host}"), "binary": "nova-compute", "host": hostname(host), "zone": "nova",
        "status": "enabled", "state": "up", "updated_at": FAR, "disabled_reason": None, "forced_down": False,
    }  # fmt: skip


class Answers:
    """All that there is. Lists that do not change are bytes already."""

    def __init__(self, hosts: int, servers: int, takes: float, kind: str = "compute") -> None:
        self.asked: Counter[str] = Counter()
        self.first: dict[str, float] = {}  # when something was asked for the first time: time.monotonic()
        self._turn = threading.Lock()
        every = range(hosts)
        self.hosts = {uuid_of(hostname(host, kind)): ihost(host, kind) for host in every}
        self.services = {uuid_of(f"service {host}"): service(host) for host in every}
        self.taints: dict[str, list[Any]] = {hostname(host, kind): [] for host in every}
        self._takes = takes
        self._moving: dict[str, tuple[float, str, str]] = {}  # of a server: when it ends, its target, its status then
        self.servers = [server(host, number) for host in every for number in range(servers)]
        self._place = {each["id"]: place for place, each in enumerate(self.servers)}
        self._pages: dict[int, bytes] = {}
        self._still = {
            "/v1/labels": {"labels": [label(host) for host in self.hosts]},
            "/os-hypervisors/detail": {"hypervisors": [hypervisor(host, servers) for host in every]},
            "/os-server-groups": {"server_groups": []},
            "/agents": {"agents": []},
            "/api/v1/pods": {"items": []},
            "/apis/policy/v1/poddisruptionbudgets": {"items": []},
        }
        self._bytes = {path: json.dumps(said).encode() for path, said in self._still.items()}

    def get(self, path: str, query: Mapping[str, list[str]]) -> bytes | None:
        """None: there is no such thing."""
        self.asked[path.removesuffix("/")] += 1
        with self._turn:
            self._end_moves()
            if path.endswith("/servers/detail"):
                return self._listed(query)
            if (
                said := next((said for ending, said in self._bytes.items() if path.endswith(ending)), None)
            ) is not None:
                return said
            found = self._found(path, query)
            return None if found is None else json.dumps(found).encode()

    def _found(self, path: str, query: Mapping[str, list[str]]) -> object | None:  # noqa: PLR0911 -- one a path
        parts = path.strip("/").split("/")
        match parts:
            case ["asked"]:
                return {"asked": self.asked, "first": self.first}
            case ["v1", "ihosts"]:
                return {"ihosts": list(self.hosts.values())}
            case ["v1", "ihosts", uuid]:
                return self.hosts.get(uuid)
            case ["v1", "ihosts", uuid, "labels"]:
                return {"labels": [label(uuid)]}
            case ["v1", "sturnus", "hosts", uuid, "witnesses"]:
                return {"safely_down": self.hosts[uuid]["availability"] == "failed"}
            case ["api", "v1", "nodes", name] if name in self.taints:
                ready = {"type": "Ready", "status": "True"}
                node = {"metadata": {"name": name, "resourceVersion": "1"}, "spec": {"taints": self.taints[name]}}
                return node | {"status": {"conditions": [ready]}}
            case [*_, "os-services"]:
                host = query.get("host", [None])[0]
                return {"services": [each for each in self.services.values() if host in {None, each["host"]}]}
            case [*_, "resource_providers", _, "inventories"]:
                return {"inventories": {"VCPU": {"allocation_ratio": 4.0}}}
            case [*_, "servers", uuid] if uuid in self._place:
                return {"server": self.servers[self._place[uuid]]}
            case _:
                return None

    def _listed(self, query: Mapping[str, list[str]]) -> bytes:
        if "host" in query:
            here = [each for each in self.servers if each["OS-EXT-SRV-ATTR:host"] == query["host"][0]]
            return json.dumps({"servers": here, "servers_links": []}).encode()
        start = self._place[query["marker"][0]] + 1 if "marker" in query else 0
        limit = min(PAGE, int(query.get("limit", [str(PAGE)])[0]))
        if start not in self._pages or limit < PAGE:
            more = [{"rel": "next", "href": "by its marker"}] if start + limit < len(self.servers) else []
            said = {"servers": self.servers[start : start + limit], "servers_links": more}
            page = json.dumps(said).encode()
            if limit < PAGE:
                return page
            self._pages[start] = page
        return self._pages[start]

    def change(self, method: str, path: str, body: Any) -> object:
        """Take an order; what is answered."""
        parts = path.strip("/").split("/")
        with self._turn:
            match method, parts:
                case "POST", [*_, "servers", uuid, "action"]:
                    self._act(self.servers[self._place[uuid]], body)
                case "PUT", [*_, "os-services", uuid]:
                    self.services[uuid].update({key: body[key] for key in ("status", "forced_down") if key in body})
                    return {"service": self.services[uuid]}
                case "PATCH", ["api", "v1", "nodes", name]:
                    self.taints[name] = body["spec"]["taints"] or []
                    return {"metadata": {"name": name}}
                case "PATCH", ["v1", "ihosts", uuid]:
                    self._report(self.hosts[uuid], {each["path"]: each["value"] for each in body})
                    return self.hosts[uuid]
                case "POST", ["bench", "fail", name]:
                    self.services[uuid_of(f"service {name.rpartition('-')[2]}")]["state"] = "down"
                    self.hosts[uuid_of(name)].update(availability="failed", operational="disabled", fencing="fenced")
                case "POST", ["bench", "lock", name]:
                    self.hosts[uuid_of(name)]["ihost_action"] = "lock"
                case _:
                    self.mark(f"unknown: {method} {path}")
        return {}

    def _act(self, of: dict[str, Any], body: Mapping[str, Any]) -> None:
        (order,) = body
        self.mark(order)
        said = body[order] or {}
        if order in {"os-migrateLive", "migrate", "evacuate"}:
            number = int(of["OS-EXT-SRV-ATTR:host"].removeprefix("compute-"))
            target = said.get("host") or hostname((number + 1) % len(self.hosts))
            of["status"], of["OS-EXT-STS:task_state"] = "MIGRATING", "migrating"
            ends = "VERIFY_RESIZE" if order == "migrate" else "ACTIVE"
            self._moving[of["id"]] = time.monotonic() + self._takes, target, ends
        elif order in {"os-stop", "os-start"}:
            of["status"] = "SHUTOFF" if order == "os-stop" else "ACTIVE"
        elif order == "confirmResize":
            of["status"] = "ACTIVE"
        self._pages.pop(self._place[of["id"]] // PAGE * PAGE, None)
        self._end_moves()

    def _end_moves(self) -> None:
        now = time.monotonic()
        for moved in [each for each, (end, *_) in self._moving.items() if end <= now]:
            _, target, status = self._moving.pop(moved)
            of = self.servers[self._place[moved]]
            of["OS-EXT-SRV-ATTR:host"] = of["OS-EXT-SRV-ATTR:hypervisor_hostname"] = target
            of["status"], of["OS-EXT-STS:task_state"] = status, None
            self._pages.pop(self._place[moved] // PAGE * PAGE, None)

    def _report(self, host: dict[str, Any], said: Mapping[str, str]) -> None:
        self.mark(said["/action"])
        if said["/action"] == "services-disabled":
            host.update(administrative="locked", availability="online", operational="disabled", ihost_action=None)

    def mark(self, what: str) -> None:
        """Count it, and keep when it came first."""
        self.asked[what] += 1
        self.first.setdefault(what, time.monotonic())


def token(port: int) -> Mapping[str, Any]:
    """One for all that ask, with a catalog that leads back here."""

    def entry(kind: str, name: str, path: str) -> Mapping[str, Any]:
        url = f"http://127.0.0.1:{port}{path}"
        endpoints = [
            {"interface": interface, "region": "RegionOne", "region_id": "RegionOne", "url": url, "id": "e"}
            for interface in ("public", "internal", "admin")
        ]
        return {"type": kind, "name": name, "id": kind, "endpoints": endpoints}

    catalog = [
        entry("compute", "nova", "/v2.1"), entry("network", "neutron", ""), entry("identity", "keystone", "/v3"),
        entry("placement", "placement", "/placement"),
    ]  # fmt: skip
    user = {"id": "u", "name": "vim", "domain": {"id": "default", "name": "Default"}}
    project = {"id": "p", "name": "services", "domain": {"id": "default", "name": "Default"}}
    roles = [{"id": "r", "name": "service"}, {"id": "a", "name": "admin"}]
    return {
        "token": {
            "methods": ["password"], "user": user, "project": project, "roles": roles, "expires_at": FAR,
            "issued_at": "2026-01-01T00:00:00.000000Z", "catalog": catalog, "audit_ids": ["x"],
        }
    }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """All methods, on a port that is told once it serves."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Otherwise the body waits 40 ms for the acknowledgement of the head: that would be no answer at once."""
    answers: Answers
    server: ThreadingHTTPServer

    def passes_on(self) -> bool:
        """Whether somebody else has answered: nobody."""
        return False

    def do_GET(self) -> None:
        if self.passes_on():
            return
        parts = urlsplit(self.path)
        if parts.path == "/v3/auth/tokens":
            self.answer(200, json.dumps(token(self.server.server_address[1])).encode())
            return
        said = self.answers.get(parts.path, parse_qs(parts.query))
        if said is None:
            self.answer(404, b'{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}')
        else:
            self.answer(200, said)

    def do_POST(self) -> None:
        if self.passes_on():
            return
        if self.path.endswith("/auth/tokens"):
            self._body()
            said = json.dumps(token(self.server.server_address[1])).encode()
            self.answer(201, said, {"X-Subject-Token": "token"})
        else:
            self._change("POST", 202)

    def do_PATCH(self) -> None:
        self._change("PATCH", 200)

    def do_PUT(self) -> None:
        if not self.passes_on():
            self._change("PUT", 200)

    def do_DELETE(self) -> None:
        if not self.passes_on():
            self._change("DELETE", 200)

    def _change(self, method: str, status: int) -> None:
        said = self.answers.change(method, urlsplit(self.path).path, self._body())
        self.answer(status, json.dumps(said).encode())

    def _body(self) -> Any:
        content = self.content()
        return json.loads(content) if content else None

    def content(self) -> bytes:
        """What came with the request."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Of JSON."""
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A VIM that is stopped resets its connections."""


def serve(handler: type[Handler]) -> None:
    """Until the input ends: whoever started it does not have to end it."""
    serving = _Server(("127.0.0.1", 0), handler)
    serving.daemon_threads = True
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    print(serving.server_address[1], flush=True)
    sys.stdin.read()


def main() -> None:
    """Serve what the arguments say."""
    Handler.answers = Answers(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    serve(Handler)


if __name__ == "__main__":
    main()
