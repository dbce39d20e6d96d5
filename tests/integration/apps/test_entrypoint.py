"""The program that pods wait in, by its own tests: what it reads, and what it says while it waits."""

from __future__ import annotations

from datetime import timedelta

from apps.openstack.images.recipes import SOURCE
from lab.ground.commands import run
from lab.programs.build import go_program


def test_the_entrypoint_reads_its_variables_and_says_what_is_missing() -> None:
    told = run([go_program(), "test", "-C", str(SOURCE / "entrypoint"), "./..."], deadline=timedelta(minutes=3))

    assert told.startswith("ok")
