"""Workloads of a namespace, kept current in memory by watches: one a kind, however many releases look at it.

Kubernetes is listed once, then tells each change (https://kubernetes.io/docs/reference/using-api/api-concepts/,
"Efficient detection of changes"). A watch that ends resumes from the last version it saw; when the API server no longer
knows that version (410), the kind is listed anew. While the API server is away the picture stays as it was and says so
(`Snapshot.blind`). Nothing here polls.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import structlog

from sturnus.core.errors import SturnusError
from sturnus.kubernetes.connection import Connection, Json
from sturnus.kubernetes.refusals import Expired, refusal
from sturnus.kubernetes.snapshot import Snapshot, Watched

WATCH_FOR: Final = 60
"""Seconds until the API server ends a watch, which is then resumed: a connection that died is found by then."""
PAUSE: Final = 0.1
"""Seconds before the first new attempt; each one after doubles it, up to `LONGEST_PAUSE`."""
LONGEST_PAUSE: Final = 5.0
CHUNK: Final = "500"
"""Objects in one answer of a list."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Source:
    """Where objects of one kind are listed and watched."""

    root: str  # "apis/apps/v1"
    plural: str
    selector: str = ""  # by fields

    def path(self, namespace: str | None) -> str:
        return f"{self.root}/namespaces/{namespace}/{self.plural}" if namespace else f"{self.root}/{self.plural}"

    def parameters(self) -> dict[str, str]:
        return {"fieldSelector": self.selector} if self.selector else {}


_SOURCES: Final = {
    Watched.DEPLOYMENT: _Source("apis/apps/v1", "deployments"),
    Watched.STATEFUL_SET: _Source("apis/apps/v1", "statefulsets"),
    Watched.DAEMON_SET: _Source("apis/apps/v1", "daemonsets"),
    Watched.JOB: _Source("apis/batch/v1", "jobs"),
    Watched.POD: _Source("api/v1", "pods"),
    Watched.CLAIM: _Source("api/v1", "persistentvolumeclaims"),
    Watched.SERVICE: _Source("api/v1", "services"),
    Watched.EVENT: _Source("api/v1", "events", selector="type=Warning"),
}
_NODES: Final = _Source("api/v1", "nodes")


class ClusterWatch:
    """All watches of one connection. Use it as a context manager: they end with it, and a defect in one ends it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tasks = asyncio.TaskGroup()
        self._running: list[asyncio.Task[None]] = []
        self._nodes: _Picture | None = None
        self._namespaces: dict[str, NamespaceWatch] = {}

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        if isinstance(error, asyncio.CancelledError):
            await self._tasks.__aexit__(kind, error, trace)
        else:  # what the caller raises passes as it is, not in a group
            await self._tasks.__aexit__(None, None, None)

    def namespace(self, name: str) -> NamespaceWatch:
        """The watch of a namespace, which may be there yet or not: the same one for all who ask."""
        if self._nodes is None:
            self._nodes = _Picture()
            self._follow(_NODES, None, self._nodes)
        if name not in self._namespaces:
            pictures = {kind: _Picture() for kind in _SOURCES}
            for kind, picture in pictures.items():
                self._follow(_SOURCES[kind], name, picture)
            self._namespaces[name] = NamespaceWatch(name, pictures, self._nodes)
        return self._namespaces[name]

    def _follow(self, source: _Source, namespace: str | None, picture: _Picture) -> None:
        follower = _Follower(self._connection, source, namespace, picture)
        self._running.append(self._tasks.create_task(follower.run(), name=f"watch {source.path(namespace)}"))


class NamespaceWatch:
    """The workloads of one namespace."""

    def __init__(self, name: str, pictures: dict[Watched, _Picture], nodes: _Picture) -> None:
        self._name = name
        self._pictures = pictures
        self._nodes = nodes
        self._version = 0
        self._news = asyncio.Event()
        for picture in (*pictures.values(), nodes):
            picture.watchers.append(self._changed)

    async def listed(self) -> Snapshot:
        """The first whole picture: waits until every kind has been listed once."""
        for picture in (*self._pictures.values(), self._nodes):
            await picture.listed.wait()
        return self.snapshot()

    def snapshot(self) -> Snapshot:
        """The picture as it is now; what has not been listed yet is empty."""
        all_pictures = (*self._pictures.values(), self._nodes)
        blind = next((picture.blind for picture in all_pictures if picture.blind), None)
        objects = {kind: dict(picture.objects) for kind, picture in self._pictures.items()}
        return Snapshot(self._name, objects, dict(self._nodes.objects), self._version, blind)

    async def after(self, seen: Snapshot) -> Snapshot:
        """The picture as it is once something in it has changed since `seen`. The deadline is the caller's."""
        while self._version <= seen.version:
            await self._news.wait()
        return self.snapshot()

    def _changed(self) -> None:
        self._version += 1
        self._news.set()
        self._news = asyncio.Event()


