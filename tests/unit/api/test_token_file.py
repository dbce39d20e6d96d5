import hashlib
import os
from pathlib import Path

import pytest

from sturnus.api.token_file import TokenFile
from sturnus.core.errors import Unavailable
from sturnus.core.identity import Identity, Unauthorized

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def written(file: Path, token: str, at: int) -> None:
    digest = hashlib.sha256(token.encode()).hexdigest()
    file.write_text(f'[[token]]\nsha256 = "{digest}"\nuser = "ann"\nroles = ["reader"]\n')
    os.utime(file, ns=(at, at))


async def test_a_token_is_known_by_its_digest(tmp_path: Path) -> None:
    written(tmp_path / "tokens.toml", "right", at=1)
    tokens = TokenFile(tmp_path / "tokens.toml")

    assert await tokens.authenticate("right") == Identity("ann", "admin", frozenset({"reader"}))
    with pytest.raises(Unauthorized):
        await tokens.authenticate("wrong")


async def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    written(tmp_path / "tokens.toml", "old", at=1)
    tokens = TokenFile(tmp_path / "tokens.toml")
    await tokens.authenticate("old")

    written(tmp_path / "tokens.toml", "new", at=2)

    assert (await tokens.authenticate("new")).user == "ann"
    with pytest.raises(Unauthorized):
        await tokens.authenticate("old")


@pytest.mark.parametrize("content", [None, "[[token", "[[token]]\nuser = 1\n"])
async def test_a_file_that_cannot_be_read_lets_nobody_in(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "tokens.toml").write_text(content)

    with pytest.raises(Unavailable, match="the token file cannot be read"):
        await TokenFile(tmp_path / "tokens.toml").authenticate("right")
