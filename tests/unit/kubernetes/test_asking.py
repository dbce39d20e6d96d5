"""What a question to the cluster ends with when it cannot even be asked."""

from pathlib import Path

import pytest
from lightkube.resources.core_v1 import Node

from sturnus.core.errors import Unavailable
from sturnus.kubernetes import kubeconfig
from sturnus.kubernetes.asking import asked, client_for

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_token_that_is_not_there_is_named(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    token = kubeconfig.token_file_of(file)
    file.write_text(kubeconfig.render(kubeconfig.ClusterAddress("https://192.0.2.1:6443", ""), token))
    client = client_for(file, "test")

    with pytest.raises(Unavailable, match=f"Kubernetes cannot be asked: Token file {token} not found"):
        await asked("node x be read", client.get(Node, "x"))
    await client.close()
