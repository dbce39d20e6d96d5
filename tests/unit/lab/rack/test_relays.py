"""The relay between real sockets on loopback, in one namespace."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import pytest

from lab.ground.description import Lab
from lab.rack import relays as relays_module
from lab.rack.relays import NODE_PORTS, Capacity, Relays, Route, routes
from lab.rack.sockets import HereSockets, listen

ROOMY = Capacity(listeners=100, connections=100)

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers only when the client has said all: needs a half-closed connection."""
    writer.write((await reader.read()).upper())
    await writer.drain()
    writer.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def relayed(handler: Handler) -> AsyncIterator[Route]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    route = Route(("127.0.0.1", free_port()), server.sockets[0].getsockname())
    relays = Relays(HereSockets(), ROOMY)
    assert relays.follow({route}) == {}
    try:
        yield route
    finally:
        await relays.close()
        server.close()
        await server.wait_closed()


def test_what_goes_in_comes_out_and_a_closed_half_does_not_close_the_other() -> None:
    async def scenario() -> bytes:
        async with relayed(echo) as route, asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(*route.listen)
            writer.write(b"hello " * 100_000)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(scenario()) == b"HELLO " * 100_000


def test_many_clients_are_served_at_once() -> None:
    async def one(route: Route, number: int) -> bytes:
        reader, writer = await asyncio.open_connection(*route.listen)
        writer.write(b"%d" % number)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    async def scenario() -> list[bytes]:
        async with relayed(echo) as route, asyncio.timeout(5):
            return await asyncio.gather(*(one(route, number) for number in range(50)))

    assert asyncio.run(scenario()) == [b"%d" % number for number in range(50)]


def test_a_host_that_refuses_resets_the_client() -> None:
    async def scenario() -> None:
        relays = Relays(HereSockets(), ROOMY)
        route = Route(("127.0.0.1", free_port()), ("127.0.0.1", free_port()))
        relays.follow({route})
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(*route.listen)
                try:
                    await reader.read()
                finally:
                    writer.close()
        finally:
            await relays.close()

    with pytest.raises(ConnectionResetError):
        asyncio.run(scenario())


def test_a_port_that_is_taken_is_named_and_the_others_are_open() -> None:
    async def scenario() -> tuple[dict[Route, str], Route]:
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = Route(other.getsockname(), ("127.0.0.1", 1))
            free = Route(("127.0.0.1", free_port()), ("127.0.0.1", 1))
            relays = Relays(HereSockets(), ROOMY)
            failed = relays.follow({taken, free})
            _, writer = await asyncio.open_connection(*free.listen)
            writer.close()
            await relays.close()
            return failed, taken

    failed, taken = asyncio.run(scenario())

    port = taken.listen[1]
    assert failed == {taken: f"Address already in use; see what listens there: ss -tlnp 'sport = :{port}'"}


def test_a_route_that_is_no_longer_wanted_is_closed() -> None:
    async def scenario() -> None:
        relays = Relays(HereSockets(), ROOMY)
        route = Route(("127.0.0.1", free_port()), ("127.0.0.1", 1))
        relays.follow({route})
        relays.follow(set())
        await asyncio.open_connection(*route.listen)

    with pytest.raises(ConnectionRefusedError):
        asyncio.run(scenario())


def test_controllers_are_relayed_with_all_node_ports_and_workers_with_their_kubelet(small_lab: Lab) -> None:
    by_host: dict[str, set[int]] = {}
    for route in routes(small_lab):
        assert route.listen[1] == route.dial[1]
        by_host.setdefault(route.listen[0], set()).add(route.listen[1])

    assert {5000, 6385, 6443, 9001, 30001, *NODE_PORTS} <= by_host["127.0.77.10"]
    assert by_host["127.0.77.20"] == by_host["127.0.77.21"] == {10250}


def test_a_client_that_does_not_read_stops_the_host_from_sending() -> None:
    """What lies in between stays small: sockets' buffers, and one chunk."""
    written = 0

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        with contextlib.suppress(ConnectionError):
            while written < 1 << 30:
                writer.write(b"x" * 65536)
                await writer.drain()
                written += 65536
        writer.close()

    async def scenario() -> None:
        async with relayed(pour) as route:
            _, writer = await asyncio.open_connection(*route.listen, limit=1)
            while True:
                before = written
                await asyncio.sleep(0.2)  # nothing else tells that nothing more comes
                if before == written > 0:
                    break
            writer.transport.abort()

    asyncio.run(asyncio.wait_for(scenario(), 20))

    assert written < 64 << 20


