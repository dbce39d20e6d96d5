# ruff: noqa: E501 -- a record as Helm writes it
"""Records as Helm packs them."""

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.core.errors import Invalid
from sturnus.helm.records import (
    HookPhase,
    RecordedHook,
    Revision,
    Status,
    hooks_of_event,
    latest,
    packed,
    parsed,
    unpacked,
)

REVISION = Revision("openstack", "keystone", 2, Status.DEPLOYED, {}, None)
DOCUMENT = {
    "name": "keystone",
    "info": {"status": "deployed", "description": "Upgrade complete", "rollback_revision": 1, "first_deployed": "2026-01-01T00:00:00Z"},
    "chart": {"metadata": {"name": "keystone", "version": "0.1.0"}, "values": {"pod": {"replicas": {"api": 1}}}},
    "config": {"pod": {"replicas": {"api": 2}}},
    "manifest": "---\nkind: Service\n",
    "hooks": [
        {"name": "keystone-db-sync", "kind": "Job", "events": ["post-install"], "weight": -4,
         "last_run": {"started_at": "2026-01-01T00:00:01Z", "phase": "Running"}},
        {"name": "keystone-db-init", "kind": "Job", "events": ["post-install"], "weight": -5, "last_run": {"phase": "Succeeded"}},
        {"name": "keystone-clean", "kind": "Job", "events": ["pre-delete"], "last_run": {"phase": ""}},
    ],
}  # fmt: skip


def secret(release: bytes) -> dict[str, Any]:
    return {"metadata": {"name": "s"}, "data": {"release": base64.b64encode(base64.b64encode(release)).decode()}}


def test_a_record_is_read_whole() -> None:
    record = parsed(REVISION, unpacked(secret(gzip.compress(json.dumps(DOCUMENT).encode()))))

    assert (record.chart, record.chart_version, record.description) == ("keystone", "0.1.0", "Upgrade complete")
    assert record.values == {"pod": {"replicas": {"api": 2}}}
    assert record.chart_values == {"pod": {"replicas": {"api": 1}}}
    assert record.rolled_back_to == 1
    assert record.hooks[0] == RecordedHook(
        "Job", "keystone-db-sync", ("post-install",), -4, HookPhase.RUNNING, "2026-01-01T00:00:01Z", None
    )


def test_hooks_are_in_the_order_in_which_helm_runs_them() -> None:
    record = parsed(REVISION, DOCUMENT)

    assert [hook.name for hook in hooks_of_event(record.hooks, "post-install")] == [
        "keystone-db-init",
        "keystone-db-sync",
    ]


def test_a_record_from_before_compression_is_read() -> None:
    assert unpacked(secret(json.dumps(DOCUMENT).encode())) == DOCUMENT


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_what_is_packed_is_unpacked(more: dict[str, Any]) -> None:
    document = {"info": {"status": "failed"}, "more": more}

    assert unpacked({"data": {"release": packed(document)}}) == document


@pytest.mark.parametrize(
    "broken",
    [
        {"metadata": {"name": "s"}},
        {"metadata": {"name": "s"}, "data": {}},
        {"metadata": {"name": "s"}, "data": {"release": "%%%"}},
        secret(b"not json"),
        secret(b"[]"),
        secret(b"{}"),
        secret(gzip.compress(b"{}")[:-9]),
        secret(gzip.compress(b" " * (129 * 1024 * 1024))),
    ],
    ids=["no data", "no release", "no base64", "no json", "no object", "no info", "cut off", "too large"],
)
def test_a_secret_that_is_no_record_says_so(broken: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="Secret s holds no record of Helm's"):
        unpacked(broken)


def test_the_newest_revision_counts_by_number_and_not_by_name() -> None:
    revisions = [Revision("openstack", "nova", number, Status.SUPERSEDED, {}, None) for number in (9, 10)]

    assert latest(revisions)["nova"].number == 10
