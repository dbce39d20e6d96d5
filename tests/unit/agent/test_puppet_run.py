"""How Puppet is run, and with what it ends: a program of the same name stands in for it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sturnus.agent.puppet import CATALOGUE, Configuration, DataFile, apply

CODE = Path(__file__).parents[3] / "puppet"
WANTED = Configuration("target", "compute-0", (DataFile("compute-0.yaml", False, "---\n"),))
AGENT = """
import asyncio, sys
from pathlib import Path
from sturnus.agent.puppet import Configuration, apply
asyncio.run(apply(Configuration("target", "compute-0", ()), Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory before all others in which programs are looked for."""
    made = tmp_path / "programs"
    made.mkdir()
    monkeypatch.setenv("PATH", f"{made}:/usr/bin:/bin")
    return made


def puppet(programs: Path, script: str) -> None:
    file = programs / "puppet"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def appeared(file: Path) -> str:
    end = time.monotonic() + 20
    while not file.exists() or not file.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    return file.read_text()


def test_its_only_fact_is_the_hosts_name_which_is_quoted(programs: Path, tmp_path: Path) -> None:
    puppet(programs, f'printf "%s\\n" "$@" >{tmp_path}/said')

    asyncio.run(apply(WANTED, tmp_path / "state", CODE))

    said = (tmp_path / "said").read_text().split("\n")
    node, directory = (said[said.index(option) + 1] for option in ("--certname", "--clientyamldir"))
    assert said[said.index("--facts_terminus") + 1] == "yaml"
    assert (Path(directory) / "facts" / f"{node}.yaml").read_text() == (
        f'--- !ruby/object:Puppet::Node::Facts\nname: {node}\nvalues:\n  sturnus_host: "compute-0"\n'
    )


def test_it_ends_with_the_agent_that_started_it(programs: Path, tmp_path: Path) -> None:
    """Used to go on: what it wrote late was of a target that the next run had left behind."""
    puppet(programs, f"echo $$ >{tmp_path}/pid; exec sleep 300")
    agent = subprocess.Popen([sys.executable, "-c", AGENT, tmp_path / "state", CODE])
    pid = appeared(tmp_path / "pid").strip()

    agent.kill()
    agent.wait()

    end = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_host_without_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    outcome = asyncio.run(apply(WANTED, tmp_path / "state", CODE))

    (failure,) = outcome.failures
    assert failure.resource == CATALOGUE
    assert failure.reason == "puppet is not installed on this host: apt-get install puppet-agent"
