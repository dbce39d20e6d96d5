"""Tarballs of the shape and size of StarlingX' own OpenStack, of both generations, on a platform of today."""

from __future__ import annotations

import json

import pytest

from sturnus.core.application_states import ApplicationForm
from tests.integration.engine.platform import Platform
from tests.tarballs import openstack
from tests.tarballs.applications import ApplicationSpec, write_tarball


@pytest.mark.parametrize(
    ("spec", "form"),
    [(openstack.of_2019(), ApplicationForm.ARMADA), (openstack.today(), ApplicationForm.FLUXCD)],
    ids=["2019", "today"],
)
def test_openstack_of_starlingx_uploads_and_plans_and_the_labels_that_lack_are_named(
    shared: Platform, spec: ApplicationSpec, form: ApplicationForm
) -> None:
    shared.system("application-upload", spec.name, str(write_tarball(shared.directory, spec, form)))
    try:
        plan = json.loads(shared.system("application-plan", spec.name, "--format", "json", status=1).out)
    finally:
        shared.system("application-delete", spec.name)

    assert {each["change"] for each in plan["releases"]} == {"install"}
    assert len(plan["releases"]) >= 18
    assert "no host has openstack-control-plane=enabled" in [each["problem"] for each in plan["obstacles"]]
