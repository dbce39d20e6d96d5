"""What a user of the cloud does: two servers on two hosts that speak with each other and the world; one moves."""

from __future__ import annotations

from tests.integration.openstack.connection import held
from tests.integration.openstack.servers import GATEWAY, Server, User

Servers = tuple[Server, Server]


def test_servers_boot_on_the_hosts_they_were_asked_for_and_their_consoles_say_so(user: User, servers: Servers) -> None:
    one, two = servers

    assert (one.host, two.host) == ("compute-0", "compute-1")
    assert f"eth0: {one.inside}/24" in user.cloud.console("one")


def test_servers_of_two_hosts_ping_and_speak_tcp_over_their_own_network(user: User, servers: Servers) -> None:
    one, two = servers

    assert " 0% packet loss" in user.inside(one, f"ping -c 3 -W 2 {two.inside}")
    assert "guest on Linux" in user.inside(one, f"wget -q -O - http://{two.inside}/")
    assert "guest on Linux" in user.inside(two, f"wget -q -O - http://{one.inside}/")


def test_servers_reach_the_provider_network_and_are_reached_by_their_floating_addresses(
    user: User, servers: Servers
) -> None:
    for server in servers:
        assert " 0% packet loss" in user.inside(server, f"ping -c 3 -W 2 {GATEWAY}")
        assert "guest on Linux" in user.outside("curl", "-sS", "--max-time", "20", f"http://{server.floating}/")


def test_a_server_moves_to_the_other_host_while_it_runs(user: User, servers: Servers) -> None:
    one, _ = servers
    before = user.uptime(one)

    with held(user, one) as connection:
        moved = user.cloud.run(
            """
            there = server(name)
            source = there.compute_host
            target = "compute-1" if source == "compute-0" else "compute-0"
            began = time.monotonic()
            cloud.compute.live_migrate_server(there, host=target, block_migration="auto")
            until(lambda: server(name), lambda now: now.compute_host == target and now.status == "ACTIVE")
            answer = {"from": source, "to": server(name).compute_host, "seconds": time.monotonic() - began}
            """,
            name="one",
        )

    print(f"moved {moved}, {connection}")
    assert moved["from"] != moved["to"]
    assert user.uptime(one) > before
    assert connection.longest_silence < 10
