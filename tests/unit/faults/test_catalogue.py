from pathlib import Path

import pytest

from sturnus.core.severities import Severity
from sturnus.faults import catalogue_page
from sturnus.faults.alarm import Alarm, alarm, difference
from sturnus.faults.catalogue import CATALOGUE, AlarmId, Source
from sturnus.faults.vim_alarms import NUMBERS
from sturnus.store.alarms import AlarmRow
from sturnus.vim import ports

PAGE = Path(__file__).parents[3] / "docs/reference/alarms.md"


def test_the_page_is_that_of_the_catalogue() -> None:
    assert PAGE.read_text() == catalogue_page.render(), (
        "python -m sturnus.faults.catalogue_page >docs/reference/alarms.md"
    )


def test_every_number_has_one_kind() -> None:
    assert sorted(CATALOGUE) == sorted(AlarmId)


def test_every_alarm_of_the_vim_has_a_number_that_is_the_vims_own() -> None:
    assert sorted(NUMBERS) == sorted(ports.Alarm)
    assert len(set(NUMBERS.values())) == len(NUMBERS)
    assert {CATALOGUE[number].source for number in NUMBERS.values()} == {Source.VIM}


@pytest.mark.parametrize("number", [AlarmId.HOST_FAILED, AlarmId.NETWORK_SUSPECTED, AlarmId.NOT_FENCED])
def test_what_a_forced_lock_leaves_behind_is_said_where_it_is_a_remedy(number: AlarmId) -> None:
    assert "leaves behind servers that may still run" in CATALOGUE[number].repair


def test_a_host_that_nobody_can_switch_off_gets_a_board_controller_or_is_evacuated_by_hand() -> None:
    repair = CATALOGUE[AlarmId.NOT_FENCED].repair

    assert repair.index("system host-update NAME bm_type=redfish") < repair.index("openstack server evacuate")
    assert repair.index("openstack server evacuate") < repair.index("system host-lock --force NAME")


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ("host=compute-0", "host"),
        ("host=compute-0.process=kubelet", "host.process"),
        ("system.certificate.mode=ssl.host=controller-0", "system.certificate.mode.host"),
    ],
)
def test_the_type_of_an_entity_is_its_keys(entity: str, kind: str) -> None:
    assert alarm(AlarmId.HOST_LOCKED, entity, "r").entity_type == kind


def row(wanted: Alarm) -> AlarmRow:
    return AlarmRow(
        alarm_id=wanted.id.value, entity_instance_id=wanted.entity, severity=wanted.severity, reason_text=wanted.reason
    )


def test_only_what_differs_is_written() -> None:
    same, reason, gone, new = (alarm(AlarmId.HOST_LOCKED, f"host={name}", "r") for name in "abcd")
    worse = Alarm(reason.id, reason.entity, reason.reason, Severity.CRITICAL)
    active = [row(each) for each in (same, reason, gone)]

    found = difference(active, [new, same, worse, alarm(new.id, new.entity, "told twice")])

    assert (found.new, found.changed, found.ended) == ((new,), ((active[1], worse),), (active[2],))
