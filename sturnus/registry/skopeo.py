"""The program `skopeo`: one process per question or copy, with a deadline, and gone when nobody waits for it any more.

Logins travel in a file in memory that only this process and its child can open, never in arguments or on a disk;
proxies in the environment of the child alone. The machine's own list of registries is kept out: what works here works
elsewhere.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sturnus.core.child_process import ENDS_WITH_US
from sturnus.core.errors import Unavailable
from sturnus.registry.failures import Failure, FailureKind, failure_from
from sturnus.registry.reference import ImageReference
from sturnus.registry.settings import Login, RegistrySettings, host_of

LOOK_DEADLINE: Final = timedelta(seconds=60)
COPY_DEADLINE: Final = timedelta(minutes=20)
_ERRORS_KEPT: Final = 64 * 1024
"""Bytes of standard error that are kept: the last ones count."""

_MACHINE: Final = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "CONTAINERS_REGISTRIES_CONF": os.devnull,
}

Logins = Callable[[], Awaitable[Mapping[str, Login]]]
"""Reads the logins, by HOST[:PORT]. Asked anew for each process: passwords change (reference/inventory.md F-21)."""
Registries = Callable[[], Awaitable[RegistrySettings]]
"""Reads where images come from. Asked anew for each process as well: an operator may have set it since."""
Line = Callable[[str], None]
"""Gets each line that skopeo writes while it copies."""


@dataclass(frozen=True, slots=True)
class Found:
    """An image that is there."""

    digest: str  # of its manifest: "sha256:..."


@dataclass(frozen=True, slots=True)
class _Ended:
    status: int
    output: bytes
    errors: str


class Skopeo:
    """Looks at images and copies them. A failure is a value: the caller decides what follows."""

    def __init__(self, registries: Registries, logins: Logins, program: str = "skopeo") -> None:
        self._registries = registries
        self._logins = logins
        self._program = program

    async def look(self, image: ImageReference) -> Found | Failure:
        """Look whether an image is there. NOT_FOUND is the answer no."""
        settings = await self._registries()
        argv = ["inspect", "--raw", *_tls(settings, "", image.registry), f"docker://{image.address}"]
        ended = await self._run(argv, settings.environment(), LOOK_DEADLINE)
        if isinstance(ended, Failure):
            return ended
        if ended.status != 0:
            return failure_from(ended.errors)
        return Found("sha256:" + hashlib.sha256(ended.output).hexdigest())

    async def copy(
        self, source: ImageReference, local: ImageReference, told: Line, deadline: timedelta = COPY_DEADLINE
    ) -> Failure | None:
        """Copy an image to the local registry; None: it is there now. What is there already is not sent again."""
        settings = await self._registries()
        address = settings.source(source)
        # A digest names an index of all platforms, and only the whole index has it. A tag is for this platform.
        whole = ["--all", "--preserve-digests"] if source.digest else []
        argv = [
            "copy", *whole, *_tls(settings, "src-", host_of(address)), *_tls(settings, "dest-", local.registry),
            f"docker://{address}", f"docker://{local.address}",
        ]  # fmt: skip
        ended = await self._run(argv, settings.environment(), deadline, told)
        if isinstance(ended, Failure):
            return ended
        return None if ended.status == 0 else failure_from(ended.errors)

    async def _run(
        self, argv: list[str], proxies: Mapping[str, str], deadline: timedelta, told: Line | None = None
    ) -> _Ended | Failure:
        login = os.memfd_create("sturnus-logins")  # no disk ever holds it, whenever this process dies
        try:
            os.write(login, _auth_file(await self._logins()))
            return await self._wait(argv, {**_MACHINE, **proxies}, login, deadline, told)
        finally:
            os.close(login)

    async def _wait(
        self, argv: list[str], environment: Mapping[str, str], login: int, deadline: timedelta, told: Line | None
    ) -> _Ended | Failure:
        # Nobody would see how a copy ends whose starter is gone.
        command = [*ENDS_WITH_US, self._program, "--insecure-policy", argv[0], "--authfile", f"/proc/self/fd/{login}"]
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *command, *argv[1:], stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe,
                env=environment, pass_fds=(login,), start_new_session=True,
            )  # fmt: skip
        except FileNotFoundError:
            raise _not_installed("setpriv") from None
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                output, errors = await asyncio.gather(_output(process, told), _last_of(process))
                status = await process.wait()
        except TimeoutError:
            return Failure(FailureKind.TOO_SLOW, f"not done within {deadline.total_seconds():g} s")
        finally:
            await _end(process)
        if errors.startswith("setpriv:"):
            raise _not_installed(self._program)
        return _Ended(status, output, errors)


def _tls(settings: RegistrySettings, side: str, registry: str) -> list[str]:
    if settings.speaks_plain_http(registry):
        return [f"--{side}tls-verify=false"]
    return [] if settings.certificates is None else [f"--{side}cert-dir", str(settings.certificates)]


def _not_installed(program: str) -> Unavailable:
    return Unavailable(
        f"The program {program} cannot be started.",
        expected="skopeo, which copies images, and util-linux's setpriv",
        remedy=f"install it: which {program}",
    )


def _auth_file(logins: Mapping[str, Login]) -> bytes:
    """Write the logins as containers-auth.json(5) has them."""
    auths = {
        registry: {"auth": base64.b64encode(f"{login.user}:{login.password}".encode()).decode()}
        for registry, login in logins.items()
    }
    return json.dumps({"auths": auths}).encode()


async def _output(process: asyncio.subprocess.Process, told: Line | None) -> bytes:
    assert process.stdout is not None  # noqa: S101 -- it is a pipe
    if told is None:
        return await process.stdout.read()
    async for line in process.stdout:
        told(line.decode(errors="replace").rstrip())
    return b""


async def _last_of(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None  # noqa: S101 -- it is a pipe
    kept = b""
    while piece := await process.stderr.read(_ERRORS_KEPT):
        kept = (kept + piece)[-_ERRORS_KEPT:]
    return kept.decode(errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
