"""What is being done and for how long: a spinner on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO


class Progress(Protocol):
    """Where long work says what it is doing."""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step: shown while it runs, then with its duration. An exception marks it as failed and goes on."""
        yield


class PlainProgress:
    """A line per finished step: ` 3.2 s  controller-0: kubeadm init`. For logs and pipes."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._lock = threading.Lock()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Time one step and print it when it ends."""
        started = time.monotonic()
        outcome = "failed"
        try:
            yield
            outcome = ""
        finally:
            took = time.monotonic() - started
            with self._lock:
                self._out.write(f"{took:6.1f} s  {title}{f'  {outcome}' if outcome else ''}\n")
                self._out.flush()


class TerminalProgress:
    """A live line with a spinner and elapsed time per running step; a tick when it is done. Steps may overlap."""

    def __init__(self) -> None:
        # Imported here: rich takes 60 ms that `lab status | cat` need not pay.
        from rich.console import Console
        from rich.progress import Progress as Live
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True, highlight=False)
        self._live = Live(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._running = 0
        self._lock = threading.Lock()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show one step while it runs, and leave a line behind when it ends."""
        started = time.monotonic()
        with self._lock:
            if self._running == 0:
                self._live.start()
            self._running += 1
            task = self._live.add_task(title)
        mark = "[red]✗[/red]"
        try:
            yield
            mark = "[green]✓[/green]"
        finally:
            with self._lock:
                self._live.remove_task(task)
                self._console.print(f"{mark} {title} [dim]{time.monotonic() - started:.1f} s[/dim]")
                self._running -= 1
                if self._running == 0:
                    self._live.stop()


def progress_for_this_output() -> Progress:
    """A spinner where somebody watches, plain lines where a file or a pipe listens."""
    return TerminalProgress() if sys.stderr.isatty() else PlainProgress()
