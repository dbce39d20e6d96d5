"""A host whose /etc is its own: a copy of the machine's, in a mount namespace that ends with each command."""

import json
import subprocess
import sys
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sturnus.configuration.facts import HostFacts, PlatformFacts, Secrets
from sturnus.configuration.hieradata import Mode, public_files, secure_files, target

CHECKOUT = Path(__file__).parents[3]
CODE = CHECKOUT / "puppet"
ENTER = """
set -e
[ -e "$1/etc" ] || cp -a /etc "$1/etc"
mount --bind "$1/etc" /etc
shift
exec "$@"
"""


@dataclass
class MadeHost:
    home: Path
    code: Path = CODE

    def run(self, *command: str, stdin: str = "") -> str:
        """Run a command where /etc is this host's."""
        inside = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", str(self.home), *command]
        done = subprocess.run(inside, input=stdin, capture_output=True, text=True, cwd=CHECKOUT, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def apply(self, facts: PlatformFacts, host: HostFacts, secrets: Secrets, **changed: Any) -> dict[str, Any]:
        """Apply what these facts come to; `changed` replaces keys of the host's own file."""
        files = [*public_files(facts, host), *secure_files(facts, host, secrets)]
        said: dict[str, Any] = {
            "target": target(facts, host),
            "hostname": host.hostname,
            "files": [{"name": each.name, "secret": each.mode is Mode.ROOT, "text": each.text} for each in files],
        }
        for each in said["files"]:
            if each["name"] == f"{host.hostname}.yaml":
                each["text"] += "".join(f"{key.replace('__', '::')}: {value}\n" for key, value in changed.items())
        command = (sys.executable, "-m", "tests.integration.configuration.apply_here")
        printed = self.run(*command, str(self.home / "state"), str(self.code), stdin=json.dumps(said))
        found: dict[str, Any] = json.loads(printed)
        return found

    def read(self, path: str) -> str:
        return self.run("cat", path)

    def ini(self, path: str) -> dict[str, dict[str, str]]:
        parser = ConfigParser(interpolation=None)
        parser.read_string(self.read(path))
        return {name: dict(parser[name]) for name in parser.sections()}

    def exists(self, path: str) -> bool:
        return self.run("sh", "-c", f"[ -e {path} ] && echo yes || echo no").strip() == "yes"

    def owner_and_mode(self, path: str) -> str:
        return self.run("stat", "-c", "%U:%G %a", path).strip()
