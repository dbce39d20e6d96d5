from typing import Any

import pytest

from sturnus.cli.failure import CommandError, HttpError
from sturnus.cli.sw_manager.main import KINDS, build_parser, main

BODY = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "worker-apply-type": "serial",
    "default-instance-action": "stop-start",
    "alarm-restrictions": "strict",
}
PATH = "/orchestration/kube-upgrade/strategy"
STRATEGY = {"uuid": "u", "name": "kube-upgrade", "state": "ready-to-apply", "current-phase": "build"}


class Recorder:
    """A VIM that remembers what it was asked, and always answers the same."""

    def __init__(self, strategy: dict[str, Any] | None = None, refusal: HttpError | None = None) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._answer, self._refusal = {"strategy": strategy}, refusal

    def get(self, path: str) -> Any:
        return self._said("GET", path)

    def post(self, path: str, body: object) -> Any:
        return self._said("POST", path, body)

    def delete(self, path: str, body: object) -> None:
        self._said("DELETE", path, body)

    def _said(self, *asked: Any) -> Any:
        self.asked.append(asked)
        if self._refusal is not None:
            raise self._refusal
        return self._answer


def run(vim: Recorder, *arguments: str) -> None:
    given = build_parser().parse_args(arguments)
    given.run(vim, given)


REQUESTS = [
    # as the public client sends it (reference/clients.md §2)
    (("kube-upgrade-strategy", "show"), [("GET", PATH)]),
    (
        ("kube-upgrade-strategy", "create", "--to-version", "v1.36.2"),
        [("POST", PATH, BODY | {"to-version": "v1.36.2"})],
    ),
    (
        ("sw-deploy-strategy", "create", "starlingx-26.03.1", "--worker-apply-type", "parallel"),
        [
            (
                "POST",
                "/orchestration/sw-upgrade/strategy",
                BODY | {"worker-apply-type": "parallel", "release": ["starlingx-26.03.1"]},
            )
        ],
    ),
    (
        ("patch-strategy", "create", "--max-parallel-worker-hosts", "5", "--instance-action", "migrate"),
        [
            (
                "POST",
                "/orchestration/sw-patch/strategy",
                BODY | {"max-parallel-worker-hosts": 5, "default-instance-action": "migrate"},
            )
        ],
    ),
    (("kube-upgrade-strategy", "apply"), [("POST", f"{PATH}/actions", {"action": "apply-all", "stage-id": None})]),
    (
        ("kube-upgrade-strategy", "apply", "--stage-id", "0"),
        [("POST", f"{PATH}/actions", {"action": "apply-stage", "stage-id": "0"})],
    ),
    (("kube-upgrade-strategy", "abort"), [("POST", f"{PATH}/actions", {"action": "abort-stage", "stage-id": None})]),
    (("kube-upgrade-strategy", "delete", "--force"), [("DELETE", PATH, {"force": True})]),
]


@pytest.mark.parametrize(("arguments", "asked"), REQUESTS)
def test_what_is_typed_is_asked_as_starlingx_asks_it(arguments: tuple[str, ...], asked: list[Any]) -> None:
    vim = Recorder(STRATEGY)

    run(vim, *arguments)

    assert vim.asked == asked


def test_no_strategy_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    run(Recorder(), "fw-update-strategy", "show")

    assert capsys.readouterr().out == "No strategy available\n"


def test_a_strategy_is_shown_by_property(capsys: pytest.CaptureFixture[str]) -> None:
    run(Recorder(STRATEGY), "fw-update-strategy", "show", "--format", "value", "--column", "state")

    assert capsys.readouterr().out == "ready-to-apply\n"


def test_there_is_nothing_to_delete() -> None:
    with pytest.raises(CommandError, match="Nothing to delete"):
        run(Recorder(refusal=HttpError(404, "none")), "fw-update-strategy", "delete")


@pytest.mark.parametrize("arguments", [(), *((kind,) for kind in KINDS)])
def test_without_a_command_it_explains_itself(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0

    assert "show" in capsys.readouterr().out


def test_the_help_says_what_to_do_while_there_are_no_strategies(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    printed = capsys.readouterr().out
    assert "This version of the platform has no strategies yet" in printed
    assert "system host-lock --preview compute-0" in printed
