"""The recipe of the platform's own image."""

from pathlib import Path

from apps.sturnus.image import BASE, SCRIPT, USER, containerfile

SHELL = SCRIPT.read_text()


def test_it_is_one_layer_on_the_base_and_runs_as_a_user_without_rights() -> None:
    lines = containerfile(Path("/cache/base.tar")).splitlines()

    assert lines[0] == "FROM oci-archive:/cache/base.tar"
    assert sum(line.startswith("RUN ") for line in lines) == 1
    assert f"USER {USER}:{USER}" in lines
    assert f"--uid {USER} " in SHELL
    assert not BASE.published


def test_its_packages_come_from_the_lock_and_no_index_is_asked() -> None:
    installs = [line for line in SHELL.splitlines() if "$pip install" in line]

    assert len(installs) == 2
    assert all("--no-index" in line for line in installs)
    assert "--require-hashes" in installs[0]
