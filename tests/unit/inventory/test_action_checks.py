import pytest

from sturnus.core.states import Availability, HostAction, SystemMode
from sturnus.inventory.action_checks import ActionFacts, checks_for
from sturnus.inventory.host_resources import HostResources
from sturnus.inventory.networking.model import InterfaceClass, NetworkType
from sturnus.inventory.processors.layout import memory_of
from sturnus.inventory.processors.model import Cpu, CpuFunction, MemoryChoice
from sturnus.inventory.violations import Reason, violations
from tests.builders import a_controller, a_host, action_facts, an_interface, connected, in_service

LOCKED, UNLOCKED = a_host("compute-0"), in_service("compute-1")
LOCKING = in_service("compute-1", ihost_action=HostAction.LOCK, task="Locking")
REBOOTING = a_host(ihost_action=HostAction.REBOOT, task="Rebooting")
ACTIVE = a_controller("controller-0")
STANDBY = a_controller("controller-1", id=2)
COMPUTE = {"openstack-compute-node": "enabled"}
TWO_SIZES = {"huge_pages": {"2M": 512, "1G": 4}, "volume_groups": {}}
DISK = {"volume_groups": {"nova-local": {"state": "provisioned", "physical_volumes": 1}}}
NO_DISK = {"volume_groups": {"nova-local": {"state": "removing", "physical_volumes": 1}}}
R = Reason

STANDBY_LOCKED = a_controller("controller-1", administrative=LOCKED.administrative, availability=LOCKED.availability)
N, C, F = NetworkType, InterfaceClass, CpuFunction
NEEDED = frozenset({N.MGMT, N.CLUSTER_HOST})


def reachable(*kinds: NetworkType, ifclass: InterfaceClass = C.PLATFORM) -> HostResources:
    """A host with one interface, connected to these networks; to all that are needed unless told."""
    interface = an_interface("eth0", ifclass=ifclass, networks=connected(*(kinds or NEEDED)))
    return HostResources(interfaces=(interface,), needed_networks=NEEDED)


def made_of(*functions: CpuFunction) -> HostResources:
    """A host with one processor for each of these."""
    return HostResources(
        cpus=tuple(Cpu(str(n), "", "", n, 0, 0, n, 0, "", function) for n, function in enumerate(functions))
    )


def memory(choice: MemoryChoice) -> HostResources:
    """A host with 16 GiB, divided like that."""
    return HostResources(memory=memory_of(a_host(hardware={"memory_mib": 16384}), {0: choice}))


