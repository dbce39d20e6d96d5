"""`sturnus kubeconfig-create`: a program that finds the kubeconfig finds the token that it names."""

import argparse
import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lightkube import AsyncClient

from sturnus.cli.sturnus import kubeconfig_create
from sturnus.kubernetes import account, kubeconfig
from sturnus.kubernetes.kubeconfig import ClusterAddress

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_the_token_is_written_before_the_file_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, output = tmp_path / "admin", tmp_path / "kubeconfig"
    admin.write_text(kubeconfig.render(ClusterAddress("https://192.0.2.1:6443", ""), tmp_path / "token"))
    there_first: list[bool] = []

    async def make(client: AsyncClient) -> None:
        pass

    async def new_token(client: AsyncClient, lifetime: timedelta, name: str) -> str:
        there_first.append(await asyncio.to_thread(output.exists))
        return "header.e30.signature"

    inventory = replace(kubeconfig_create.ACCOUNTS["inventory"], make=make)
    monkeypatch.setitem(kubeconfig_create.ACCOUNTS, "inventory", inventory)
    monkeypatch.setattr(account, "new_token", new_token)

    await kubeconfig_create.run(
        argparse.Namespace(
            owner=None, account="inventory", output=output, admin_kubeconfig=admin, server=None, lifetime=365
        )
    )

    assert there_first == [False]
    assert kubeconfig.token_file_of(output).read_text() == "header.e30.signature"
    assert kubeconfig.read(output).cluster.server == "https://192.0.2.1:6443"
