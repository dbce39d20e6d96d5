"""One connection to one server, by the standard library: importing anything larger would take longer than the call."""

from __future__ import annotations

import http.client
import json
import ssl  # http.client imports it anyway
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sturnus import tls
from sturnus.cli.failure import CommandError, HttpError

LONGEST_IDLE = 3.0
"""Seconds after which a connection is opened anew: servers close idle ones, and a request that meets that is lost."""

SECRET_HEADERS = frozenset({"x-auth-token", "x-subject-token"})


class Connection:
    """Kept open between the requests of one command. `debug` shows them on standard error, without tokens."""

    def __init__(self, url: str, *, timeout: float, checks: Mapping[str, Any], debug: bool = False) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CommandError(f"{url!r} is not an address.", "use http://HOST:PORT or https://HOST:PORT")
        self._base = parts.path.rstrip("/")
        self._url = f"{parts.scheme}://{parts.netloc}"
        self._debug = debug
        self._place = parts.hostname, parts.port
        self._context = _context(checks) if parts.scheme == "https" else None
        self._ca_file = checks.get("ca_file")
        self._connection = self._new(timeout)
        self._answered = 0.0

    def _new(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._place
        if self._context is None:
            return http.client.HTTPConnection(host, port, timeout=timeout)
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=self._context)

    def request(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        """Send one request; return the decoded body and the headers of the answer.

        Raises:
            HttpError: the server answered with a status from 400 on.
            CommandError: it did not answer, or not in JSON.

        """
        content = None if body is None else json.dumps(body)
        sent = {"Accept": "application/json", "User-Agent": "sturnus", **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json"
        self._show(">", f"{method} {self._url}{self._base}{path} {content or ''}")
        if time.monotonic() - self._answered > LONGEST_IDLE:
            self._connection.close()
        try:
            self._connection.request(method, self._base + path, content, sent)
            answer = self._connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise _no_answer(self._url, error, self._ca_file) from error
        self._answered = time.monotonic()
        received = {name.lower(): value for name, value in answer.getheaders()}
        self._show("<", f"{answer.status} {raw.decode(errors='replace')}")
        if answer.status >= http.client.BAD_REQUEST:
            raise _refused(answer.status, raw)
        return self._decoded(raw), received

    def close(self) -> None:
        """Close it; the next request opens it anew."""
        self._connection.close()

    def stream(self, path: str, headers: Mapping[str, str], silence: float) -> Iterator[bytes]:
        """Lines of an answer that does not end, on a connection of its own. Raises as `request` does.

        `silence`: seconds without a line after which the connection counts as dead.
        """
        connection = self._new(silence)
        try:
            connection.request("GET", self._base + path, headers={"User-Agent": "sturnus", **headers})
            answer = connection.getresponse()
            if answer.status >= http.client.BAD_REQUEST:
                raise _refused(answer.status, answer.read())
            while line := answer.readline():
                yield line
        except (OSError, http.client.HTTPException) as error:
            raise _no_answer(self._url, error, self._ca_file) from error
        finally:
            connection.close()

    def _decoded(self, raw: bytes) -> Any:
        if not raw:
            return None
        try:
            return json.loads(raw)
        except ValueError:
            raise CommandError(f"{self._url} did not answer in JSON.", "look whether the address is right") from None

    def _show(self, direction: str, text: str) -> None:
        if self._debug:
            sys.stderr.write(f"{direction} {text[:2000]}\n")


def _context(wanted: Mapping[str, Any]) -> ssl.SSLContext:
    ca_file = Path(wanted["ca_file"]) if wanted.get("ca_file") else None
    try:
        context = tls.client_context(ca_file)
    except OSError as error:
        why = tls.unreadable(ca_file or Path(), error)
        raise CommandError(f"Certificates cannot be checked: {why}.", "look at OS_CACERT or --ca-file") from error
    if wanted.get("insecure"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if wanted.get("cert_file"):
        _present(context, wanted["cert_file"], wanted.get("key_file"))
    return context


def _present(context: ssl.SSLContext, cert_file: str, key_file: str | None) -> None:
    try:
        context.load_cert_chain(cert_file, key_file)
    except OSError as error:
        why = error.strerror or "it is no certificate with its key"
        raise CommandError(f"{cert_file} cannot be used: {why}.", "look at --cert-file and --key-file") from error


def _no_answer(url: str, error: Exception, ca_file: str | None) -> CommandError:
    if why := tls.failure(error, Path(ca_file) if ca_file else None):
        return CommandError(
            f"{url} is not trusted: {why}.",
            "look at OS_CACERT or --ca-file; --insecure does without the check",
        )
    why = "no answer in time" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or str(error)
    return CommandError(f"Cannot reach {url}: {why}.", "look whether the platform runs: sturnus serve inventory")


def _refused(status: int, raw: bytes) -> HttpError:
    """Read StarlingX's error body, Keystone's, or neither (reference/clients.md §1, "Errors")."""
    try:
        body = json.loads(raw)
        if "error_message" in body:
            fault = json.loads(body["error_message"])
            return HttpError(status, fault.get("faultstring") or "", fault.get("remedy") or "")
        return HttpError(status, f"{body['error']['message']} (HTTP {status})")
    except (ValueError, KeyError, TypeError, AttributeError):
        reason = http.client.responses.get(status, "")
        return HttpError(status, f"{reason} (HTTP {status})")
