"""A tarball becomes an application: opened in a thread, then entered in one transaction.

The bundle is in its place before the row names it. A process that dies in between leaves files that nobody names, which
a later start removes; never a row without files.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from sturnus.applications.bundle.archive import SUFFIXES, UNFINISHED, Phase, remove_leftovers, remove_unnamed
from sturnus.applications.bundle.bundle import Bundle, CalledFor, open_bundle
from sturnus.core.clock import NewId
from sturnus.core.errors import Invalid, SturnusError, Unavailable

OPEN_DEADLINE: Final = 120.0
"""Seconds to open a tarball: three megabytes take one, the largest that is taken a minute."""
BETWEEN: Final = timedelta(hours=1)
"""How old a bundle is at least that no row names: the row of a younger one may be on its way."""
LONGEST_NAME: Final = 60
"""Characters that are kept of a file's name: at most four bytes each, and file systems take 255."""


@dataclass(frozen=True, slots=True)
class Tarball:
    """What a client sends. `content` None: the file lies on this host, as old clients assume."""

    file_name: str
    content: bytes | None
    called: CalledFor


@dataclass(frozen=True, slots=True)
class Shelf:
    """The directory in which bundles are kept."""

    directory: Path
    new_id: NewId

    async def open(self, tarball: Tarball) -> Bundle:
        """Open and read a tarball; its files are in their place then.

        Raises:
            Invalid: with everything that is wrong with it.
            NotFound, Unavailable: no such file on this host, disk full.

        """
        nobody_waits = threading.Event()

        def progress(_phase: Phase, _done: int, _total: int) -> None:
            if nobody_waits.is_set():
                raise _too_slow()  # a thread cannot be ended from outside

        async with self._file(tarball) as file:
            try:
                async with asyncio.timeout(OPEN_DEADLINE):
                    return await asyncio.to_thread(
                        lambda: open_bundle(file, self.directory, called=tarball.called, progress=progress)
                    )
            except TimeoutError:
                raise _too_slow() from None
            except SturnusError as error:
                raise _rejected(error) from error
            finally:
                nobody_waits.set()

    async def clear_leftovers(self, named: Collection[str], now: datetime) -> None:
        """Remove what openings left that were cut off, and bundles at none of these paths. Call it before the first."""
        names = {Path(path).name for path in named}
        await asyncio.to_thread(remove_leftovers, self.directory)
        await asyncio.to_thread(remove_unnamed, self.directory, names, now - BETWEEN)

    @asynccontextmanager
    async def _file(self, tarball: Tarball) -> AsyncIterator[Path]:
        if tarball.content is None:
            yield Path(tarball.file_name)
            return
        # A directory of its own, so that the file keeps the name by which its sender knows it.
        place = self.directory / f"{UNFINISHED}{self.new_id()}"
        file = place / _named(tarball.file_name)
        try:
            await asyncio.to_thread(_write, file, tarball.content)
            yield file
        finally:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)


def _named(sent: str) -> str:
    """The last part of the name that was sent; it says what the file is, and stands in every refusal."""
    suffix = next((each for each in SUFFIXES if sent.endswith(each)), SUFFIXES[0])
    name = PurePosixPath(sent.replace("\0", "")).name.removesuffix(suffix)[:LONGEST_NAME]
    return f"{name or 'tarball'}{suffix}"


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise Unavailable(
            f"The tarball cannot be stored: {error.strerror}.",
            expected="room on the disk",
            remedy=f"df {file.parent.parent}",
        ) from error


def _too_slow() -> Unavailable:
    return Unavailable(
        f"The tarball was not read within {OPEN_DEADLINE:.0f} s.",
        expected="a smaller tarball, or a host with less to do",
        remedy="try again",
    )


def _rejected(error: SturnusError) -> SturnusError:
    """The same failure in the words that old clients know."""
    if not isinstance(error, Invalid):
        return error
    return Invalid(
        f"Application-upload rejected: {error.message}",
        expected=error.expected,
        remedy=error.remedy,
        details=error.details,
    )
