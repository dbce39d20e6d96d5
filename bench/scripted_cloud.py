"""A Keystone, an inventory, a Kubernetes and a Nova over HTTP that say of a thousand hosts what a benchmark wants.

    python -m bench.scripted_cloud HOSTS SERVERS_PER_HOST      prints its port; ends when its input ends

A process of its own, so that what it costs is not the VIM's. Answers are made once. It is no Nova: nothing happens when
it is asked for something, and it answers at once. `GET /asked` says how often each path was asked for.
"""

from __future__ import annotations

import json
import sys
import threading
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


def hostname(number: int) -> str:
    return f"compute-{number}"


def ihost(number: int) -> Mapping[str, Any]:
    return {
        "uuid": uuid_of(hostname(number)), "hostname": hostname(number), "personality": "worker",
        "administrative": "unlocked", "operational": "enabled", "availability": "available", "ihost_action": None,
        "task": None, "id": number + 1, "subfunctions": "worker",
    }  # fmt: skip


def label(number: int) -> Mapping[str, Any]:
    return {"host_uuid": uuid_of(hostname(number)), "label_key": "openstack-compute-node", "label_value": "enabled"}


def server(host: int, number: int) -> Mapping[str, Any]:
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


def service(host: int) -> Mapping[str, Any]:
    return {
        "id": uuid_of(f"service {host}"), "binary": "nova-compute", "host": hostname(host), "zone": "nova",
        "status": "enabled", "state": "up", "updated_at": FAR, "disabled_reason": None, "forced_down": False,
    }  # fmt: skip


class Answers:
    """All that is ever said, as bytes."""

    def __init__(self, hosts: int, servers: int) -> None:
        self.asked: Counter[str] = Counter()
        every = range(hosts)
        self._lists = {
            "/v1/ihosts": {"ihosts": [ihost(host) for host in every]},
            "/v1/labels": {"labels": [label(host) for host in every]},
            "/os-hypervisors/detail": {"hypervisors": [hypervisor(host, servers) for host in every]},
            "/os-services": {"services": [service(host) for host in every]},
            "/os-server-groups": {"server_groups": []},
            "/os-migrations": {"migrations": []},
            "/agents": {"agents": []},
            "/api/v1/pods": {"items": []},
            "/apis/policy/v1/poddisruptionbudgets": {"items": []},
        }
        self._bytes = {path: json.dumps(said).encode() for path, said in self._lists.items()}
        self._servers = [server(host, number) for host in every for number in range(servers)]
        self._after = {each["id"]: place + 1 for place, each in enumerate(self._servers)}
        self._pages = {
            start: json.dumps({"servers": self._servers[start : start + PAGE]}).encode()
            for start in range(0, len(self._servers), PAGE)
        }

    def get(self, path: str, query: Mapping[str, list[str]]) -> bytes | None:
        """None: there is no such thing."""
        self.asked[path] += 1
        if path.endswith("/servers/detail"):
            start = self._after[query["marker"][0]] if "marker" in query else 0
            limit = int(query.get("limit", [str(PAGE)])[0])
            if limit >= PAGE and start % PAGE == 0:
                return self._pages.get(start, b'{"servers": []}')
            return json.dumps({"servers": self._servers[start : start + min(limit, PAGE)]}).encode()
        if path == "/asked":
            return json.dumps(self.asked).encode()
        return next((said for ending, said in self._bytes.items() if path.endswith(ending)), None)


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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers: Answers

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/v3/auth/tokens":
            self._answer(200, json.dumps(token(self.server.server_address[1])).encode())  # type: ignore[arg-type]
            return
        said = self.answers.get(parts.path, parse_qs(parts.query))
        if said is None:
            self._answer(404, b'{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}')
        else:
            self._answer(200, said)

    def do_POST(self) -> None:
        self.answers.asked[f"POST {self.path}"] += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = json.dumps(token(self.server.server_address[1])).encode()  # type: ignore[arg-type]
        self._answer(201, said, {"X-Subject-Token": "token"})

    def do_PATCH(self) -> None:
        self.answers.asked[f"PATCH {self.path}"] += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(200, b"{}")

    def _answer(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
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


def main() -> None:
    """Serve until the input ends: whoever started it does not have to end it."""
    _Handler.answers = Answers(int(sys.argv[1]), int(sys.argv[2]))
    serving = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    serving.daemon_threads = True
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    print(serving.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
