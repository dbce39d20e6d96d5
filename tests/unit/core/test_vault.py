from pathlib import Path

import pytest

from sturnus.core.errors import Invalid, Unavailable
from sturnus.core.vault import Vault


def test_what_is_sealed_is_opened_for_its_owner_only(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "deeper" / "key")
    sealed = vault.seal("squirrel", "host-1")

    assert b"squirrel" not in sealed
    assert Vault(tmp_path / "deeper" / "key").open(sealed, "host-1") == "squirrel"
    with pytest.raises(Unavailable):
        vault.open(sealed, "host-2")
    assert sealed != vault.seal("squirrel", "host-1")


def test_the_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    Vault(tmp_path / "key").seal("a", "b")
    made = (tmp_path / "key").read_bytes()
    Vault(tmp_path / "key").seal("a", "b")

    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "key").read_bytes() == made
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_the_wrong_key_is_named_and_the_secret_is_not(tmp_path: Path) -> None:
    sealed = Vault(tmp_path / "key").seal("squirrel", "host-1")

    with pytest.raises(Unavailable) as refused:
        Vault(tmp_path / "other").open(sealed, "host-1")

    assert refused.value.message == f"a stored password cannot be decrypted with the key in {tmp_path}/other"
    assert "put the right key back" in refused.value.remedy


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [(b"x" * 32, 0o644, "can be read by others"), (b"short", 0o600, "does not hold a key")],
)
def test_a_key_file_that_is_not_as_it_must_be_is_refused(
    tmp_path: Path, content: bytes, mode: int, message: str
) -> None:
    (tmp_path / "key").write_bytes(content)
    (tmp_path / "key").chmod(mode)

    with pytest.raises(Invalid, match=message):
        Vault(tmp_path / "key").seal("a", "b")
