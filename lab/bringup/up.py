"""`lab up`: from whatever is there to a lab that is up. Nothing to do, nothing done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final

from lightkube import Client

from lab.bringup.request import Request, wanted_lab
from lab.ground import records
from lab.ground.description import Host, Lab, Role
from lab.ground.errors import LabError
from lab.ground.power import PowerState
from lab.ground.progress import Progress
from lab.ground.waiting import until
from lab.images.build import require_built
from lab.kubernetes import addons, cluster, steps
from lab.kubernetes.prepare import prepared
from lab.machine import disk, inside, power
from lab.network import switch
from lab.platform import bare
from lab.programs.build import built
from lab.rack import process as rack
from lab.rack.relays import NODE_PORTS, routes
from lab.rack.sockets import is_free
from lab.registry.publish import missing, publish
from lab.registry.service import service_files
from sturnus.configuration.bare.host import HostFile

READY_DEADLINE: Final = timedelta(minutes=3)
SYSTEM_NAMESPACES: Final = ("kube-system", "local-path-storage")


def up_empty(request: Request, progress: Progress) -> Lab:
    """Hosts with power and cables, and nothing on them."""
    with records.exclusive(request.name):
        lab = _described(request)
        _hosts_up(lab, progress, lambda host: disk.system_files(lab, host))
        return lab


def up_bare(request: Request, progress: Progress) -> Lab:
    """Hosts as an installer leaves them, and a registry. Kubernetes and the platform: `config_controller` does that."""
    with records.exclusive(request.name):
        lab = _described(request)
        require_built()
        _hosts_up(lab, progress, lambda host: _node_files(lab, host))
        _fill_registry(lab, progress)
        bare.prepare(lab, progress)
        return lab


def up(request: Request, progress: Progress) -> Lab:
    """Hosts, and a Kubernetes over all of them."""
    with records.exclusive(request.name):
        lab = _described(request)
        require_built()
        powered_on = _hosts_up(lab, progress, lambda host: _node_files(lab, host))
        _cluster_up(lab, powered_on, progress)
        return lab


def _described(request: Request) -> Lab:
    known = records.load(request.name)
    built()
    lab = wanted_lab(request, known, records.every_lab())
    _require_free_ports(lab)
    lab.paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)  # holds keys, and disks that hold keys
    if lab != known:
        records.save(lab)
    return lab


def _node_files(lab: Lab, host: Host) -> Iterator[HostFile]:
    """What the lab wants on the disk of a host that is to be a node."""
    yield from disk.system_files(lab, host)
    yield from prepared(lab)
    if host == lab.active_controller:
        yield from service_files(lab, host)


def _hosts_up(lab: Lab, progress: Progress, files_of: Callable[[Host], Iterable[HostFile]]) -> dict[str, datetime]:
    """Have all hosts on; those that were off, with the time from which on they had power."""
    since = datetime.now(UTC)
    switch.ensure(lab)
    files = {host.name: list(files_of(host)) for host in lab.hosts}
    with ThreadPoolExecutor() as pool:
        rack_started = pool.submit(rack.start, lab)
        off = [host for host in lab.hosts if power.power_state(lab, host) is PowerState.OFF]
        for host in lab.hosts:
            if host not in off:
                inside.put(lab, host, disk.differing(lab, host, files[host.name]))
        if off:
            with progress.step(f"power on {', '.join(host.name for host in off)}"):
                list(pool.map(lambda host: _power_on(lab, host, files[host.name]), off))
        rack_started.result()
        return dict.fromkeys((host.name for host in off), since)


def _require_free_ports(lab: Lab) -> None:
    """A port that is taken would be answered by somebody else in a host's name; node ports may go without."""
    if rack.running(lab):
        return
    routed = [route.listen for route in routes(lab) if route.listen[1] not in NODE_PORTS]
    if taken := [f"{address}:{port}" for address, port in routed if not is_free(address, port)]:
        raise LabError(f"in use on this machine: {', '.join(taken)}", "end what listens there: ss -ltnp")


def _power_on(lab: Lab, host: Host, files: list[HostFile]) -> None:
    disk.make(lab, host)
    disk.write(lab, host, disk.differing(lab, host, files))
    power.power_on(lab, host)


def _cluster_up(lab: Lab, powered_on: Mapping[str, datetime], progress: Progress) -> None:
    controller = lab.active_controller
    _fill_registry(lab, progress)
    if not steps.is_member(lab, controller):
        with progress.step(f"{controller.name}: kubeadm init"):
            steps.initialise(lab, controller)
    cluster.write_kubeconfig(lab)
    with cluster.connected(lab) as client:
        _settle(progress, "the API server answers", lambda: cluster.silent(client))
        addons.apply(lab, client)
        _join_all(lab, client, progress)
        _settle(progress, "nodes are ready", lambda: cluster.unready_nodes(client, lab.hosts, powered_on))
        _settle(progress, "the cluster's own pods are ready", lambda: cluster.unready_pods(client, SYSTEM_NAMESPACES))


def _fill_registry(lab: Lab, progress: Progress) -> None:
    if images := missing(lab):
        with progress.step(f"fill the registry with {len(images)} images"):
            publish(lab, images)


def _join_all(lab: Lab, client: Client, progress: Progress) -> None:
    """Controllers one after the other, since each changes etcd's membership; workers at once."""
    joining = [host for host in lab.hosts if host != lab.active_controller and not steps.is_member(lab, host)]
    if not joining:
        return
    for host in joining:
        cluster.forget_node(client, host)  # of a join that did not reach its end; kubeadm would refuse the name
    ticket = steps.ticket(lab, lab.active_controller, for_roles=frozenset(host.role for host in joining))
    with progress.step(f"join {', '.join(host.name for host in joining)}"):
        for host in joining:
            if host.role is Role.CONTROLLER:
                steps.join(lab, host, ticket)
        workers = [host for host in joining if host.role is Role.WORKER]
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(lambda host: steps.join(lab, host, ticket), workers))


def _settle(progress: Progress, what: str, unready: Callable[[], str | None]) -> None:
    """Wait until something is ready; says so only if it is not at the first look."""
    if unready() is None:
        return
    with progress.step(what):
        until(
            unready,
            what=what,
            deadline=READY_DEADLINE,
            remedy="lab status shows every host; lab logs HOST kubelet shows what a kubelet says",
            pause=timedelta(milliseconds=250),
        )
