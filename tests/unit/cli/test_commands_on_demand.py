import argparse
import importlib

import pytest

from sturnus.cli.system.main import ON_DEMAND, build_parser


class Recorder:
    """Stands in for argparse's commands: remembers their names."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def add_parser(self, name: str, **_: object) -> argparse.ArgumentParser:
        self.names.append(name)
        return argparse.ArgumentParser(name)


def known(*arguments: str) -> set[str]:
    parser = build_parser(arguments)
    (commands,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return set(commands.choices)


@pytest.mark.parametrize("module", ON_DEMAND)
def test_a_module_is_found_by_each_of_its_commands(module: str) -> None:
    recorder = Recorder()
    importlib.import_module(f"sturnus.cli.system.{module}").add_commands(recorder)

    assert recorder.names
    assert all(name.startswith(ON_DEMAND[module]) for name in recorder.names)
    assert all(name in known(name) for name in recorder.names)


def test_only_what_may_be_meant_is_loaded() -> None:
    assert "network-list" not in known("host-list")
    assert "network-list" in known("--debug", "network-list")
    assert "host-if-list" not in known("network-list")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("help",), ("hots-list",)])
def test_help_and_typing_errors_see_all_commands(arguments: tuple[str, ...]) -> None:
    assert {"host-list", "network-list", "service-parameter-apply", "host-memory-modify"} <= known(*arguments)
