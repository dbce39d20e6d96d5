"""Pages of the reference that are filled when they are built, and what who reads them unfilled is told."""

from pathlib import Path

import pytest

from docs.made import pages

REFERENCE = Path(__file__).parents[3] / "docs/reference"
FILLED = [page for page in sorted(REFERENCE.glob("*.md")) if pages.PLACE.search(page.read_text())]


def test_what_is_made_replaces_its_place_and_the_lines_right_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAKERS", {"commands": lambda of: f"all of {of}"})
    page = "# A page\n\n<!-- made: commands fm -->\nMade elsewhere.\nSee there.\n\nThe end.\n"

    assert pages.filled(page) == "# A page\n\nall of fm\n\nThe end.\n"


@pytest.mark.parametrize("page", FILLED, ids=lambda page: page.name)
def test_who_reads_an_unfilled_page_is_told_where_the_rest_is(page: Path) -> None:
    place = pages.PLACE.search(page.read_text())

    assert place is not None
    assert "`make docs`" in place[0]
    assert f"`site/reference/{page.stem}.html`" in place[0]
    assert "make docs" not in pages.filled(page.read_text()).partition("```")[0]


def test_there_is_something_to_look_at() -> None:
    assert len(FILLED) > 8
