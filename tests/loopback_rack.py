"""The lab's Redfish service with one controller on loopback: real TLS, real requests, and power that is only a word."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.ground.certificates import Authority
from lab.ground.description import Lab, hosts_of
from lab.ground.power import PowerState
from lab.rack.controllers import Controller, Racked
from lab.rack.credentials import BmcCredentials
from lab.rack.listening import server_of
from lab.rack.redfish import application
from tests.unit.lab.rack.test_redfish import ScriptedPower

HOST = "compute-0"
PASSWORD = "right-and-never-seen"


@dataclass
class LoopbackRack:
    """A controller that listens."""

    address: str  # with its port
    ca: Path
    power: ScriptedPower

    @property
    def description(self) -> dict[str, str]:
        """What an operator says of it."""
        return {"bm_type": "redfish", "bm_ip": self.address, "bm_username": "admin", "bm_password": PASSWORD}

    @property
    def state(self) -> PowerState:
        return self.power.states.get(HOST, PowerState.OFF)

    @state.setter
    def state(self, state: PowerState) -> None:
        self.power.states[HOST] = state


@contextmanager
def loopback_rack(directory: Path) -> Iterator[LoopbackRack]:
    lab = Lab(name="loopback", loopback=250, hosts=hosts_of(1, 1, controller_memory=2048, worker_memory=1024))
    power = ScriptedPower()
    racked = Racked(power)
    racked.controllers = {"127.0.0.1": Controller(lab.host(HOST), BmcCredentials("admin", PASSWORD))}
    authority = Authority.load_or_create(directory / "ca")
    issued = authority.issue(directory / "bmc", "bmc", ["127.0.0.1"])
    listening = socket.create_server(("127.0.0.1", 0))
    server = server_of(application(racked), issued)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield LoopbackRack(f"127.0.0.1:{listening.getsockname()[1]}", Path(authority.certificate), power)
    server.should_exit = True
    thread.join(10)
    listening.close()
