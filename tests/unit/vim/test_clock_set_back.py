"""A clock that is set back while something is done with a host."""

from datetime import timedelta

import pytest

from sturnus.core.states import HostAction
from sturnus.vim.machine import HostState
from tests.scripted_vim import COMPUTE, ScriptedVim

pytestmark = pytest.mark.anyio


async def test_a_lock_that_began_in_the_future_goes_on(vim: ScriptedVim) -> None:
    await vim.in_service(labels=COMPUTE)
    vim.cloud.has("a")
    vim.cloud.takes = timedelta(seconds=30)
    await vim.asks(HostAction.LOCK)
    await vim.runs(5)

    vim.clock.passes(seconds=-10)
    await vim.runs(90)

    assert await vim.state() is HostState.DISABLED
    assert vim.cloud.where() == {"a": "compute-1"}
    assert vim.cloud.violations == []
