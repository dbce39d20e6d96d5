"""A worker is let into the cluster: by the site's part and an admission of its own."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import yaml

from sturnus.configuration.bare.joining import configuration
from sturnus.configuration.facts import Admission, SiteFacts
from sturnus.configuration.gathering import host_facts
from sturnus.core.errors import Invalid
from sturnus.core.states import Administrative, HostAction, Personality
from sturnus.store.configuration import HostWithRole

ADMISSION = Admission("uuid-of-compute-0", "compute-0", "api.local:6443", "sha256:00", "abcdef.0123456789abcdef")
BASIS = """
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration: {name: as-installed, ignorePreflightErrors: [SystemVerification]}
"""


def test_the_sites_part_stays_and_name_and_admission_are_the_platforms() -> None:
    made = yaml.safe_load(configuration(BASIS, asdict(ADMISSION)))

    assert made["nodeRegistration"] == {
        "name": "compute-0",
        "ignorePreflightErrors": ["SystemVerification"],
        "kubeletExtraArgs": [{"name": "node-labels", "value": "sturnus.io/host=uuid-of-compute-0"}],
    }
    assert made["discovery"]["bootstrapToken"] == {
        "apiServerEndpoint": "api.local:6443",
        "token": "abcdef.0123456789abcdef",
        "caCertHashes": ["sha256:00"],
    }


def test_a_site_that_says_nothing_of_joining_is_told_what_to_write() -> None:
    with pytest.raises(Invalid, match="no JoinConfiguration"):
        configuration("kind: ClusterConfiguration\n", asdict(ADMISSION))


@pytest.mark.parametrize(
    ("personality", "administrative", "action", "admits_nodes", "joins"),
    [
        (Personality.WORKER, Administrative.UNLOCKED, None, True, True),
        (Personality.WORKER, Administrative.UNLOCKED, HostAction.LOCK, True, True),
        (Personality.WORKER, Administrative.LOCKED, None, True, False),
        (Personality.WORKER, Administrative.LOCKED, HostAction.UNLOCK, True, True),
        (Personality.WORKER, Administrative.LOCKED, HostAction.FORCE_UNLOCK, True, True),
        (Personality.WORKER, Administrative.UNLOCKED, None, False, False),
        (Personality.CONTROLLER, Administrative.UNLOCKED, None, True, False),
    ],
    ids=["unlocked", "locking", "locked", "unlocking", "by force", "others make nodes", "a controller"],
)
def test_a_worker_joins_with_its_first_unlock(
    personality: Personality,
    administrative: Administrative,
    action: HostAction | None,
    *,
    admits_nodes: bool,
    joins: bool,
) -> None:
    row = HostWithRole(1, "uuid", "compute-0", personality, None, None, administrative, action, None)
    site = SiteFacts("controller-0", "0.1.0", None, None, admits_nodes)

    assert host_facts(row, site).joins is joins
