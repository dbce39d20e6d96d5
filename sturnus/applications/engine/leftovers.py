"""What Helm leaves behind when it removes a release: hooks, and the volumes of StatefulSets. Pure.

It is read from the release's record, which is gone once the release is. So it is written down with the operation before
anything is touched, and stays there until it was cleaned up: whichever process, and whichever removal, does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from sturnus.applications.plan.survey import Found
from sturnus.helm.operations import HookName


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Of one release."""

    hooks: tuple[HookName, ...]
    claims: tuple[str, ...]  # `TEMPLATE-SET-`, which a number follows

    def and_also(self, other: Leftovers) -> Leftovers:
        """Both."""
        hooks, claims = dict.fromkeys(self.hooks + other.hooks), dict.fromkeys(self.claims + other.claims)
        return Leftovers(tuple(hooks), tuple(claims))

    def to_stored(self) -> dict[str, Any]:
        """As the operation's row keeps it."""
        return {"hooks": [[hook.kind, hook.name] for hook in self.hooks], "claims": list(self.claims)}

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """From the operation's row."""
        return cls(tuple(HookName(kind, name) for kind, name in stored["hooks"]), tuple(stored["claims"]))


def leftovers_of(found: Found) -> Leftovers:
    """What this release would leave."""
    hooks = () if found.record is None else tuple(HookName(hook.kind, hook.name) for hook in found.record.hooks)
    return Leftovers(hooks, claims_made_for(found.manifest))


def claims_made_for(manifest: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """How the claims begin that Kubernetes makes for StatefulSets: `TEMPLATE-SET-NUMBER`; it never deletes them."""
    return tuple(
        f"{template['metadata']['name']}-{each['metadata']['name']}-"
        for each in manifest
        if each.get("kind") == "StatefulSet"
        for template in (each.get("spec") or {}).get("volumeClaimTemplates") or ()
    )


def among(claims: Iterable[str], made: Iterable[str]) -> list[str]:
    """Those of the claims that begin like this. The rest has to be a number: `data-db-replica-0` is another set's."""
    beginnings = list(made)
    return [claim for claim in claims if any(claim.removeprefix(each).isdecimal() for each in beginnings)]
