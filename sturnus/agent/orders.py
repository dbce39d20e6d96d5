"""Carries out orders: each once, whatever dies in between.

An order is written down before it is carried out, with the boot in which that happens. The same order in the same boot
was begun, and perhaps not ended: it is begun again. In another boot it is done: all that can be ordered is a reboot.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

FILE: Final = "order"
REBOOT: Final = "reboot"
DEADLINE: Final = 60.0
"""Seconds for the command to begin what it does."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What the inventory wants."""

    id: str
    action: str


def is_done(order: Order, boot: str, written: str | None) -> bool:
    """Whether an order was carried out in an earlier boot; `written`: what was written down last."""
    try:
        last = json.loads(written or "{}")
    except ValueError:
        return False  # cut off by a power cut, so it was not carried out
    return isinstance(last, dict) and last.get("id") == order.id and last.get("boot") != boot


async def carry_out(order: Order, boot: str, state: Path, command: str) -> None:
    """Reboot this host, unless that was done. What is not known is not done, and the log says so."""
    if order.action != REBOOT:
        log.warning("unknown order", order=order.id, action=order.action)
        return
    if is_done(order, boot, await asyncio.to_thread(_read, state / FILE)):
        return
    await asyncio.to_thread(_write, state / FILE, json.dumps({"id": order.id, "boot": boot}))
    log.warning("rebooting", order=order.id)
    process = await asyncio.create_subprocess_exec(*shlex.split(command))
    try:
        async with asyncio.timeout(DEADLINE):
            status = await process.wait()
    except TimeoutError:
        log.warning("the reboot command does not end", command=command)
        return
    if status != 0:
        log.warning("the reboot command failed", command=command, status=status)


def _read(file: Path) -> str | None:
    try:
        return file.read_text()
    except FileNotFoundError:
        return None


def _write(file: Path, content: str) -> None:
    fresh = file.with_name(f".{file.name}")
    with fresh.open("w") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())
    fresh.rename(file)
