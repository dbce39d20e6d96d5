from pathlib import Path

import pytest

from sturnus.agent import key
from sturnus.core.errors import Invalid


def test_a_key_is_made_once_and_is_its_owners_only(tmp_path: Path) -> None:
    state = tmp_path / "state"

    first, second = key.kept_in(state), key.kept_in(state)

    assert first.public == second.public
    assert (state / key.FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in state.iterdir()] == [key.FILE]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    key.kept_in(tmp_path)
    (tmp_path / key.FILE).chmod(0o644)

    with pytest.raises(Invalid, match=r"agent\.key can be read by others"):
        key.kept_in(tmp_path)


def test_a_secret_that_others_can_read_is_refused_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("squirrel\n")
    file.chmod(0o640)

    with pytest.raises(Invalid) as refused:
        key.secret_in(file)
    assert "squirrel" not in str(refused.value)

    file.chmod(0o600)
    assert key.secret_in(file) == "squirrel"
