"""Where images come from is what the service parameters say when an image is looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sturnus.api.application_parts import registries_of
from sturnus.inventory.parameters.service import ServiceParameter
from sturnus.registry.reference import parsed

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MIRROR = ServiceParameter(
    1, "u1", "docker", "docker-registry", "url", "mirror.example.com/hub", None, None, NOW, None, 1
)
PROXY = replace(MIRROR, section="proxy", name="http_proxy", value="http://proxy:3128")


class Stored:
    """The inventory's parameters."""

    def __init__(self) -> None:
        self.there: list[ServiceParameter] = []

    async def parameters(self, filters: Mapping[str, str]) -> list[ServiceParameter]:
        assert filters == {"service": "docker"}
        return self.there


async def test_a_mirror_and_a_proxy_that_were_set_count_from_the_next_image_on() -> None:
    """Used to be stored, and read by nobody."""
    stored, image = Stored(), parsed("nginx:1")
    assert image is not None
    before = await registries_of("registry.local:9001", None, stored)
    stored.there = [MIRROR, PROXY]

    after = await registries_of("registry.local:9001", None, stored)

    assert (before.source(image), before.environment()) == ("docker.io/library/nginx:1", {})
    assert after.source(image) == "mirror.example.com/hub/library/nginx:1"
    assert after.environment()["http_proxy"] == "http://proxy:3128"


async def test_what_is_for_workers_only_is_not_for_who_copies_images() -> None:
    stored = Stored()
    stored.there = [replace(PROXY, personality="controller"), replace(PROXY, personality="worker", value="http://w:1")]

    assert (await registries_of("l:1", None, stored)).environment()["http_proxy"] == "http://proxy:3128"
