from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.inventory.processors.checks import CPU_CHECKS, MEMORY_CHECKS, CpuFacts, MemoryFacts
from sturnus.inventory.processors.dividing import divided
from sturnus.inventory.processors.layout import cpus_of, memory_of, nodes_of
from sturnus.inventory.processors.model import Cpu, CpuFunction, CpuRequest, Memory, MemoryChoice, NumaNode
from sturnus.inventory.violations import Reason, violations
from tests.builders import a_controller, a_host, in_service

F, R = CpuFunction, Reason
# Two sockets of four cores with two threads each: cpu 0-3 and 8-11 on the first, 4-7 and 12-15 on the second.
CPUS = [
    {"cpu": cpu, "core": cpu % 4, "socket": cpu // 4 % 2, "node": cpu // 4 % 2} for cpu in range(16)
]  # fmt: skip
NODES = [
    {"node": 0, "memory_mib": 16384, "huge_pages": {"2M": 512}},
    {"node": 1, "memory_mib": 16384, "huge_pages": {}},
]
HARDWARE = {"cpu_model": "Made", "memory_mib": 32768, "huge_pages": {"2M": 512}, "cpus": CPUS, "nodes": NODES}
HOST = a_host(hardware=HARDWARE)
COMPUTE = {"openstack-compute-node": "enabled"}


def cpus(**chosen: CpuFunction) -> tuple[Cpu, ...]:
    return cpus_of(HOST, {int(cpu.removeprefix("cpu")): function.value for cpu, function in chosen.items()})


def of(function: CpuFunction, functions: Any) -> list[int]:
    return sorted(cpu for cpu, found in functions.items() if found is function)


def test_a_worker_keeps_its_first_core_with_its_threads() -> None:
    found = {each.cpu: each.function for each in cpus()}

    assert of(F.PLATFORM, found) == [0, 8]
    assert [each.thread for each in cpus() if each.cpu in (0, 8)] == [0, 1]


def test_other_hosts_are_the_platforms_alone() -> None:
    host = a_controller(hardware=HARDWARE)

    assert {each.function for each in cpus_of(host, {})} == {F.PLATFORM}
    assert [each.platform_mib for each in memory_of(host, {})] == [16384 - 1024, 16384]


@pytest.mark.parametrize(
    ("total", "kept"), [(19928, 4096), (20440, 4096), (24105, 4096), (31000, 7000), (8000, 2048), (0, 0)]
)
def test_what_a_worker_keeps_is_about_a_quarter_and_stays_while_a_virtual_machine_gets_memory(
    total: int, kept: int
) -> None:
    host = a_host(hardware={"nodes": [{"node": 0, "memory_mib": total}]})

    assert [each.platform_mib for each in memory_of(host, {})] == [kept]


def test_an_unnamed_host_gets_a_workers_division_once_it_is_one() -> None:
    unnamed = a_host(None, personality=None, subfunctions=None, hardware=HARDWARE)

    assert {each.function for each in cpus_of(unnamed, {})} == {F.PLATFORM}
    assert F.APPLICATION in {each.function for each in cpus()}


@pytest.mark.parametrize(
    ("requests", "function", "expected"),
    [
        ([CpuRequest(F.PLATFORM, {0: 2})], F.PLATFORM, [0, 1, 8, 9]),
        ([CpuRequest(F.PLATFORM, {0: 1, 1: 1})], F.PLATFORM, [0, 4, 8, 12]),
        ([CpuRequest(F.VSWITCH, {0: 1})], F.VSWITCH, [1, 9]),
        ([CpuRequest(F.VSWITCH, {0: 1}), CpuRequest(F.VSWITCH, {0: 0})], F.VSWITCH, []),
        ([CpuRequest(F.ISOLATED, cpus=frozenset({5, 6}))], F.ISOLATED, [5, 6, 13, 14]),
        ([CpuRequest(F.ISOLATED, {1: 2}), CpuRequest(F.ISOLATED, cpus=frozenset({7}))], F.ISOLATED, [7, 15]),
    ],
)
def test_cores_are_given_with_their_threads(
    requests: list[CpuRequest], function: CpuFunction, expected: list[int]
) -> None:
    division = divided(cpus(), requests)

    assert (of(function, division.functions), division.faults) == (expected, ())


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        (CpuRequest(F.VSWITCH, {0: 4}), "Processor node 0 has 3 cores for Vswitch, and 4 are asked for."),
        (CpuRequest(F.VSWITCH, {7: 1}), "There is no processor node 7."),
        (CpuRequest(F.ISOLATED, cpus=frozenset({99})), "There is no processor 99."),
        (CpuRequest(F.ISOLATED, cpus=frozenset({8})), "Processor 0, 8 is for Platform."),
    ],
)
def test_what_is_not_there_is_not_given(request_: CpuRequest, fault: str) -> None:
    assert divided(cpus(), [request_]).faults == (fault,)


