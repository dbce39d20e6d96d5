"""Two real registries, and the real skopeo between them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sturnus.registry.failures import FailureKind, RetryPolicy
from sturnus.registry.mirror import ImageState, Item, Mirror, Missing, Progress
from sturnus.registry.reference import in_registry, parsed
from sturnus.registry.settings import Login, RegistrySettings, Replacement
from sturnus.registry.skopeo import Found, Skopeo
from tests.integration.registry.registries import PASSWORDS, Registry, push

pytestmark = pytest.mark.anyio

IMPATIENT = RetryPolicy(2, timedelta(milliseconds=10), timedelta(milliseconds=10))


class Ground:
    """A mirror between the two registries, and the news that it told."""

    def __init__(self, source: Registry, local: Registry) -> None:
        self.local = local
        self.logins = {source.address: source.login, local.address: local.login}
        self.settings = RegistrySettings(
            local.address, {"quay.io": Replacement(source.address)}, certificates=source.trusted
        )
        self.news: list[Progress] = []

    @property
    def tools(self) -> Skopeo:
        async def logins() -> dict[str, Login]:
            return self.logins

        async def registries() -> RegistrySettings:
            return self.settings

        return Skopeo(registries, logins)

    @property
    def states(self) -> list[ImageState]:
        return [each.state for each in self.news]

    def item(self, name: str) -> Item:
        image = parsed(name)
        assert image is not None
        return Item(image, in_registry(image, self.local.address))

    async def run(self, *names: str, told: Callable[[Progress], None] | None = None) -> list[Missing]:
        self.news.clear()
        items = [self.item(name) for name in names]
        return await Mirror(self.tools, lambda: 0.0, IMPATIENT).run(items, told or self.news.append)


@pytest.fixture
def ground(source: Registry, local: Registry) -> Ground:
    return Ground(source, local)


async def test_images_are_mirrored_and_the_next_run_copies_nothing(
    ground: Ground, source: Registry, tmp_path: Path
) -> None:
    names = [f"quay.io/team/app-{n}:1" for n in range(6)]
    for name in names:
        push(source, tmp_path, name.removeprefix("quay.io/"))
    assert len(await Mirror(ground.tools, lambda: 0.0).missing(map(ground.item, names))) == 6

    assert await ground.run(*names) == []
    assert ground.states.count(ImageState.COPIED) == 6
    assert max(each.layers for each in ground.news) == 1

    assert await ground.run(*names) == []
    assert set(ground.states) == {ImageState.LOOKING, ImageState.PRESENT}
    assert await Mirror(ground.tools, lambda: 0.0).missing(map(ground.item, names)) == []


async def test_an_image_that_a_digest_names_keeps_it(ground: Ground, source: Registry, tmp_path: Path) -> None:
    digest = push(source, tmp_path, "team/app:1")

    assert await ground.run(f"quay.io/team/app:1@{digest}") == []
    assert await ground.tools.look(ground.item(f"quay.io/team/app@{digest}").local) == Found(digest)


async def test_a_wrong_password_is_explained_and_not_tried_again(
    ground: Ground, source: Registry, tmp_path: Path
) -> None:
    push(source, tmp_path, "team/app:1")
    ground.logins[source.address] = Login("source", "wrong")

    (missing,) = await ground.run("quay.io/team/app:1")

    assert "unauthorized: authentication required" in missing.reason
    assert missing.remedy.startswith("skopeo login --authfile")
    assert "wrong" not in missing.reason
    assert ImageState.WAITING not in ground.states


async def test_a_login_that_was_corrected_counts_at_once(ground: Ground, source: Registry, tmp_path: Path) -> None:
    push(source, tmp_path, "team/app:1")
    right = ground.logins.pop(source.address)
    assert await ground.run("quay.io/team/app:1") != []

    ground.logins[source.address] = right

    assert await ground.run("quay.io/team/app:1") == []


async def test_a_registry_that_is_away_is_explained_and_the_next_run_goes_on(
    ground: Ground, source: Registry, local: Registry, tmp_path: Path
) -> None:
    push(source, tmp_path, "team/app:1")
    local.stop()

    (missing,) = await ground.run("quay.io/team/app:1")
    assert missing.reason.endswith("connect: connection refused (2 attempts)")
    assert local.address in missing.reason

    local.start()
    assert await ground.run("quay.io/team/app:1") == []


async def test_an_image_that_nobody_has_is_named(ground: Ground) -> None:
    (missing,) = await ground.run("quay.io/team/nosuch:1")

    assert "manifest unknown" in missing.reason
    assert missing.remedy == "correct the image's name, or push it there"


async def test_a_certificate_that_nobody_trusts_is_explained(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    ground.settings = RegistrySettings(ground.local.address, certificates=tmp_path / "none")

    found = await ground.tools.look(ground.item("quay.io/team/app:1").local)

    assert not isinstance(found, Found)
    assert found.kind is FailureKind.UNTRUSTED
    assert "x509: certificate signed by unknown authority" in found.words


async def test_a_copy_that_is_too_slow_is_ended(ground: Ground, source: Registry, tmp_path: Path) -> None:
    push(source, tmp_path, "team/app:1")
    wanted = ground.item("quay.io/team/app:1")
    source.freeze()

    failure = await ground.tools.copy(wanted.source, wanted.local, lambda _: None, timedelta(seconds=1))

    assert failure is not None
    assert (failure.kind, failure.words) == (FailureKind.TOO_SLOW, "not done within 1 s")
    assert skopeos_of(os.getpid()) == []


async def test_who_is_cancelled_leaves_nothing_running(ground: Ground, source: Registry, tmp_path: Path) -> None:
    push(source, tmp_path, "team/app:1")
    source.freeze()
    task = asyncio.create_task(ground.run("quay.io/team/app:1"))
    await until(lambda: ImageState.COPYING in ground.states and skopeos_of(os.getpid()) != [])

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert skopeos_of(os.getpid()) == []


async def test_a_mirror_that_was_killed_goes_on_where_it_was(
    ground: Ground, source: Registry, local: Registry, tmp_path: Path
) -> None:
    names = ["quay.io/team/first:1", "quay.io/team/second:1"]
    for name in names:
        push(source, tmp_path, name.removeprefix("quay.io/"))
    asked = {
        "local": local.address,
        "parameters": {"quay-registry": {"url": source.address}},
        "certificates": str(source.trusted),
        "logins": {each.address: [each.login.user, each.login.password] for each in (source, local)},
        "images": names,
    }
    victim = started(json.dumps(asked))
    assert victim.stdout is not None
    for line in victim.stdout:
        if line.startswith("copied"):
            source.freeze()  # the second copy cannot end
            break
    await until(lambda: skopeos_of(victim.pid) != [])
    (orphan,) = skopeos_of(victim.pid)

    victim.kill()
    victim.wait(10)
    victim.stdout.close()
    await until(lambda: not Path(f"/proc/{orphan}").exists())
    source.thaw()

    assert await ground.run(*names) == []
    assert sorted((each.image.path, each.state) for each in ground.news if each.state in FINAL) == [
        ("quay.io/team/first", ImageState.PRESENT),
        ("quay.io/team/second", ImageState.COPIED),
    ]


FINAL = {ImageState.PRESENT, ImageState.COPIED, ImageState.FAILED}


async def test_no_password_is_in_arguments_environment_or_a_file(
    ground: Ground, source: Registry, tmp_path: Path
) -> None:
    push(source, tmp_path, "team/app:1", size=20_000_000)
    seen: list[bytes] = []

    def look(news: Progress) -> None:
        running = [Path(f"/proc/{pid}") for pid in skopeos_of(os.getpid())]
        seen.extend((each / "cmdline").read_bytes() + (each / "environ").read_bytes() for each in running)

    assert await ground.run("quay.io/team/app:1", told=look) == []

    assert seen
    assert not [each for each in seen if any(word.encode() in each for word in PASSWORDS.values())]
    assert b"/proc/self/fd/" in seen[0]


def started(asked: str) -> subprocess.Popen[str]:
    """A process that mirrors."""
    command = [sys.executable, "-m", "tests.integration.registry.mirroring"]
    victim = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert victim.stdin is not None
    victim.stdin.write(asked)
    victim.stdin.close()
    return victim


def skopeos_of(parent: int) -> list[int]:
    """Skopeo's processes that this process started, and that still run."""
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return [pid for pid in children if b"skopeo" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)
