"""OpenStack in the lab as its users have it: `openstacksdk` in a pod of the cluster, and a client outside of it."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from lab.ground.description import Lab
from lab.programs.build import built

NAMESPACE: Final = "openstack"
CLIENT: Final = "deploy/clients"
DEADLINE: Final = 600
"""Seconds for one script; no test is about how fast a shared machine is."""

System = Callable[..., subprocess.CompletedProcess[str]]

PRELUDE: Final = """\
import json, sys, time
import openstack
cloud = openstack.connect()
def until(fact, reached, seconds=300):
    end = time.monotonic() + seconds
    while not reached(found := fact()):
        assert time.monotonic() < end, found
        time.sleep(0.5)
    return found
def server(name):
    return cloud.compute.find_server(name, ignore_missing=False, details=True)
def state(host):
    return next(each.state for each in cloud.compute.services(host=host, binary="nova-compute"))
"""


@dataclass(frozen=True)
class Cloud:
    """The application in a lab."""

    lab: Lab
    system: System
    tarball: str

    def kubectl(self, *arguments: str, stdin: str | None = None, seconds: float = DEADLINE) -> str:
        """Ask Kubernetes, in the application's namespace unless told otherwise."""
        whose = ["--kubeconfig", str(self.lab.paths.kubeconfig), "--namespace", NAMESPACE]
        command = [str(built() / "kubectl"), *whose, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def run(self, script: str, **given: Any) -> Any:
        """Run a script as the cloud's administrator. It has `cloud`, `until`, `server` and what is `given`.

        Returns what it sets `answer` to.
        """
        lines = [
            PRELUDE,
            f"globals().update(json.loads({json.dumps(json.dumps(given))}))",
            "answer = None",
            textwrap.dedent(script),
            'print("\\n" + json.dumps(answer))',
        ]
        said = self.kubectl("exec", "-i", CLIENT, "--", "python3", "-", stdin="\n".join(lines))
        answer: Any = json.loads(said.strip().splitlines()[-1])
        return answer

    def pods(self, selector: str = "") -> dict[str, str]:
        """Name → uid of the pods that there are."""
        found = json.loads(self.kubectl("get", "pods", "-o", "json", *(["-l", selector] if selector else [])))
        return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in found["items"]}

    def console(self, server: str) -> str:
        """What a server wrote on its console."""
        return str(
            self.run("answer = cloud.compute.get_server_console_output(server(name), 1000)['output']", name=server)
        )

    def install(self) -> None:
        """Have it as it is wanted now; an error tells why not."""
        done = self.system("application-install", "openstack", "--wait", check=False, seconds=1500)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
