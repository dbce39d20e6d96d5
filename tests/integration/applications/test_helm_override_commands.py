"""The commands as users run them: a process, a server, an exit status."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.applications.charts import Serving

pytestmark = [
    pytest.mark.anyio,
    # The commands see no difference: one database is enough here.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

NOVA = ("stx-openstack", "nova", "openstack")


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


Shell = Callable[..., Awaitable[Result]]


@pytest.fixture
def shell(serving: Serving) -> Shell:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "SYSTEM_"))}
    environment = clean | {"OS_AUTH_TOKEN": "admin", "SYSTEM_URL": f"http://127.0.0.1:{serving.port}"}

    async def run(*arguments: str, given: str = "") -> Result:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "sturnus.cli.system.main", *arguments],
            env=environment, input=given, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return Result(done.returncode, done.stdout, done.stderr)

    return run


async def test_charts_are_listed_as_starlingx_lists_them(shell: Shell) -> None:
    assert await shell("helm-override-list", "stx-openstack", "--long") == Result(
        0,
        "+------------+----------------------+---------------+\n"
        "| chart name | overrides namespaces | chart enabled |\n"
        "+------------+----------------------+---------------+\n"
        "| keystone   | ['openstack']        | [False]       |\n"
        "| nova       | ['openstack']        | [True]        |\n"
        "+------------+----------------------+---------------+\n",
        "",
    )
    assert "chart enabled" not in (await shell("helm-override-list", "stx-openstack")).out


async def test_overrides_come_and_go(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("conf:\n  nova:\n    DEFAULT:\n      workers: 4\n")

    updated = await shell("helm-override-update", *NOVA, "--values", str(file), "--set", "pod.replicas.osapi=3")
    assert updated == Result(
        0,
        "+----------------+------------------+\n"
        "| Property       | Value            |\n"
        "+----------------+------------------+\n"
        "| name           | nova             |\n"
        "| namespace      | openstack        |\n"
        "| user_overrides | conf:            |\n"
        "|                |   nova:          |\n"
        "|                |     DEFAULT:     |\n"
        "|                |       workers: 4 |\n"
        "|                | pod:             |\n"
        "|                |   replicas:      |\n"
        "|                |     osapi: '3'   |\n"
        "+----------------+------------------+\n",
        "",
    )
    reused = await shell(
        "helm-override-update", *NOVA, "--reuse-values", "--values", "-", given="pod: {replicas: {osapi: 4}}"
    )
    assert "osapi: 4" in reused.out
    assert "workers: 4" in reused.out
    assert await shell("helm-override-delete", *NOVA) == Result(
        0, "Deleted chart overrides nova:openstack for application stx-openstack\n", ""
    )
    shown = await shell("helm-override-show", *NOVA, "--column", "user_overrides", "--format", "value")
    assert shown.out == "\n"


async def test_a_chart_is_disabled(shell: Shell) -> None:
    done = await shell("helm-chart-attribute-modify", "--enabled", "false", *NOVA)

    assert done.status == 0
    assert "| attributes | {'enabled': False} |" in done.out


async def test_secrets_are_shown_when_asked_for(shell: Shell) -> None:
    await shell("helm-override-update", *NOVA, "--set", "endpoints.identity.auth.nova.password=hunter2")

    assert "hunter2" not in (await shell("helm-override-show", *NOVA)).out
    assert "hunter2" in (await shell("helm-override-show", *NOVA, "--show-secrets")).out


async def test_a_value_is_explained(shell: Shell) -> None:
    await shell("helm-override-update", *NOVA, "--set", "pod.replicas.osapi=3")

    explained = await shell("helm-override-explain", *NOVA, "pod.replicas.osapi")
    assert explained == Result(
        0,
        "+--------------------+-------+-------+-------+---------------------------+-----------------------+\n"
        "| value of           | value | layer | who   | when                      | instead of            |\n"
        "+--------------------+-------+-------+-------+---------------------------+-----------------------+\n"
        "| pod.replicas.osapi | 3     | user  | admin | 2026-01-01T12:00:00+00:00 | chart: 1, manifest: 2 |\n"
        "+--------------------+-------+-------+-------+---------------------------+-----------------------+\n",
        "",
    )
    rows = json.loads((await shell("helm-override-explain", *NOVA, "--format", "json")).out)
    assert {"path": "pod.replicas.conductor", "value": 1, "layer": "chart"}.items() <= {
        row["path"]: row for row in rows
    }["pod.replicas.conductor"].items()


REFUSED = [
    (("helm-override-show", "stx-openstack", "nochart", "openstack"), 1,
     "Chart overrides nochart:openstack for application stx-openstack not found\n"
     "To do: system helm-override-list stx-openstack\n"),
    (("helm-override-list", "nosuch"), 1, "application not found: nosuch\n"),
    (("helm-override-update", *NOVA), 1, "Nothing to change.\nTo do: say --set KEY=VALUE"),
    (("helm-override-update", *NOVA, "--reuse-values", "--reset-values"), 1, "Stored values cannot be both"),
    (("helm-override-update", *NOVA, "--values", "/nosuch"), 1, "Cannot read /nosuch: No such file or directory.\n"),
    (("helm-override-update", *NOVA, "--set", "pod.replica.osapi=3"), 1,
     "Nothing in chart nova is called pod.replica. Did you mean pod.replicas?\nTo do: correct the name"),
    (("helm-chart-attribute-modify", *NOVA), 1, "Nothing to change.\n"),
    (("helm-chart-attribute-modify", "--enabled", "maybe", *NOVA), 2, "usage: system helm-chart-attribute-modify"),
    (("helm-override-explain", *NOVA, "pod.replica"), 1, "value not found: pod.replica\n"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "status", "err"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
async def test_refusals(shell: Shell, arguments: tuple[str, ...], status: int, err: str) -> None:
    done = await shell(*arguments)

    assert (done.status, done.out) == (status, "")
    assert done.err.startswith(err)


async def test_help_teaches_the_syntax(shell: Shell) -> None:
    found = (await shell("help", "helm-override-update")).out

    assert "--set hosts[0].name=compute-0" in found
    assert r"annotations.example\.com/a=b" in found