CASES = [
    # action, facts → reasons
    ("lock", action_facts(UNLOCKED), []),
    ("lock", action_facts(LOCKED), [R.ALREADY_SO]),
    ("lock", action_facts(LOCKING), [R.ACTION_RUNS]),
    ("lock", action_facts(ACTIVE, STANDBY), [R.ACTIVE_CONTROLLER]),
    ("lock", action_facts(ACTIVE), []),  # there is no other that could take over first
    ("lock", action_facts(ACTIVE, system_mode=SystemMode.SIMPLEX), []),
    ("lock", action_facts(STANDBY), []),
    ("force-lock", action_facts(UNLOCKED), []),
    ("force-lock", action_facts(LOCKING), []),  # what it is there for
    ("force-lock", action_facts(ACTIVE, STANDBY), [R.ACTIVE_CONTROLLER]),
    ("force-lock", action_facts(REBOOTING), [R.ACTION_RUNS, R.ALREADY_SO]),
    ("unlock", action_facts(LOCKED), []),
    ("unlock", action_facts(UNLOCKED), [R.ALREADY_SO]),
    ("unlock", action_facts(REBOOTING), [R.ACTION_RUNS]),
    ("unlock", action_facts(a_host(availability=Availability.POWER_OFF)), [R.HOST_AWAY]),
    ("unlock", action_facts(a_host(availability=Availability.OFFLINE)), [R.HOST_AWAY]),
    ("unlock", action_facts(a_host(mgmt_mac=None, mgmt_ip=None)), [R.FIELD_MISSING]),
    ("unlock", action_facts(a_host(inv_state=None)), [R.HARDWARE_UNKNOWN]),
    (
        "unlock",
        action_facts(a_host(inv_state=None, mgmt_ip=None, availability=Availability.OFFLINE)),
        [R.HOST_AWAY, R.FIELD_MISSING, R.HARDWARE_UNKNOWN],
    ),
    # Workers with and without the compute label: spec, "different semantic checks".
    ("unlock", action_facts(a_host(hardware=TWO_SIZES)), [R.HARDWARE_UNFIT]),
    ("unlock", action_facts(a_host(hardware={"huge_pages": {"2M": 512, "1G": 0}})), []),
    ("unlock", action_facts(a_host(hardware=NO_DISK)), []),
    ("unlock", action_facts(a_host(hardware=DISK | TWO_SIZES | DISK), labels=COMPUTE), []),
    ("unlock", action_facts(a_host(hardware=NO_DISK), labels=COMPUTE), [R.HARDWARE_UNFIT]),
    ("unlock", action_facts(a_host(hardware=NO_DISK | {"filesystems": ["instances"]}), labels=COMPUTE), []),
    ("unlock", action_facts(a_host(hardware={}), labels=COMPUTE), []),  # not reported: nothing can be said
    ("unlock", action_facts(a_host(hardware=TWO_SIZES), labels={"openstack-compute-node": "no"}), [R.HARDWARE_UNFIT]),
    # What the host has: interfaces, processors, memory.
    ("unlock", action_facts(LOCKED, resources=reachable()), []),
    ("unlock", action_facts(LOCKED, resources=reachable(N.MGMT)), [R.NETWORK_MISSING]),
    ("unlock", action_facts(LOCKED, resources=reachable(ifclass=C.DATA)), [R.NETWORK_MISSING]),
    ("force-unlock", action_facts(LOCKED, resources=reachable(N.MGMT)), [R.NETWORK_MISSING]),
    ("unlock", action_facts(STANDBY_LOCKED, resources=reachable(N.MGMT)), [R.NETWORK_MISSING]),
    ("unlock", action_facts(LOCKED, resources=made_of(F.VSWITCH, F.PLATFORM)), [R.HARDWARE_UNFIT]),
    ("unlock", action_facts(LOCKED, resources=made_of(F.VSWITCH, F.PLATFORM), labels=COMPUTE), []),
    ("unlock", action_facts(LOCKED, resources=made_of(F.APPLICATION)), [R.HARDWARE_UNFIT]),
    ("unlock", action_facts(LOCKED, resources=memory(MemoryChoice(pages_2m=512, pages_1g=4))), [R.HARDWARE_UNFIT]),
    ("unlock", action_facts(LOCKED, resources=memory(MemoryChoice(pages_2m=512, pages_1g=4)), labels=COMPUTE), []),
    ("unlock", action_facts(LOCKED, resources=memory(MemoryChoice(pages_1g=40))), [R.HARDWARE_UNFIT]),
    ("force-unlock", action_facts(a_host(availability=Availability.OFFLINE, inv_state=None)), []),
    ("force-unlock", action_facts(a_host(availability=Availability.POWER_OFF)), [R.HOST_AWAY]),
    ("reboot", action_facts(LOCKED), []),
    ("reboot", action_facts(UNLOCKED), [R.HOST_NOT_LOCKED]),
    ("reboot", action_facts(LOCKED, system_mode=SystemMode.SIMPLEX), [R.NOT_SIMPLEX]),
    ("reset", action_facts(UNLOCKED), [R.HOST_NOT_LOCKED]),
    ("power-off", action_facts(UNLOCKED), [R.HOST_NOT_LOCKED]),
    ("power-on", action_facts(UNLOCKED), [R.HOST_NOT_LOCKED]),
    ("power-on", action_facts(LOCKED, system_mode=SystemMode.SIMPLEX), []),
    ("reinstall", action_facts(LOCKED), [R.NOT_SUPPORTED]),
    ("swact", action_facts(ACTIVE, STANDBY), [R.NOT_SUPPORTED]),
    ("force-swact", action_facts(ACTIVE), [R.NOT_SUPPORTED]),
]


@pytest.mark.parametrize(("action", "facts", "reasons"), CASES)
def test_actions(action: str, facts: ActionFacts, reasons: list[Reason]) -> None:
    found = violations(checks_for(HostAction(action), facts), facts)

    assert [violation.reason for violation in found] == reasons


@pytest.mark.parametrize(
    ("action", "facts", "message"),
    [
        ("lock", action_facts(LOCKED), "Host compute-0 is already locked."),
        ("lock", action_facts(LOCKING), "Host compute-1 is busy: Locking."),
        ("lock", action_facts(ACTIVE, STANDBY), "Host controller-0 is the active controller and cannot be locked."),
        ("unlock", action_facts(UNLOCKED), "Host compute-1 is already unlocked."),
        ("unlock", action_facts(a_host(availability=Availability.OFFLINE)), "Host compute-0 is offline."),
        ("unlock", action_facts(a_host(mgmt_mac=None, mgmt_ip=None)), "Host compute-0 has no mgmt_mac, mgmt_ip."),
        (
            "unlock",
            action_facts(a_host(hardware=TWO_SIZES)),
            "Host compute-0 has huge pages of 1G and 2M: without openstack-compute-node only one size may be used.",
        ),
        (
            "unlock",
            action_facts(a_host(hardware=NO_DISK), labels=COMPUTE),
            "Host compute-0 has no volume group nova-local with a physical volume for servers' disks.",
        ),
        ("reboot", action_facts(UNLOCKED), "Host compute-1 must be locked."),
        ("swact", action_facts(ACTIVE, STANDBY), "The platform's programs cannot move away from controller-0."),
    ],
)
def test_refusals_say_what_was_found(action: str, facts: ActionFacts, message: str) -> None:
    found = violations(checks_for(HostAction(action), facts), facts)

    assert [violation.message for violation in found] == [message]


@pytest.mark.parametrize("action", HostAction)
def test_every_action_has_its_checks(action: HostAction) -> None:
    assert checks_for(action, action_facts(LOCKED))
