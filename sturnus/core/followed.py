"""Files that are read anew when they change, so that nothing has to be restarted for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from sturnus.core.errors import Unavailable

T = TypeVar("T")
_Seen = tuple[tuple[int, int, int] | None, ...]

Texts = Mapping[Path, str]
"""What was read; files that are not there are left out."""


class Followed(Generic[T]):
    """A value that is made from files. Looking costs one `stat` a file while nothing changes."""

    def __init__(self, files: Sequence[Path], parse: Callable[[Texts], T]) -> None:
        """Take the files, and what makes the value of their texts (raises ValueError if it cannot)."""
        self._files = tuple(files)
        self._parse = parse
        self._seen: _Seen | None = None
        self._value: T | None = None

    def value(self) -> T:
        """The value of now.

        Raises:
            Unavailable: a file cannot be read, or makes no sense. It is tried again at the next call.

        """
        try:
            seen = tuple(_identity(file) for file in self._files)
            if self._seen != seen or self._value is None:
                self._value = self._parse({file: file.read_text() for file in self._files if file.exists()})
                self._seen = seen
        except (OSError, ValueError) as error:
            self._seen = None
            files = ", ".join(map(str, self._files))
            raise Unavailable(
                f"{files} cannot be read: {error}",
                expected="what Puppet wrote",
                remedy="system host-show CONTROLLER says whether Puppet could",
            ) from error
        return self._value


def _identity(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
