"""Taking a snapshot of a running lab, and making a lab from one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from lab.ground import records
from lab.ground.description import Role, checked_name, free_loopback
from lab.ground.errors import LabError
from lab.ground.power import PowerState
from lab.ground.progress import Progress
from lab.machine import power
from lab.snapshots import store


def take(name: str, snapshot: str, progress: Progress) -> None:
    """Stop the hosts in order, copy their disks, and power on again those that were on."""
    with records.exclusive(name):
        lab = records.existing(name)
        on = [host for host in lab.hosts if power.power_state(lab, host) is not PowerState.OFF]
        # Workers first: they take leave of a control plane that is still there.
        for role in (Role.WORKER, Role.CONTROLLER):
            hosts = [host for host in on if host.role is role]
            if hosts:
                with progress.step(f"stop {', '.join(host.name for host in hosts)}"), ThreadPoolExecutor() as pool:
                    list(pool.map(lambda host: power.graceful_shutdown(lab, host), hosts))
                    list(pool.map(lambda host: power.await_off(lab, host), hosts))
        with progress.step(f"copy the disks to snapshot {snapshot}"):
            store.save(lab.paths, snapshot)
        if on:
            with progress.step(f"power on {', '.join(host.name for host in on)}"), ThreadPoolExecutor() as pool:
                list(pool.map(lambda host: power.power_on(lab, host), on))


def restore(name: str, snapshot: str, progress: Progress) -> None:
    """Make a lab from a snapshot, powered off; `lab up` does the rest.

    Raises:
        LabError: there is such a lab, or no such snapshot.

    """
    with records.exclusive(checked_name(name)):
        if records.load(name):
            raise LabError(f"lab {name} is there", f"lab down --name {name} first")
        source = store.described(snapshot)
        loopback = free_loopback(lab.loopback for lab in records.every_lab())
        made = source.model_copy(update={"name": name, "loopback": loopback})
        with progress.step(f"copy the disks of snapshot {snapshot}"):
            store.restore(snapshot, made)
