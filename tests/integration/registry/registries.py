"""Real registries on loopback, with TLS and passwords, and images to put into them."""

import base64
import gzip
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import bcrypt
import yaml

from lab.ground.certificates import Authority
from sturnus.registry.settings import Login

PASSWORDS = {"source": "source-hunter2", "local": "local-hunter2"}


@dataclass
class Registry:
    """Debian's docker-registry. Its user is called as the registry."""

    name: str
    home: Path
    authority: Authority
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def login(self) -> Login:
        return Login(self.name, PASSWORDS[self.name])

    @property
    def trusted(self) -> Path:
        """Directory of the certificate alone: skopeo wants no key without its certificate there."""
        directory = self.home / "trusted"
        directory.mkdir(exist_ok=True)
        (directory / "ca.crt").write_text(self.authority.certificate.read_text())
        return directory

    def start(self) -> None:
        self.home.mkdir(exist_ok=True)
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        issued = self.authority.issue(self.home / "tls", "registry", ["127.0.0.1"])
        hashed = bcrypt.hashpw(PASSWORDS[self.name].encode(), bcrypt.gensalt(4)).decode()
        (self.home / "htpasswd").write_text(f"{self.name}:{hashed}\n")
        configuration = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.home / "data")}},
            "http": {"addr": self.address, "tls": {"certificate": str(issued.certificate), "key": str(issued.key)}},
            "auth": {"htpasswd": {"realm": "test", "path": str(self.home / "htpasswd")}},
        }
        (self.home / "config.yml").write_text(yaml.safe_dump(configuration))
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", str(self.home / "config.yml")], stdout=log, stderr=log
            )
        end = time.monotonic() + 30
        while not _listens(self.port):
            assert self.process.poll() is None, (self.home / "log").read_text()
            assert time.monotonic() < end
            time.sleep(0.02)

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(10)

    def freeze(self) -> None:
        """It keeps its connections, and answers no more."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def push(registry: Registry, scratch: Path, name: str, size: int = 1000) -> str:
    """Make an image of one layer and push it; return its digest."""
    layout = scratch / hashlib.sha256(name.encode()).hexdigest()
    digest = _image(layout, size)
    login = scratch / "push.json"
    login.write_text(auth_file(registry))
    subprocess.run(
        ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-authfile", str(login), "--dest-cert-dir",
         str(registry.trusted), f"oci:{layout}:1", f"docker://{registry.address}/{name}"],
        check=True, timeout=60,
    )  # fmt: skip
    return digest


def auth_file(registry: Registry) -> str:
    auth = base64.b64encode(f"{registry.login.user}:{registry.login.password}".encode()).decode()
    return json.dumps({"auths": {registry.address: {"auth": auth}}})


def _image(layout: Path, size: int) -> str:
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo("content")
        member.size = size
        tar.addfile(member, io.BytesIO(os.urandom(size)))
    raw = packed.getvalue()

    def blob(content: bytes, kind: str) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    layer = blob(gzip.compress(raw, 1, mtime=0), "layer.v1.tar+gzip")
    rootfs = {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(raw).hexdigest()]}
    configuration = {"architecture": "amd64", "os": "linux", "rootfs": rootfs, "config": {}}
    config = blob(json.dumps(configuration).encode(), "config.v1+json")
    manifest = {"schemaVersion": 2, "config": config, "layers": [layer]}
    described = blob(json.dumps(manifest).encode(), "manifest.v1+json")
    named = {**described, "annotations": {"org.opencontainers.image.ref.name": "1"}}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return str(described["digest"])