REQUESTS = st.builds(
    CpuRequest, st.sampled_from(list(F)), st.dictionaries(st.integers(0, 2), st.integers(0, 5), max_size=2)
)


@given(st.lists(REQUESTS, max_size=4))
def test_every_processor_has_one_function_and_threads_stay_together(requests: list[CpuRequest]) -> None:
    division = divided(cpus(), requests)

    assert division.functions.keys() == {each["cpu"] for each in CPUS}
    assert all(division.functions[cpu] is division.functions[cpu + 8] for cpu in range(8))


@pytest.mark.parametrize(
    ("host", "labels", "requests", "reasons"),
    [
        (HOST, {}, [CpuRequest(F.PLATFORM, {0: 2})], []),
        (in_service(hardware=HARDWARE), {}, [CpuRequest(F.PLATFORM, {0: 2})], [R.HOST_NOT_LOCKED]),
        (HOST, {}, [CpuRequest(F.PLATFORM, {0: 0})], [R.HARDWARE_UNFIT]),
        (HOST, {}, [CpuRequest(F.PLATFORM, {0: 4, 1: 4})], [R.HARDWARE_UNFIT]),
        (HOST, {}, [CpuRequest(F.VSWITCH, {0: 1})], [R.HARDWARE_UNFIT]),
        (HOST, COMPUTE, [CpuRequest(F.VSWITCH, {0: 1})], []),
        (HOST, COMPUTE | {"openstack-compute-node": "no"}, [CpuRequest(F.VSWITCH, {0: 1})], [R.HARDWARE_UNFIT]),
        (HOST, {}, [CpuRequest(F.SHARED, {0: 1}), CpuRequest(F.ISOLATED, {1: 1})], [R.HARDWARE_UNFIT]),
        (HOST, COMPUTE, [CpuRequest(F.SHARED, {0: 1}), CpuRequest(F.ISOLATED, {1: 1})], []),
        (HOST, COMPUTE, [CpuRequest(F.SHARED, {0: 2})], [R.HARDWARE_UNFIT]),
        (HOST, {}, [CpuRequest(F.ISOLATED, {1: 4})], []),
    ],
)
def test_divisions_are_checked(host: Any, labels: Any, requests: list[CpuRequest], reasons: list[Reason]) -> None:
    found = violations(CPU_CHECKS, CpuFacts(host, labels, cpus(), divided(cpus(), requests)))

    assert [each.reason for each in found] == reasons


@pytest.mark.parametrize(
    ("choice", "reasons"),
    [
        (MemoryChoice(), []),
        (MemoryChoice(platform_mib=2000), []),
        (MemoryChoice(platform_mib=1000), [R.HARDWARE_UNFIT]),
        (MemoryChoice(platform_mib=16000), [R.HARDWARE_UNFIT]),  # huge pages take 1024 MiB
        (MemoryChoice(pages_1g=8), []),
        (MemoryChoice(pages_1g=16), [R.HARDWARE_UNFIT]),
        (MemoryChoice(platform_mib=2000, pages_1g=8, vswitch_pages=6, vswitch_page_mib=1024), [R.HARDWARE_UNFIT]),
        (MemoryChoice(platform_mib=2000, pages_2m=0, pages_1g=14), []),
    ],
)
def test_memory_is_kept_within_bounds(choice: MemoryChoice, reasons: list[Reason]) -> None:
    memory = memory_of(HOST, {0: choice})[0]

    assert [each.reason for each in violations(MEMORY_CHECKS, MemoryFacts(HOST, memory, is_first=True))] == reasons


def test_a_small_machine_is_unlockable_as_it_is() -> None:
    small = a_host(hardware={"memory_mib": 2048, "huge_pages": {"2M": 4}, "cpus": [], "nodes": []})

    (memory,) = memory_of(small, {})

    assert (memory.numa_node, memory.platform_mib) == (0, 512)
    assert violations(MEMORY_CHECKS, MemoryFacts(small, memory, is_first=True)) == ()
    assert [each.numa_node for each in nodes_of(small)] == [0]


def test_a_host_that_said_nothing_has_nothing() -> None:
    assert (cpus_of(a_host(), {}), memory_of(a_host(), {}), nodes_of(a_host())) == ((), (), ())


def test_ids_stay_and_are_different() -> None:
    def uuids() -> list[str]:
        parts: list[Cpu | Memory | NumaNode] = [*cpus(), *memory_of(HOST, {}), *nodes_of(HOST)]
        return [each.uuid for each in parts]

    ids = uuids()

    assert len(set(ids)) == 20
    assert ids == uuids()
