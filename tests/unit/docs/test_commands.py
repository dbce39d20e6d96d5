"""What documents tell people to type: the programs understand it, and links lead somewhere."""

import contextlib
import doctest
import io
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.chapters import CHAPTERS
from docs.made.commands import PARSERS

CHECKOUT = Path(__file__).parents[3]
PAGES = [
    *(CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted(path for path in (CHECKOUT / "docs").rglob("*.md") if "decisions" not in path.parts),
]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PARSED = {script: make() for script, make in PARSERS.items()}


def blocks(page: Path) -> list[str]:
    return [text for language, text in BLOCK.findall(page.read_text()) if language in {"", "sh", "text"}]


def typed(page: Path) -> Iterator[str]:
    """Lines of its blocks that begin with one of our programs, continued ones joined, without comment and pipe."""
    for block in blocks(page):
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.removeprefix("$ ").strip().split("; "):
                command = re.split(r"\s+#|\s&&|\s\||\s;", part)[0].removeprefix("exec ").strip()
                if command.split(" ")[0].removeprefix(".venv/bin/") in PARSERS:
                    yield command.removeprefix(".venv/bin/")


COMMANDS = sorted({(str(page.relative_to(CHECKOUT)), command) for page in PAGES for command in typed(page)})


def complaint(parser: ArgumentParser, arguments: list[str]) -> str:
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            parser.parse_args(arguments)
        except SystemExit as end:
            return said.getvalue() if end.code else ""
    return ""


def test_there_is_something_to_look_at() -> None:
    assert len(COMMANDS) > 60


@pytest.mark.parametrize("script", PARSERS)
def test_every_console_script_has_a_page(script: str) -> None:
    page = CHECKOUT / f"docs/reference/commands-{script.replace('_', '-')}.md"

    assert f"<!-- made: commands {script} -->" in page.read_text()


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_that_a_page_shows_is_understood(page: str, command: str) -> None:
    script, *arguments = shlex.split(command)

    assert complaint(PARSED[script], arguments) == "", f"{page}: {command}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_targets_of_make_are_there(page: Path) -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    named = set(re.findall(r"^make ([a-z-]+)", "\n".join(blocks(page)), re.MULTILINE))

    assert [target for target in sorted(named) if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_of_files_outside_of_the_documents_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (CHECKOUT / page).read_text())

    assert [link for link in links if not (CHECKOUT / link).exists()] == []


def test_the_python_of_the_tutorial_says_what_it_is_said_to_say() -> None:
    tried = doctest.testfile(str(CHECKOUT / "docs/tutorial.md"), module_relative=False)

    assert (tried.failed, tried.attempted > 15) == (0, True)


def test_the_tutorial_tells_of_every_chapter_of_the_demo() -> None:
    headings = re.findall(r"^## .*", (CHECKOUT / "docs/tutorial.md").read_text(), re.MULTILINE)
    told = {name for heading in headings for name in re.findall(r"`(\w+)`", heading)}

    assert [chapter.name for chapter in CHAPTERS if chapter.name not in told] == []


def test_the_readme_is_short() -> None:
    assert len((CHECKOUT / "README.md").read_text().splitlines()) <= 150
