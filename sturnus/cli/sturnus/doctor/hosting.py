"""Looks at the agent that runs on this host. Its options are those of its own process: nobody has to repeat them."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx2

from sturnus import tls
from sturnus.agent import facts as hardware
from sturnus.agent import key, own_host
from sturnus.cli.sturnus.doctor.facts import AgentFacts, Problem
from sturnus.cli.sturnus.doctor.gathering import clock_ahead
from sturnus.core.errors import SturnusError
from sturnus.identity.keystone_tokens import client_for

PROGRAMS: Final = ("sturnus", "sturnus.cli.sturnus.main")

Understand = Callable[[Sequence[str]], argparse.Namespace]
"""Reads the words after `sturnus`."""


def running_agent(proc: Path) -> tuple[int, list[str]] | None:
    """The number and the words (from `agent` on) of the agent that runs here; None: none does."""
    for entry in sorted(proc.glob("[0-9]*/cmdline")):
        try:
            words = entry.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:
            continue
        for place, word in enumerate(words[:-1]):
            if Path(word).name in PROGRAMS and words[place + 1] == "agent":
                return int(entry.parent.name), words[place + 1 :]
    return None


async def gather(proc: Path, understand: Understand) -> AgentFacts | None:
    """Look at the agent; None: none runs here."""
    found = await asyncio.to_thread(running_agent, proc)
    if found is None:
        return None
    number, words = found
    options = understand(words)
    said = await asyncio.to_thread(hardware.read, options.root)
    return AgentFacts(
        platform=options.platform,
        is_root=await asyncio.to_thread(_is_root, proc, number),
        key=await asyncio.to_thread(_key, options.state),
        host=await asyncio.to_thread(own_host.kept_in, options.state),
        secret=await asyncio.to_thread(_secret, options.enrolment_file),
        address=None if said is None else str(said.announcement["mgmt_ip"]),
        ahead=await _ahead(options.platform, options.ca_file),
    )


def _is_root(proc: Path, number: int) -> bool:
    try:
        return (proc / str(number)).stat().st_uid == 0
    except OSError:
        return False


def _key(state: Path) -> Path | Problem:
    file = state / key.FILE
    try:
        if not file.exists():
            return Problem(f"{file} does not exist", "see the agent's log: it makes it when it starts")
        key.kept_in(state)
    except SturnusError as error:
        return Problem(error.message, error.remedy)
    except OSError as error:
        return Problem(f"{file}: {error.strerror}", "run the doctor as root")
    return file


def _secret(file: Path) -> Path | Problem:
    try:
        key.secret_in(file)
    except SturnusError as error:
        return Problem(error.message, error.remedy)
    return file


async def _ahead(platform: str, ca_file: Path | None) -> timedelta | Problem:
    remedy = "see whether the inventory runs: sturnus doctor on the controller"
    try:
        async with client_for(platform, ca_file) as client:
            ahead = await clock_ahead(lambda: client.get("/healthz"))
    except httpx2.HTTPError as error:
        return Problem(f"{platform} does not answer: {tls.failure(error, ca_file) or type(error).__name__}", remedy)
    except SturnusError as error:
        return Problem(error.message, "correct --ca-file")
    return Problem(f"{platform} does not say its time", remedy) if ahead is None else ahead
