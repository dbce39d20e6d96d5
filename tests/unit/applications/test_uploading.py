"""What a client sends is opened, or refused in words that name the client's file; nothing else stays."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sturnus.applications.bundle.bundle import CalledFor
from sturnus.applications.uploading import Shelf, Tarball
from sturnus.core.errors import Invalid


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

    asyncio.run(Shelf(tmp_path, lambda: "id").clear_leftovers())

    assert list(tmp_path.iterdir()) == []
