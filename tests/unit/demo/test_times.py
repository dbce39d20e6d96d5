"""Chapters' times, as they are printed and kept."""

from __future__ import annotations

import json
from pathlib import Path

from demo.times import keep, table

TOOK = {"hosts": 8.4, "configuration": 61.2}


def test_each_chapter_has_a_line_and_the_last_is_their_sum() -> None:
    assert table(TOOK).splitlines() == [
        "",
        "Times:",
        "  hosts            0:08",
        "  configuration    1:01",
        "                   1:10",
    ]


def test_what_is_kept_says_when_and_at_what_load(tmp_path: Path) -> None:
    keep(tmp_path / "demo.json", TOOK)

    kept = json.loads((tmp_path / "demo.json").read_text())
    assert kept["chapters_s"] == TOOK
    assert kept["all_s"] == 69.6
    assert {"when", "load"} <= kept.keys()
