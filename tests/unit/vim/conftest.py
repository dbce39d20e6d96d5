from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scripted_vim import ScriptedVim


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def vim(tmp_path: Path, anyio_backend: str) -> AsyncIterator[ScriptedVim]:
    scripted = ScriptedVim(tmp_path)
    await scripted.prepare()
    yield scripted
    await scripted.close()
