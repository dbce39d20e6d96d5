"""The table: from every state and any order of events a host comes to rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.vim.machine import AT_REST, TRANSITIONS, HostEvent, HostState, next_state

WORKS = set(HostState) - AT_REST


@pytest.mark.parametrize("state", sorted(WORKS))
def test_a_state_with_work_leads_on_when_its_work_is_done(state: HostState) -> None:
    assert next_state(state, HostEvent.TASK_COMPLETED) is not state


@given(st.sampled_from(HostState), st.lists(st.sampled_from(HostEvent)))
def test_whatever_happened_work_that_succeeds_ends_at_rest(state: HostState, events: list[HostEvent]) -> None:
    for event in events:
        state = next_state(state, event)
    for _ in range(3):
        if state not in AT_REST:
            state = next_state(state, HostEvent.TASK_COMPLETED)

    assert state in AT_REST


def test_a_pair_that_is_not_in_the_table_changes_nothing() -> None:
    assert next_state(HostState.ENABLED, HostEvent.TASK_FAILED) is HostState.ENABLED


def test_every_state_can_be_reached() -> None:
    assert set(TRANSITIONS.values()) == set(HostState)
