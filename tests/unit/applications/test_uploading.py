"""What a client sends is opened, or refused in words that name the client's file; nothing else stays."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from sturnus.applications import uploading
from sturnus.applications.bundle.archive import Phase, Progress
from sturnus.applications.bundle.bundle import Bundle, CalledFor
from sturnus.applications.uploading import Shelf, Tarball
from sturnus.core.clock import SystemClock
from sturnus.core.errors import Invalid, Unavailable


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("/home/me/stx-openstack.tgz", "stx-openstack.tgz"),
        ("app.tar.gz", "app.tar.gz"),
        ("../../..", "...tgz"),
        ("", "tarball.tgz"),
        ("a\0b.tgz", "ab.tgz"),
        ("é" * 300 + ".tgz", "é" * 60 + ".tgz"),
    ],
)
def test_a_refusal_names_the_file_as_its_sender_does(tmp_path: Path, sent: str, said: str) -> None:
    shelf = Shelf(tmp_path / "shelf", lambda: "id")

    with pytest.raises(Invalid) as refused:
        asyncio.run(shelf.open(Tarball(sent, b"no archive", CalledFor())))

    assert refused.value.message.startswith(f"Application-upload rejected: {said} ")
    assert list((tmp_path / "shelf").iterdir()) == []


def test_what_a_dead_process_received_is_removed_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / ".opening-id").mkdir()
    (tmp_path / ".opening-id" / "app.tgz").write_bytes(b"half of")

    asyncio.run(Shelf(tmp_path, lambda: "id").clear_leftovers((), SystemClock().now()))

    assert list(tmp_path.iterdir()) == []


def test_an_opening_that_takes_too_long_ends_with_its_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def opens_for_days(_tarball: Path, _into: Path, *, called: CalledFor, progress: Progress) -> Bundle:
        try:
            while True:
                progress(Phase.CHECKSUMS, 0, 1)
        finally:
            ended.set()

    monkeypatch.setattr(uploading, "open_bundle", opens_for_days)
    monkeypatch.setattr(uploading, "OPEN_DEADLINE", 0.1)

    with pytest.raises(Unavailable, match="was not read within"):
        asyncio.run(Shelf(tmp_path, lambda: "id").open(Tarball("app.tgz", b"", CalledFor())))

    assert ended.wait(10)
