from pathlib import Path

import pytest
from pydantic import ValidationError

from sturnus.core.settings import Settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "sturnus.toml"
    monkeypatch.setenv("STURNUS_CONFIG", str(path))
    return path


def test_without_a_file_there_are_defaults(file: Path) -> None:
    assert not file.exists()
    assert Settings().listen_port == 6385
    assert Settings().listen_address == "127.0.0.1"


def test_the_environment_stands_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('listen_port = 7000\nsystem_mode = "simplex"\n')
    monkeypatch.setenv("STURNUS_LISTEN_PORT", "7001")

    assert (Settings().listen_port, Settings().system_mode) == (7001, "simplex")


@pytest.mark.parametrize("line", ["listen_prot = 1", "listen_port = 65536", 'system_type = "small"', "body_limit = 0"])
def test_a_slip_in_the_file_is_named(file: Path, line: str) -> None:
    file.write_text(line)

    with pytest.raises(ValidationError, match=line.split(maxsplit=1)[0]):
        Settings()
