"""Whether a Job has done its work, which is seen two seconds before Kubernetes says that the Job is complete.

A container's exit stands in its pod's status at once. The kubelet calls the pod Succeeded a second later, when its
sandbox is gone, and the Job's controller counts such pods a second after that. A pod whose containers have all ended
with 0 becomes nothing but Succeeded: whoever waits for the work need not wait for the book-keeping.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sturnus.applications.readiness.objects import is_true, spec_of, status_of, uid_of
from sturnus.kubernetes.snapshot import Json, Snapshot, Watched


def has_worked(name: str, snapshot: Snapshot, before: Collection[str]) -> bool:
    """Whether the Job of this name has done its work. One whose uid is in `before` is another, of an earlier run."""
    job = snapshot.of(Watched.JOB).get(name)
    return job is not None and uid_of(job) not in before and work_is_done(job, snapshot.of(Watched.POD).values())


def work_is_done(job: Json, pods: Iterable[Json]) -> bool:
    """Whether as many of a Job's pods have ended well as have to. `pods` may hold those of others, too."""
    if is_true(job, "Complete"):
        return True
    completions = spec_of(job).get("completions")
    if completions is None or is_true(job, "Failed"):  # without a number only its controller knows
        return False
    return sum(_is_of(pod, job) and _has_ended_well(pod) for pod in pods) >= int(completions)


def _is_of(pod: Json, job: Json) -> bool:
    owners: Iterable[Json] = pod.get("metadata", {}).get("ownerReferences") or ()
    return any(owner.get("uid") == uid_of(job) for owner in owners)


def _has_ended_well(pod: Json) -> bool:
    states: list[dict[str, Any]] = [one.get("state") or {} for one in status_of(pod).get("containerStatuses") or ()]
    ended = [one["terminated"] for one in states if one.get("terminated")]
    return 0 < len(spec_of(pod).get("containers") or ()) == len(ended) and all(
        one.get("exitCode") == 0 for one in ended
    )
