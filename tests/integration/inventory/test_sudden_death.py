"""A real server is killed at random moments while changes are made: nothing that was answered is lost."""

import asyncio
import random
import threading
import time
from http.client import HTTPException
from pathlib import Path

from sturnus.core.clock import SystemClock
from sturnus.store.database import Database
from sturnus.store.dispatcher import Dispatcher
from sturnus.store.outbox import Notice, Topic
from tests.integration.inventory.server import Server

DEATHS = 6
MOST_DEATHS = 60
"""On a machine that is so busy that few requests are answered between two."""


class Clients:
    """Several at once, each with a host of its own, remembering what the server has confirmed."""

    def __init__(self, server: Server, hosts: list[str]) -> None:
        self._server = server
        self._stop = threading.Event()
        self.confirmed: dict[str, set[str]] = {host: set() for host in hosts}
        self._threads = [threading.Thread(target=self._work, args=(host,)) for host in hosts]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _work(self, host: str) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            key = f"label-{number}"
            try:
                answer = self._server.request("POST", f"/v1/labels/{host}", {key: "x"})
            except (OSError, HTTPException):
                time.sleep(0.02)  # the server is dead; whether the label is stored is not known
                continue
            if answer.status == 200:
                self.confirmed[host].add(key)


async def delivered(database_url: str) -> list[Notice]:
    """Everything that a new process would deliver to the nodes."""
    database, seen = Database(database_url), []

    async def handler(notice: Notice) -> None:
        seen.append(notice)

    dispatcher = Dispatcher(database, {Topic.NODE: handler}, SystemClock())
    task = asyncio.create_task(dispatcher.run())
    quiet, count = 0, -1
    while quiet < 3:
        await asyncio.sleep(0.3)
        quiet, count = (quiet + 1, count) if len(seen) == count else (0, len(seen))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.close()
    return seen


def test_nothing_confirmed_is_lost(database_url: str, tmp_path: Path) -> None:
    chance = random.Random(20260101)
    server = Server(tmp_path, database_url)
    server.start()
    hosts = [f"compute-{number}" for number in range(3)]
    uuids = {}
    for host in hosts:
        uuids[host] = server.request("POST", "/v1/ihosts", {"hostname": host, "personality": "worker"}).body["uuid"]
    clients = Clients(server, hosts)
    clients.start()

    deaths = 0
    while deaths < DEATHS or sum(map(len, clients.confirmed.values())) <= DEATHS:
        time.sleep(chance.uniform(0.05, 0.6))
        server.kill()
        server.start()
        deaths += 1
        assert deaths < MOST_DEATHS, "it dies before it answers, each time"
    clients.stop()

    revisions = {}
    for host in hosts:
        found = server.request("GET", f"/v1/ihosts/{host}/labels").body["labels"]
        stored = {label["label_key"] for label in found}
        assert clients.confirmed[host] <= stored
        revisions[host] = len(stored)
    assert server.request("GET", "/healthz").body["healthy"]
    server.kill()

    notices = asyncio.run(delivered(database_url))
    for host in hosts:
        # Nobody listens for nodes in that server, so each commit's notice is still there: one for the host itself,
        # one for every label that is stored, confirmed or not. In the order of the commits.
        of_host = [notice for notice in notices if notice.subject == uuids[host]]
        assert len(of_host) == 1 + revisions[host]
        assert [notice.id for notice in of_host] == sorted(notice.id for notice in of_host)


def test_an_action_that_was_asked_for_is_finished_by_the_next_process(server: Server, worker: str) -> None:
    """Killed right after the answer, before or while the action is carried out."""
    for number in range(4):
        action, state = (("unlock", "unlocked"), ("lock", "locked"))[number % 2]
        assert server.action(worker, action).status == 200
        server.kill()
        server.start()

        assert server.settled(worker)["administrative"] == state
