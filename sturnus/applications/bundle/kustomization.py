"""What `kubectl kustomize` would make of a directory, as far as applications need it: objects and generated files.

Resources in their order, the namespace of the outermost kustomization that names one, and generators of Secrets and
ConfigMaps. A key that would change the objects in another way is refused rather than passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from sturnus.applications.bundle.documents import Map, kind_of, read_documents, read_mapping
from sturnus.applications.bundle.fields import Fields
from sturnus.applications.bundle.findings import Findings, Place
from sturnus.applications.bundle.limits import Limits

FILES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_CHANGING: Final = (
    "components", "generators", "helmCharts", "helmChartInflationGenerator", "namePrefix", "nameSuffix", "patches",
    "patchesJson6902", "patchesStrategicMerge", "replacements", "replicas", "transformers", "vars",
)  # fmt: skip
_DECORATING: Final = (
    "apiVersion", "kind", "metadata", "buildMetadata", "commonAnnotations", "commonLabels", "labels", "configurations",
    "crds", "generatorOptions", "images", "openapi", "sortOptions", "validators",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """One object of the directory."""

    api_version: str
    kind: str
    name: str
    namespace: str | None  # None: neither the object nor a kustomization names one
    fields: Fields


@dataclass(frozen=True, slots=True)
class Generated:
    """A Secret or ConfigMap that a kustomization makes from files."""

    kind: str
    name: str
    namespace: str | None
    files: dict[str, Path]  # key → file
    place: Place


@dataclass(slots=True)
class Kustomized:
    """All that a kustomization and those below it make, in their order."""

    objects: list[KubernetesObject] = field(default_factory=list)
    generated: list[Generated] = field(default_factory=list)


def read(top: Path, findings: Findings, limits: Limits) -> Kustomized:
    """Read the kustomization in the directory `top` and all that it lists."""
    reader = _Reader(top, findings, limits)
    reader.kustomization(top, None, ())
    return reader.made


class _Reader:
    def __init__(self, top: Path, findings: Findings, limits: Limits) -> None:
        self._top, self._findings, self._limits = top, findings, limits
        self._seen: dict[Path, Place] = {}
        self.made = Kustomized()

    def kustomization(self, directory: Path, namespace: str | None, above: tuple[Path, ...]) -> None:
        """Read one directory. `namespace` is that of the kustomizations above, which wins."""
        file = next((directory / name for name in FILES if (directory / name).is_file()), None)
        if file is None:
            self._fault(Place(self._name(directory)), f"has no {FILES[0]}", f"a {FILES[0]} in every listed directory")
            return
        node = read_mapping(file.read_bytes(), self._name(file), self._findings, self._limits)
        if node is None:
            return
        fields = Fields(node, "", self._findings)
        own = fields.text("namespace")
        namespace = namespace or own
        for key in _CHANGING:
            if key in fields:
                fields.fault(key, "would change the objects", expected="resources, namespace and generators only")
        fields.ignored(*_CHANGING, *_DECORATING)
        for kind in ("Secret", "ConfigMap"):
            self.made.generated += self._generators(fields, kind, namespace, directory)
        for key in ("resources", "bases"):
            for resource, place in zip(fields.texts(key), fields.items(key).places, strict=False):
                self._resource(directory, resource, place, namespace, (*above, directory))
        fields.note_unknown()

    def _resource(
        self, directory: Path, resource: str, place: Place, namespace: str | None, above: tuple[Path, ...]
    ) -> None:
        target = self._found(directory, resource, place)
        if target is None:
            return
        if target in above:
            self._fault(place, f"lists {resource}, in which it lies itself", "kustomizations without a circle")
        elif target in self._seen:
            self._fault(place, f"lists {resource}, as {self._seen[target]} does", "every resource once")
        else:
            self._seen[target] = place
            if target.is_dir():
                self.kustomization(target, namespace, above)
            else:
                self._objects(target, namespace)

    def _objects(self, file: Path, namespace: str | None) -> None:
        for document in read_documents(file.read_bytes(), self._name(file), self._findings, self._limits):
            if not isinstance(document.root, Map):
                self._fault(document.place, f"is {kind_of(document.root)}", "a Kubernetes object")
                continue
            fields = Fields(document.root, "", self._findings)
            metadata = fields.mapping("metadata")
            if metadata is None:
                if "metadata" not in fields:
                    fields.missing("metadata", "a mapping with a name")
                continue
            kind, name = fields.required_text("kind"), metadata.required_text("name")
            version, own = fields.required_text("apiVersion"), metadata.text("namespace")
            if kind and name and version:
                self.made.objects.append(KubernetesObject(version, kind, name, namespace or own, fields))

    def _generators(self, fields: Fields, kind: str, namespace: str | None, directory: Path) -> Iterator[Generated]:
        for each in fields.mappings(f"{kind[0].lower()}{kind[1:]}Generator"):
            name = each.required_text("name")
            files = {}
            for entry, place in zip(each.texts("files"), each.items("files").places, strict=False):
                key, equals, path = entry.partition("=")
                file = self._found(directory, path if equals else entry, place)
                if file is not None and file.is_file():
                    files[key if equals else PurePosixPath(entry).name] = file
            for key in ("literals", "envs", "env"):
                if key in each:
                    each.fault(key, "is not read here", expected="values in files")
            each.ignored("type", "options", "behavior")
            own = each.text("namespace")
            each.note_unknown()
            yield Generated(kind, name, namespace or own, files, each.at("name"))

    def _found(self, directory: Path, path: str, place: Place) -> Path | None:
        """Find what a list names, inside the manifest's directory; anything else is a fault."""
        if "://" in path or path.startswith(("git@", "github.com/")):
            self._fault(place, f"lists {path}, which is not in the tarball", "files of the tarball only")
            return None
        target = _resolved(directory, path)
        if target is None or not target.is_relative_to(self._top):
            self._fault(place, f"lists {path}, outside of {self._top.name}", f"files in {self._top.name} only")
            return None
        if not target.exists():
            self._fault(place, f"lists {path}, and there is no such file", "files of the tarball only")
            return None
        return target

    def _name(self, path: Path) -> str:
        return path.relative_to(self._top.parent).as_posix()

    def _fault(self, place: Place, found: str, expected: str) -> None:
        self._findings.fault(place, found, expected=expected, remedy=f"correct {place.file}")


def _resolved(directory: Path, path: str) -> Path | None:
    """Walk a relative path by its words alone; None if it climbs above the root or is no path."""
    if not path or "\0" in path or len(path) > 4000 or PurePosixPath(path).is_absolute():
        return None
    parts = list(directory.parts)
    for part in PurePosixPath(path).parts:
        if part == "..":
            parts = parts[:-1]
        elif len(part.encode("utf-8", "surrogatepass")) > 255:
            return None
        else:
            parts.append(part)
    return Path(*parts) if parts else None
