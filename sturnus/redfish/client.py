"""Power by sushy, OpenStack's Redfish library.

It blocks, so each call is a thread of its own: a bounded number at once, each with a deadline. A call that is late
keeps its place until its sockets give up, so none pile up. Nothing is kept between calls: they are months apart.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeVar

import sushy
from sushy.auth import BasicAuth
from sushy.connector import Connector
from sushy.exceptions import AccessError, HTTPError, SushyError

from sturnus.core.errors import Conflict, Forbidden, SturnusError, Unavailable
from sturnus.redfish.power import Controller, Power, Reset

T = TypeVar("T")

CONNECT_DEADLINE: Final = 3.0
READ_DEADLINE: Final = 8.0
DEADLINE: Final = 12.0
"""Seconds for one call, which is three requests."""
AT_ONCE: Final = 16

_STATES: Final = {sushy.PowerState.ON: Power.ON, sushy.PowerState.OFF: Power.OFF}


class RedfishPower:
    """Implements `inventory.ports.PowerControl`."""

    def __init__(self, ca_file: Path | None) -> None:
        self._trusted = str(ca_file) if ca_file else _system_authorities()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def state(self, controller: Controller) -> Power:
        """What its host's power is."""
        return await self._call(controller, lambda: _STATES.get(self._system(controller).power_state, Power.CHANGING))

    async def reset(self, controller: Controller, kind: Reset) -> None:
        """Ask for a change of power; it is accepted when this returns, and done when `state` shows it."""
        await self._call(controller, lambda: self._system(controller).reset_system(sushy.ResetType(kind.value)))

    def _system(self, controller: Controller) -> Any:
        root = sushy.Sushy(
            f"https://{controller.address}",
            auth=BasicAuth(controller.username, controller.password),
            connector=_Direct(controller.address, self._trusted),
        )
        return root.get_system()  # without a name: the only one, or an error

    async def _call(self, controller: Controller, call: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._in_turn(call)
        except TimeoutError:
            raise _silent(controller, f"nothing within {DEADLINE:.0f} s") from None
        except AccessError as error:
            raise Forbidden(
                f"the controller at {controller.address} refuses user {controller.username}",
                expected="a user who may switch power, and that user's password",
                remedy="system host-update HOST bm_username=... bm_password=...",
            ) from error
        except HTTPError as error:
            raise _answered(controller, error) from error
        except (SushyError, OSError, ValueError) as error:
            raise _silent(controller, _cause(error)) from error

    async def _in_turn(self, call: Callable[[], T]) -> T:
        await self._places.acquire()
        outcome: Future[T] = Future()
        outcome.set_running_or_notify_cancel()  # whoever waits may go, the call goes on
        thread = threading.Thread(target=self._run, args=(call, outcome, asyncio.get_running_loop()), daemon=True)
        thread.start()
        return await asyncio.wrap_future(outcome)

    def _run(self, call: Callable[[], T], outcome: Future[T], loop: asyncio.AbstractEventLoop) -> None:
        try:
            outcome.set_result(call())
        except Exception as error:  # noqa: BLE001 -- whoever waits handles it
            outcome.set_exception(error)
        with suppress(RuntimeError):  # the loop is closed: nobody waits for a place any more
            loop.call_soon_threadsafe(self._places.release)


class _Direct(Connector):  # type: ignore[misc]  # -- sushy has no types
    """Waits for a bounded time, tries once, and takes no proxy from the environment."""

    def __init__(self, address: str, authorities: str) -> None:
        super().__init__(
            f"https://{address}",
            verify=authorities,
            server_side_retries=1,  # attempts at a connection; 0 would mean three
            default_request_timeout=READ_DEADLINE,
            connect_timeout=CONNECT_DEADLINE,
        )
        self._session.trust_env = False


def _system_authorities() -> str:
    """The machine's own authorities, rather than those that requests brings along."""
    found = ssl.get_default_verify_paths()
    return found.cafile or found.capath or found.openssl_capath


def _cause(error: Exception) -> str:
    """The last cause in a sentence: sushy and requests wrap it several times, with addresses of objects."""
    found: BaseException = error
    while (deeper := found.__cause__ or found.__context__) is not None:
        found = deeper
    if isinstance(found, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({found.verify_message}): set bmc_ca_file"
    return str(getattr(found, "strerror", None) or found)[:200]


def _answered(controller: Controller, error: HTTPError) -> SturnusError:
    words = str(error.detail or error.code)[:200]
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _silent(controller, f"{error.status_code} {words}")
    return Conflict(
        f"the controller at {controller.address} does not do that: {words}",
        expected="a change that is possible from the present state of its power",
        remedy="see what it says of its host, then try again",
    )


def _silent(controller: Controller, why: str) -> Unavailable:
    return Unavailable(
        f"the controller at {controller.address} does not answer: {why}",
        expected="a Redfish service with TLS",
        remedy="see that it is reached from the controller, and correct bm_ip",
    )