class _Picture:
    """Objects of one kind, by name."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.listed = asyncio.Event()
        self.blind: str | None = None
        self.watchers: list[Any] = []  # called after each change

    def tell(self) -> None:
        for watcher in self.watchers:
            watcher()


class _Follower:
    """Keeps one picture as the cluster is."""

    def __init__(self, connection: Connection, source: _Source, namespace: str | None, picture: _Picture) -> None:
        self._connection = connection
        self._path = source.path(namespace)
        self._parameters = source.parameters()
        self._picture = picture
        self._version: str | None = None  # where to resume; None: list first
        self._pause = PAUSE

    async def run(self) -> None:
        """Never returns."""
        while True:
            try:
                if self._version is None:
                    await self._list()
                await self._watch(self._version or "")
                await asyncio.sleep(PAUSE)  # the server ended it in good order
            except Expired:
                self._version = None
            except SturnusError as error:
                self._lost(error.message)
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _list(self) -> None:
        found: dict[str, Json] = {}
        parameters = self._parameters | {"limit": CHUNK}
        while True:
            answer = await self._connection.get(self._path, parameters)
            found |= {item["metadata"]["name"]: _trimmed(item) for item in answer.get("items") or ()}
            if not (rest := answer["metadata"].get("continue")):
                break
            parameters["continue"] = rest
        self._version = answer["metadata"]["resourceVersion"]
        self._found()
        if found != self._picture.objects or not self._picture.listed.is_set():
            self._picture.objects = found
            self._picture.listed.set()
            self._picture.tell()

    async def _watch(self, version: str) -> None:
        parameters = self._parameters | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_FOR),
        }
        stream = self._connection.lines(self._path, parameters, silence=WATCH_FOR + 15, on_open=self._found)
        async with aclosing(stream):
            async for line in stream:
                self._take(self._event(line))

    def _event(self, line: str) -> Json:
        try:
            event: Json = json.loads(line)
        except json.JSONDecodeError as error:  # the connection broke in the middle of it
            raise refusal(500, "an event that breaks off", self._path) from error
        return event

    def _take(self, event: Json) -> None:
        item = event["object"]
        if event["type"] == "ERROR":
            raise refusal(int(item.get("code", 500)), str(item.get("message")), self._path)
        self._version = item["metadata"]["resourceVersion"]
        name = item["metadata"].get("name", "")
        match event["type"]:
            case "ADDED" | "MODIFIED":
                self._picture.objects[name] = _trimmed(item)
                self._picture.tell()
            case "DELETED":
                self._picture.objects.pop(name, None)
                self._picture.tell()

    def _found(self) -> None:
        self._pause = PAUSE
        if self._picture.blind:
            self._picture.blind = None
            self._picture.tell()

    def _lost(self, message: str) -> None:
        if not self._picture.blind:
            _log.warning("watch interrupted", path=self._path, reason=message)
            self._picture.blind = message
            self._picture.tell()


def _trimmed(item: Json) -> Json:
    """Without what nobody here reads and what is most of an object: who wrote which field, and a node's images."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "managedFields"}
    status = item.get("status") or {}
    trimmed = item | {"metadata": metadata}
    if "images" in status:
        trimmed["status"] = {key: value for key, value in status.items() if key != "images"}
    return trimmed
