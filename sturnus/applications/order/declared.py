"""The order of releases as their rendered objects declare it (reference/applications.md §4.4, §8.6).

Pods say what they wait for; each such thing is made by some release, and that is an edge. Three kinds of edge nobody
waits for, but an installation without them would fail: a custom resource needs its definition, an object its namespace,
and whatever an admission webhook looks at needs the webhook's service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.order.dependencies import Needed, PodDependency, dependencies_of, entry, items
from sturnus.applications.order.graph import Edges
from sturnus.applications.release import ReleaseName

Rendered = Mapping[ReleaseName, Sequence[Mapping[str, Any]]]
"""Release → the objects that its chart renders, hooks included."""

_TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
}
"""Where the pod is in what makes pods. A CronJob runs long after the installation, and nobody waits for it."""
_WEBHOOKS: Final = frozenset({"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"})


@dataclass(frozen=True, slots=True)
class Waits:
    """One object of a release waits for something."""

    release: ReleaseName
    by: str  # the object: "Deployment keystone-api"
    on: str  # what for: "Service openstack/mariadb"
    maker: ReleaseName | None  # the release that makes it; None: none does

    def __str__(self) -> str:
        """Say it as a sentence without its end."""
        maker = f"which {self.maker} makes" if self.maker else "which no release makes"
        return f"{self.by} of {self.release} waits for {self.on}, {maker}"


@dataclass(frozen=True, slots=True)
class Declared:
    """What the rendered objects say about the order."""

    edges: Edges
    waits: tuple[Waits, ...]  # between releases: why each edge is there
    unknown: tuple[Waits, ...]  # nobody makes it: the object waits for ever, unless it is in the cluster already


def declared_edges(rendered: Rendered) -> Declared:
    """Read the edges. A release that waits for itself has no edge: Helm and Kubernetes see to that. Never raises."""
    objects = tuple(_objects(rendered))
    made = _Made(objects)
    waits = [wait for each in objects for wait in (*_pod_waits(each, made), *_other_waits(each, made))]
    between = tuple(dict.fromkeys(each for each in waits if each.maker not in {None, each.release}))
    edges: dict[ReleaseName, set[ReleaseName]] = {release: set() for release in rendered}
    for each in between:
        if each.maker is not None:
            edges[each.release].add(each.maker)
    return Declared(
        edges={release: frozenset(others) for release, others in edges.items()},
        waits=between,
        unknown=tuple(dict.fromkeys(each for each in waits if each.maker is None)),
    )


@dataclass(frozen=True, slots=True)
class _Object:
    """One rendered object, with what is asked of it."""

    release: ReleaseName
    content: Mapping[str, Any]
    kind: str
    group: str  # of its API; "": the core
    name: str
    namespace: str  # the release's, if it does not say; also for what has none

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def pod(self) -> object:
        """The pod that it makes, a mapping with `metadata` and `spec`; None: it makes none."""
        path = _TEMPLATES.get(self.kind)
        return None if path is None else entry(self.content, *path) if path else self.content

    @property
    def is_test(self) -> bool:
        """Whether Helm runs it only for `helm test`."""
        hooks = entry(self.content, "metadata", "annotations", "helm.sh/hook")
        names = {name.strip() for name in hooks.split(",")} if isinstance(hooks, str) else set()
        return bool(names) and names <= {"test", "test-success", "test-failure"}


def _objects(rendered: Rendered) -> Iterator[_Object]:
    for release, contents in rendered.items():
        for content in contents:
            for each in items(entry(content, "items")) if entry(content, "kind") == "List" else [content]:
                kind, name = entry(each, "kind"), entry(each, "metadata", "name")
                version, namespace = entry(each, "apiVersion"), entry(each, "metadata", "namespace")
                if not isinstance(kind, str) or not isinstance(name, str):
                    continue
                group = version.rpartition("/")[0] if isinstance(version, str) else ""
                where = namespace if isinstance(namespace, str) and namespace else release.namespace
                yield _Object(release, each, kind, group, name, where)


class _Made:
    """Finds the release that makes a thing."""

    def __init__(self, objects: Iterable[_Object]) -> None:
        self._named: dict[tuple[str, str, str], ReleaseName] = {}
        self._pods: list[tuple[str, str, Mapping[str, Any], ReleaseName]] = []  # kind, namespace, labels, release
        self.definitions: dict[tuple[str, str], ReleaseName] = {}
        self.namespaces: dict[str, ReleaseName] = {}
        self.hooks: list[tuple[frozenset[tuple[str, str]], str, ReleaseName]] = []  # what they look at, name, release
        for each in objects:
            self._add(each)

    def _add(self, each: _Object) -> None:
        self._named.setdefault((each.kind, each.namespace, each.name), each.release)
        if each.pod is not None and not each.is_test:
            labels = entry(each.pod, "metadata", "labels")
            own = entry(each.content, "metadata", "labels")
            self._pods.append(("Pod", each.namespace, labels if isinstance(labels, Mapping) else {}, each.release))
            self._pods.append((each.kind, each.namespace, own if isinstance(own, Mapping) else {}, each.release))
        if each.kind == "CustomResourceDefinition":
            group, kind = entry(each.content, "spec", "group"), entry(each.content, "spec", "names", "kind")
            self.definitions.setdefault((str(group), str(kind)), each.release)
        elif each.kind == "Namespace":
            self.namespaces.setdefault(each.name, each.release)
        elif each.kind in _WEBHOOKS:
            self.hooks.append((frozenset(_looked_at(each.content)), str(each), each.release))

    def makers(self, wanted: PodDependency) -> tuple[ReleaseName, ...]:
        """Every release that makes it; by labels there may be several."""
        if wanted.name:
            found = self._named.get((wanted.kind, wanted.namespace, wanted.name))
            return () if found is None else (found,)
        makers = (
            release
            for kind, namespace, labels, release in self._pods
            if kind == wanted.kind
            and namespace == wanted.namespace
            and all(labels.get(key) == value for key, value in wanted.labels)
        )
        return tuple(dict.fromkeys(makers))


def _looked_at(configuration: object) -> Iterator[tuple[str, str]]:
    """Yield (API group, resource) for all that a webhook can refuse: one that is not ready then refuses everything."""
    for webhook in items(entry(configuration, "webhooks")):
        if entry(webhook, "failurePolicy") == "Ignore":
            continue
        for rule in items(entry(webhook, "rules")):
            for group in items(entry(rule, "apiGroups")):
                for resource in items(entry(rule, "resources")):
                    yield str(group), str(resource)


def _pod_waits(each: _Object, made: _Made) -> Iterator[Waits]:
    if each.pod is None or each.is_test:
        return
    for wanted in dependencies_of(entry(each.pod, "spec"), each.namespace):
        makers: tuple[ReleaseName | None, ...] = () if wanted.kind is Needed.UNREADABLE else made.makers(wanted)
        for maker in makers or (None,):
            yield Waits(each.release, str(each), str(wanted), maker)


def _other_waits(each: _Object, made: _Made) -> Iterator[Waits]:
    if (maker := made.definitions.get((each.group, each.kind))) is not None:
        yield Waits(each.release, str(each), f"CustomResourceDefinition of {each.kind}", maker)
    if each.kind != "Namespace" and (maker := made.namespaces.get(each.namespace)) is not None:
        yield Waits(each.release, str(each), f"Namespace {each.namespace}", maker)
    for looked_at, name, maker in made.hooks:
        if each.group and _is_seen(each, looked_at):
            yield Waits(each.release, str(each), name, maker)


def _is_seen(each: _Object, looked_at: frozenset[tuple[str, str]]) -> bool:
    """Plurals as Kubernetes forms nearly all of them: ingresses, networkpolicies, deployments.

    A webhook for everything, or for the core's own objects, watches over what runs and not over the order.
    """
    kind = each.kind.lower()
    plural = f"{kind}es" if kind.endswith("s") else f"{kind[:-1]}ies" if kind.endswith("cy") else f"{kind}s"
    return (each.group, plural) in looked_at
