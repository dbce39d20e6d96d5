"""The platform's services as commands see them: requests that carry a token."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sturnus.cli import keystone
from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.http import Connection
from sturnus.cli.keystone import Access, Credentials


@dataclass(frozen=True, slots=True)
class Service:
    """One of the platform's APIs."""

    catalog_type: str
    prefix: str  # of all its paths; an address may end in it
    url: str  # the variable that names its address, for who has a token and no Keystone


INVENTORY = Service("platform", "/v1", "SYSTEM_URL")
VIM = Service("nfv", "/api", "VIM_URL")
FAULTS = Service("faultmanagement", "/v1", "FM_URL")


def add_options(parser: argparse.ArgumentParser, service: Service = INVENTORY) -> None:
    """Options of every command (reference/inventory.md §6.2); each has its environment variable."""
    parser.add_argument("--debug", action="store_true", default=bool(os.environ.get("SYSTEMCLIENT_DEBUG")))
    parser.add_argument("-v", "--verbose", action="store_true", help="accepted for compatibility")
    parser.add_argument("-k", "--insecure", action="store_true", help="do not check the server's certificate")
    parser.add_argument("--cert-file", metavar="FILE")
    parser.add_argument("--key-file", metavar="FILE")
    parser.add_argument("--ca-file", metavar="FILE", default=os.environ.get("OS_CACERT"))
    parser.add_argument("--timeout", type=float, default=600, metavar="SECONDS")
    for name, variable in {"service_url": service.url, **_VARIABLES}.items():
        option = "--" + (variable if name == "service_url" else name).lower().replace("_", "-")
        parser.add_argument(option, dest=name, default=os.environ.get(variable, ""), metavar=variable)


_VARIABLES = {
    "os_auth_token": "OS_AUTH_TOKEN",
    "os_username": "OS_USERNAME",
    "os_password": "OS_PASSWORD",
    "os_auth_url": "OS_AUTH_URL",
    "os_project_name": "OS_PROJECT_NAME",
    "os_tenant_name": "OS_TENANT_NAME",
    "os_user_domain_name": "OS_USER_DOMAIN_NAME",
    "os_project_domain_name": "OS_PROJECT_DOMAIN_NAME",
    "os_region_name": "OS_REGION_NAME",
    "os_endpoint_type": "OS_ENDPOINT_TYPE",
}


class Platform:
    """Requests to one of its services. Asks for a token once, and once more if it is refused."""

    def __init__(self, given: argparse.Namespace, service: Service = INVENTORY) -> None:
        self._prefix = service.prefix
        checks = {name: getattr(given, name) for name in ("insecure", "cert_file", "key_file", "ca_file")}
        self._connect = {"timeout": given.timeout, "checks": checks, "debug": given.debug}
        self._credentials: Credentials | None = None
        if given.os_auth_token and given.service_url:
            self._use(Access(given.os_auth_token, given.service_url, 0))
            return
        self._credentials = _credentials(given, service)
        self._use(keystone.access(self._credentials, self._connect))

    def close(self) -> None:
        """Close the connection. A command that ends does not have to."""
        self._connection.close()

    def get(self, path: str) -> Any:
        """Read something."""
        return self._request("GET", path)

    def post(self, path: str, body: object) -> Any:
        """Make something."""
        return self._request("POST", path, body)

    def put(self, path: str, body: object) -> Any:
        """Set something as a whole."""
        return self._request("PUT", path, body)

    def patch(self, path: str, fields: dict[str, Any]) -> Any:
        """Change fields of something, as a JSON patch."""
        steps = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in fields.items()]
        return self._request("PATCH", path, steps)

    def patch_with(self, path: str, body: object) -> Any:
        """Change something that wants a body of its own kind."""
        return self._request("PATCH", path, body)

    def delete(self, path: str, body: object = None) -> None:
        """Remove something."""
        self._request("DELETE", path, body)

    def stream(self, path: str, headers: dict[str, str], silence: float) -> Iterator[bytes]:
        """Lines of an answer that does not end. A refused token is replaced once, as everywhere."""
        for attempt in ("kept", "renewed"):
            try:
                yield from self._connection.stream(
                    f"{self._prefix}{path}", {"X-Auth-Token": self._token, **headers}, silence
                )
            except HttpError as error:
                if error.status != 401 or self._credentials is None or attempt == "renewed":
                    raise
                self._renew(self._credentials)
            else:
                return

    def _renew(self, credentials: Credentials) -> None:
        keystone.forget(credentials)
        self._use(keystone.renewed(credentials, self._connect))

    def _use(self, access: Access) -> None:
        self._token = access.token
        url = access.url.rstrip("/")
        self._connection = Connection(url.removesuffix(self._prefix), **self._connect)

    def _request(self, method: str, path: str, body: object = None) -> Any:
        try:
            return self._sent(method, path, body)
        except HttpError as error:
            if error.status != 401 or self._credentials is None:
                raise
        self._renew(self._credentials)
        return self._sent(method, path, body)

    def _sent(self, method: str, path: str, body: object) -> Any:
        return self._connection.request(method, f"{self._prefix}{path}", body, {"X-Auth-Token": self._token})[0]


def _credentials(given: argparse.Namespace, service: Service) -> Credentials:
    project = given.os_project_name or given.os_tenant_name
    needed = {
        "OS_USERNAME": given.os_username,
        "OS_PASSWORD": given.os_password,
        "OS_AUTH_URL": given.os_auth_url,
        "OS_PROJECT_NAME": project,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise CommandError(
            f"You must provide credentials: {', '.join(missing)}, or OS_AUTH_TOKEN and {service.url}.",
            "source /etc/platform/openrc",
        )
    return Credentials(
        auth_url=given.os_auth_url,
        username=given.os_username,
        password=given.os_password,
        project=project,
        user_domain=given.os_user_domain_name or "Default",
        project_domain=given.os_project_domain_name or "Default",
        region=given.os_region_name,
        interface=given.os_endpoint_type or "publicURL",
        service=service.catalog_type,
    )
