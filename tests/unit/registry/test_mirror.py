import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from sturnus.registry.failures import Failure, FailureKind
from sturnus.registry.mirror import Item, Mirror, Progress
from sturnus.registry.reference import ImageReference, in_registry, parsed
from sturnus.registry.skopeo import Found

DIGEST = "sha256:" + "a" * 64
REFUSED = Failure(FailureKind.UNREACHABLE, "connection refused")


@dataclass
class Tools:
    """A registry: what is there, and what goes wrong first."""

    there: set[str] = field(default_factory=set)
    failing: dict[str, list[Failure]] = field(default_factory=dict)  # by source, one per copy
    away: list[Failure] = field(default_factory=list)  # of looks
    copies: list[str] = field(default_factory=list)
    looks: int = 0
    running: int = 0
    most: int = 0

    async def look(self, image: ImageReference) -> Found | Failure:
        self.looks += 1
        if self.away:
            return self.away.pop(0)
        return Found(DIGEST) if str(image) in self.there else Failure(FailureKind.NOT_FOUND, "manifest unknown")

    async def copy(self, source: ImageReference, local: ImageReference, told: Callable[[str], None]) -> Failure | None:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        self.copies.append(str(source))
        if self.failing.get(str(source)):
            return self.failing[str(source)].pop(0)
        told("Getting image source signatures")
        told("Copying blob sha256:aa")
        told("Copying blob sha256:bb skipped: already exists")
        self.there.add(str(local))
        return None


def item(name: str) -> Item:
    image = parsed(name)
    assert image is not None
    return Item(image, in_registry(image, "local:1"))


def run(tools: Tools, *names: str, at_once: int = 5) -> tuple[list[tuple[str, str]], list[str], list[float]]:
    """What could not be had and why, the news in order, the pauses."""
    news: list[Progress] = []
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def whole() -> list[tuple[str, str]]:
        missing = await Mirror(tools, lambda: 1.0, sleep=sleep).run(
            [item(each) for each in names], news.append, at_once
        )
        return [(str(each.item.source), each.reason) for each in missing]

    missing = asyncio.run(whole())
    return missing, [f"{each.state} {each.layers} {each.reason or ''}".rstrip() for each in news], pauses


def test_what_is_missing_is_copied_and_what_is_there_is_not() -> None:
    tools = Tools(there={"local:1/quay.io/b:1"})

    missing, news, _ = run(tools, "quay.io/a:1", "quay.io/b:1", at_once=1)

    assert missing == []
    assert tools.copies == ["quay.io/a:1"]
    assert news == ["looking 0", "copying 0", "copying 1", "copying 2", "copied 2", "looking 0", "present 0"]


def test_what_may_pass_is_tried_again() -> None:
    tools = Tools(failing={"quay.io/a:1": [REFUSED, REFUSED]})

    missing, news, pauses = run(tools, "quay.io/a:1")

    assert missing == []
    assert news.count("waiting 0 connection refused") == 2
    assert pauses == [2, 4]


def test_one_image_that_fails_holds_up_no_other() -> None:
    denied = Failure(FailureKind.UNAUTHORIZED, "unauthorized: authentication required")
    tools = Tools(failing={"quay.io/a:1": [denied]})

    missing, _, pauses = run(tools, "quay.io/a:1", "quay.io/b:1", "quay.io/c:1")

    assert missing == [("quay.io/a:1", "unauthorized: authentication required")]
    assert {"local:1/quay.io/b:1", "local:1/quay.io/c:1"} <= tools.there
    assert pauses == []  # a login that was refused is not tried again


def test_a_local_registry_that_is_away_for_a_while_is_waited_for() -> None:
    tools = Tools(away=[REFUSED, REFUSED])

    assert run(tools, "quay.io/a:1")[0] == []


def test_it_gives_up_at_last_and_says_how_often_it_tried() -> None:
    tools = Tools(failing={"quay.io/a:1": [REFUSED] * 9})

    missing, news, pauses = run(tools, "quay.io/a:1")

    assert missing == [("quay.io/a:1", "connection refused (5 attempts)")]
    assert news[-1] == "failed 0 connection refused (5 attempts)"
    assert len(pauses) == 4


def test_copies_at_once_are_bounded() -> None:
    tools = Tools()

    run(tools, *(f"quay.io/a:{n}" for n in range(20)), at_once=3)

    assert tools.most == 3


def test_what_is_missing_is_listed_without_copying() -> None:
    tools = Tools(there={"local:1/quay.io/b:1"})

    async def whole() -> list[tuple[str, str]]:
        missing = await Mirror(tools, lambda: 0.5).missing([item("quay.io/a:1"), item("quay.io/b:1")])
        return [(str(each.item.local), each.reason) for each in missing]

    assert asyncio.run(whole()) == [("local:1/quay.io/a:1", "not in the local registry")]
    assert tools.copies == []


def test_an_image_that_a_digest_names_is_looked_for_once() -> None:
    wanted = item(f"quay.io/a@{DIGEST}")
    tools = Tools(there={str(wanted.local)})

    async def whole() -> None:
        mirror = Mirror(tools, lambda: 0.5)
        assert await mirror.missing([wanted]) == []
        assert await mirror.missing([wanted]) == []

    asyncio.run(whole())

    assert tools.looks == 1
