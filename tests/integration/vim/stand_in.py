"""What two real processes of the platform need beside each other: a Keystone that gives tokens, and a cluster.

The cluster has no nodes. It says of any node that one pod runs there, which a budget holds: for previews.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "token-of-service"
POD = {
    "metadata": {"name": "db-0", "namespace": "shop", "labels": {"app": "db"}},
    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
}
BUDGET = {
    "metadata": {"name": "db", "namespace": "shop"},
    "spec": {"selector": {"matchLabels": {"app": "db"}}},
    "status": {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1},
}
LISTS = {"/api/v1/pods": POD, "/apis/policy/v1/poddisruptionbudgets": BUDGET}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(201, {"token": {}}, {"X-Subject-Token": TOKEN})

    def do_GET(self) -> None:
        if (item := LISTS.get(self.path.partition("?")[0])) is not None:
            self._answer(200, {"metadata": {}, "items": [item]})
            return
        self._answer(404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "message": "none"})

    def _answer(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def stand_in() -> Iterator[str]:
    """Serve both; the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kubeconfig_for(url: str, directory: Path) -> Path:
    """Write the kubeconfig of the empty cluster."""
    file = directory / "kubeconfig"
    name = {"context": {"cluster": "c", "user": "u"}, "name": "c"}
    content = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [name],
        "clusters": [{"name": "c", "cluster": {"server": url}}], "users": [{"name": "u", "user": {"token": "x"}}],
    }  # fmt: skip
    file.write_text(json.dumps(content))
    return file
