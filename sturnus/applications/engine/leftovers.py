"""What Helm leaves behind when it removes a release: hooks, and volumes. Pure.

It is read from the release's record, which is gone once the release is. So it is written down with the operation before
anything is touched, and stays there until it was cleaned up: whichever process, and whichever removal, does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from sturnus.applications.plan.survey import Found
from sturnus.helm.operations import HookName

POLICY: Final = "helm.sh/resource-policy"


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Of one release."""

    hooks: tuple[HookName, ...]
    claims: tuple[str, ...]  # of StatefulSets: `TEMPLATE-SET-`, which a number follows
    kept: tuple[str, ...] = ()  # claims that the chart tells Helm to keep, by name

    def and_also(self, other: Leftovers) -> Leftovers:
        """Both."""
        hooks, claims = dict.fromkeys(self.hooks + other.hooks), dict.fromkeys(self.claims + other.claims)
        return Leftovers(tuple(hooks), tuple(claims), tuple(dict.fromkeys(self.kept + other.kept)))

    def among(self, claims: Iterable[str]) -> list[str]:
        """Those of the claims that were left. A set's end in a number: `data-db-replica-0` is another set's."""
        return [
            claim
            for claim in claims
            if claim in self.kept or any(claim.removeprefix(each).isdecimal() for each in self.claims)
        ]

    def to_stored(self) -> dict[str, Any]:
        """As the operation's row keeps it."""
        return {
            "hooks": [[hook.kind, hook.name] for hook in self.hooks],
            "claims": list(self.claims),
            "kept": list(self.kept),
        }

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """From the operation's row."""
        hooks = tuple(HookName(kind, name) for kind, name in stored["hooks"])
        return cls(hooks, tuple(stored["claims"]), tuple(stored.get("kept", ())))


def leftovers_of(found: Found) -> Leftovers:
    """What this release would leave."""
    hooks = () if found.record is None else tuple(HookName(hook.kind, hook.name) for hook in found.record.hooks)
    return Leftovers(hooks, _claims_made_for(found.manifest), _claims_kept(found.manifest, found.newest.namespace))


def _claims_made_for(manifest: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """How the claims begin that Kubernetes makes for StatefulSets: `TEMPLATE-SET-NUMBER`; it never deletes them."""
    return tuple(
        f"{template['metadata']['name']}-{each['metadata']['name']}-"
        for each in manifest
        if each.get("kind") == "StatefulSet"
        for template in (each.get("spec") or {}).get("volumeClaimTemplates") or ()
    )


def _claims_kept(manifest: Iterable[Mapping[str, Any]], namespace: str) -> tuple[str, ...]:
    """The release's claims that Helm leaves alone when it uninstalls (helm/v4 pkg/action/resource_policy.go)."""
    claims = [each["metadata"] for each in manifest if each.get("kind") == "PersistentVolumeClaim"]
    return tuple(
        claim["name"]
        for claim in claims
        if str((claim.get("annotations") or {}).get(POLICY, "")).strip().lower() == "keep"
        and claim.get("namespace", namespace) == namespace
    )
