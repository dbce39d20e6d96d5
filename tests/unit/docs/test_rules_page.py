"""docs/explanation/rules.md: what it names is where it says."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
PAGE = CHECKOUT / "docs/explanation/rules.md"


def decided_in() -> list[str]:
    """What stands in backticks in the second column."""
    rows = [line.split("|")[2] for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def test_every_file_is_there() -> None:
    assert [word for word in decided_in() if "/" in word and not (CHECKOUT / word).exists()] == []


def test_every_name_is_in_one_of_these_files() -> None:
    files = [CHECKOUT / word for word in decided_in() if "/" in word and word.endswith(".py")]
    names = {part for word in decided_in() if "/" not in word and ".py" not in word for part in word.split(".")}
    text = "\n".join(file.read_text() for file in files)

    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", text)] == []
    assert len(names) > 20
