"""Why an application does not come up is said while it happens, and nothing secret with it."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lightkube import Client
from lightkube.resources.core_v1 import ConfigMap, Pod

from tests.integration.engine.platform import Platform, until
from tests.integration.engine.small import only, written
from tests.tarballs.charts import ChartSpec, Hook, Kind, Workload

AT_ONCE = 1.0
"""Seconds in which whoever follows an application hears what Kubernetes knows."""
NOWHERE = "registry.local:9001/nothing:9"


@dataclass
class Heard:
    """Lines with the moment at which each came."""

    lines: list[tuple[float, str]] = field(default_factory=list)

    def first(self, pattern: str) -> tuple[float, str] | None:
        return next((each for each in self.lines if re.search(pattern, each[1])), None)


@contextmanager
def following(*command: str, environment: dict[str, str]) -> Iterator[Heard]:
    """A program whose lines are heard as it writes them."""
    heard = Heard()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as it:
        assert it.stdout is not None
        output = it.stdout

        def listen() -> None:
            for line in output:
                heard.lines.append((time.time(), line.rstrip()))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield heard
        finally:
            it.terminate()
            it.wait(60)
            thread.join(60)


def waiting_reasons(client: Client, namespace: str) -> set[str | None]:
    """Why containers do not run, in Kubernetes' words, now."""
    statuses = [pod.status for pod in client.list(Pod, namespace=namespace) if pod.status is not None]
    containers = [each for status in statuses for each in status.containerStatuses or []]
    return {each.state.waiting.reason for each in containers if each.state and each.state.waiting}


def test_whoever_watches_hears_which_pod_and_why_within_a_second(
    shared: Platform, client: Client, namespaces: list[str]
) -> None:
    namespaces.append("watched")
    # The hook takes long enough for a watch to begin before there is anything to say.
    prepare = Workload("api-prepare", Kind.JOB, hook=Hook("pre-install"), seconds=3)
    chart = ChartSpec("api", workloads=(prepare, Workload("api-server", serves=False)), images={"server": NOWHERE})
    shared.system("application-upload", "watched", written(shared.directory, only("watched", chart)))
    shared.system("application-install", "watched")
    command = shared.command("application-show", "watched", "--watch")

    with following(*command, environment=shared.environment) as heard:
        until(lambda: bool({"ErrImagePull", "ImagePullBackOff"} & waiting_reasons(client, "watched")))
        known = time.time()
        until(lambda: heard.first("cannot pull image") is not None)

    came, line = heard.first("cannot pull image") or (0.0, "")
    assert re.search(rf"pod api-server-\S+ on \S+ cannot pull image {NOWHERE}: .*not found", line)
    assert came - known <= AT_ONCE, f"{came - known:.2f} s: {line}"
    shared.system("application-abort", "watched")
    shared.ended("watched")
    shared.system("application-remove", "watched", "--wait")


def test_no_secret_is_in_arguments_logs_plans_events_or_errors(
    shared: Platform, client: Client, namespaces: list[str]
) -> None:
    """Three secrets on their way: one of the chart's own, one of the manifest's, one of the operator's."""
    namespaces.append("secretive")
    words = {layer: f"hunter2-of-the-{layer}" for layer in ("chart", "manifest", "operator")}
    echo = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: echo}\ndata: {all: {{ toJson .Values.conf | quote }}}\n"
    broken = "{{ if .Values.conf.broken }}{{ fail (toJson .Values.conf) }}{{ end }}"
    chart = ChartSpec(
        "vault",
        workloads=(Workload("vault-init", Kind.JOB, hook=Hook("pre-install,pre-upgrade"), seconds=1),),
        values={"conf": {"chart_password": words["chart"]}},
        files={"templates/echo.yaml": echo, "templates/broken.yaml": broken},
    )
    spec = only("secretive", chart, values=f"conf:\n  manifest_password: {words['manifest']}\n")
    own = shared.directory / "own.yaml"
    own.write_text(f"conf: {{operator_password: {words['operator']}}}\n")
    said = [shared.system("application-upload", "secretive", written(shared.directory, spec))]
    update = ("helm-override-update", "secretive", "vault", "secretive")
    said.append(shared.system(*update, "--values", str(own), "--force"))

    with listening_to_arguments() as arguments:
        said.append(shared.system("application-plan", "secretive", "--diff"))
        said.append(shared.system("application-install", "secretive", "--wait"))
        said.append(shared.system(*update, "--reuse-values", "--set", "conf.broken=true", "--force"))
        said.append(shared.system("application-plan", "secretive", "--diff", status=None))
        said.append(shared.system("application-install", "secretive", "--wait", status=1))
        said.append(shared.system(*update, "--reset-values", "--force"))
        said.append(shared.system("application-plan", "secretive", "--diff"))
    stored = str(shared.operations("secretive")) + str(shared.application("secretive"))

    assert any(b"vault" in each for each in arguments), "no Helm process was seen"
    everything = {
        "arguments": b"\n".join(arguments).decode(),
        "said": "\n".join(each.out + each.err for each in said),
        "stored": stored,
        "log": shared.server.log.read_text(),
    }
    found = [(where, layer) for where, text in everything.items() for layer, word in words.items() if word in text]
    assert found == []
    echoed = client.get(ConfigMap, "echo", namespace="secretive").data or {}
    assert words["operator"] in echoed["all"]  # it was on its way
    shared.system("application-remove", "secretive", "--wait")


@contextmanager
def listening_to_arguments() -> Iterator[set[bytes]]:
    """What any process of this machine was started with, looked at many times a second."""
    seen: set[bytes] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.01):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    seen.add((process / "cmdline").read_bytes())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join(60)
