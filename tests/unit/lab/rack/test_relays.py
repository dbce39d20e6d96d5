"""The relay between real sockets on loopback, in one namespace."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from lab.ground.description import Lab
from lab.rack.relays import NODE_PORTS, Relays, Route, routes
from lab.rack.sockets import HereSockets

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
    relays = Relays(HereSockets())
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
        relays = Relays(HereSockets())
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
            relays = Relays(HereSockets())
            failed = relays.follow({taken, free})
            _, writer = await asyncio.open_connection(*free.listen)
            writer.close()
            await relays.close()
            return failed, taken

    failed, taken = asyncio.run(scenario())

    assert failed == {taken: f"127.0.0.1:{taken.listen[1]}: Address already in use"}


def test_a_route_that_is_no_longer_wanted_is_closed() -> None:
    async def scenario() -> None:
        relays = Relays(HereSockets())
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
