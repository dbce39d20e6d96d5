"""`make docs` in a directory of its own: strict, and with the parts that are made from the code."""

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from docs.made import commands, rest, settings

CHECKOUT = Path(__file__).parents[3]


def build(source: Path, into: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", into / "doctrees", source, into / "html"],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("site")
    built = build(CHECKOUT / "docs", into)
    assert (built.returncode, built.stderr) == (0, "")
    return into / "html"


def text(page: Path) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.read_text()))


@pytest.mark.parametrize("script", commands.PARSERS)
def test_every_command_is_on_its_page(site: Path, script: str) -> None:
    page = text(site / f"reference/commands-{script.replace('_', '-')}.html")

    missing = [leaf.prog for leaf in commands.leaves(commands.PARSERS[script]()) if f"usage: {leaf.prog}" not in page]
    assert missing == []


def test_every_setting_is_on_its_page(site: Path) -> None:
    page = text(site / "reference/settings.html")

    assert [one.name for one in settings.settings() if one.name not in page] == []


@pytest.mark.parametrize("name", rest.APPLICATIONS)
def test_every_route_is_on_its_page_and_in_a_document_for_programs(site: Path, name: str) -> None:
    page = text(site / f"reference/rest-{name}.html")
    document = json.loads((site / f"openapi-{name}.json").read_text())

    assert [path for path in document["paths"] if path not in page] == []


def test_broken_links_and_a_page_that_no_list_names_fail_the_build(tmp_path: Path) -> None:
    conf = (CHECKOUT / "docs/conf.py").read_text()
    conf = conf.replace("Path(__file__).parents[1]", f"Path({str(CHECKOUT)!r})").replace('["drawings"]', "[]")
    (tmp_path / "conf.py").write_text(conf)
    (tmp_path / "index.md").write_text("# A page\n\n[no page](nowhere.md) [no heading](index.md#not-there)\n")
    (tmp_path / "forgotten.md").write_text("# Another\n")

    built = build(tmp_path, tmp_path / "out")

    assert built.returncode != 0
    assert [told for told in ("nowhere.md", "not-there", "forgotten.md") if told not in built.stderr] == []