def test_a_host_that_does_not_answer_resets_the_client_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays_module, "CONNECT_DEADLINE", timedelta(milliseconds=50))

    async def scenario() -> None:
        with full_listener() as deaf:
            route = Route(("127.0.0.1", free_port()), deaf)
            async with following(ROOMY, route):
                reader, writer = await asyncio.open_connection(*route.listen)
                try:
                    await reader.read()
                finally:
                    writer.close()

    with pytest.raises(ConnectionResetError):
        asyncio.run(asyncio.wait_for(scenario(), 5))


def test_a_relay_that_is_full_resets_further_clients_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    async def refused(route: Route) -> bool:
        try:  # the reset may come as soon as the kernel has connected
            reader, writer = await asyncio.open_connection(*route.listen)
        except ConnectionResetError:
            return True
        try:
            await reader.read()
        except ConnectionResetError:
            return True
        finally:
            writer.close()
        return False

    async def scenario() -> list[bool]:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        route = Route(("127.0.0.1", free_port()), server.sockets[0].getsockname())
        async with server, following(Capacity(listeners=1, connections=1), route):
            reader, writer = await asyncio.open_connection(*route.listen)
            full = [await refused(route), await refused(route)]
            writer.write_eof()
            await reader.read()
            writer.close()
            return full

    assert asyncio.run(asyncio.wait_for(scenario(), 5)) == [True, True]
    assert [message.split(" refuses: ")[1] for message in caplog.messages] == ["1 connections are open"]


def test_without_open_files_to_spare_a_relay_rests_and_then_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It used to be woken for the same client again and again, and to fill the log."""
    monkeypatch.setattr(relays_module, "ACCEPT_PAUSE", timedelta(milliseconds=50))

    class Scarce(socket.socket):
        failures = 1

        def accept(self) -> tuple[socket.socket, object]:
            if Scarce.failures:
                Scarce.failures -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    def scarce_listen(address: str, port: int) -> socket.socket:
        made = listen(address, port)
        return Scarce(made.family, made.type, fileno=made.detach())

    monkeypatch.setattr(relays_module, "listen", scarce_listen)

    async def scenario() -> bytes:
        async with relayed(echo) as route:
            reader, writer = await asyncio.open_connection(*route.listen)
            writer.write(b"late")
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(asyncio.wait_for(scenario(), 5)) == b"LATE"
    assert [message.split(" cannot accept: ")[1] for message in caplog.messages] == ["Too many open files"]


def test_where_open_files_are_few_the_platforms_own_ports_come_before_node_ports() -> None:
    wanted = {Route(("127.0.0.1", 0), ("127.0.0.1", 1))} | {
        Route((f"127.0.0.{number}", NODE_PORTS[0]), ("127.0.0.1", 1)) for number in range(1, 4)
    }

    async def scenario() -> dict[Route, str]:
        relays = Relays(HereSockets(), Capacity(listeners=1, connections=1))
        failed = relays.follow(wanted)
        await relays.close()
        return failed

    failed = asyncio.run(scenario())

    assert {route.listen[1] for route in failed} == {NODE_PORTS[0]}
    assert set(failed.values()) == {"1 ports are open; allow more open files: ulimit -Hn"}


@pytest.mark.parametrize(
    ("open_files", "capacity"),
    [
        (20000, Capacity(listeners=15700, connections=2000)),
        (4096, Capacity(listeners=2978, connections=409)),
        (1024, Capacity(listeners=520, connections=102)),
        (256, Capacity(listeners=0, connections=25)),
        (1 << 30, Capacity(listeners=(1 << 30) - 4300, connections=2000)),
    ],
)
def test_capacity_leaves_open_files_for_other_things(open_files: int, capacity: Capacity) -> None:
    assert Capacity.of(open_files) == capacity


@asynccontextmanager
async def following(capacity: Capacity, route: Route) -> AsyncIterator[None]:
    relays = Relays(HereSockets(), capacity)
    assert relays.follow({route}) == {}
    try:
        yield
    finally:
        await relays.close()


@contextmanager
def full_listener() -> Iterator[tuple[str, int]]:
    """A port whose queue is full, so that the kernel leaves further clients without an answer."""
    with socket.socket() as listening, contextlib.ExitStack() as clients:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listening.getsockname())
        yield listening.getsockname()
