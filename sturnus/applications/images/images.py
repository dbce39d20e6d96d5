"""Images of an application: found in values and in rendered objects, and named anew as they lie in the local registry.

Values tell early which images will be needed, and where to write other names; rendered objects tell exactly which are.
Forms in values (reference/applications.md §1.7, §7.3):

    images: {tags: {nova_api: quay.io/airshipit/nova:1}}             OpenStack-Helm
    image: {registry: r, repository: p, tag: t, digest: d}           Bitnami, Flux; registry and digest are optional
    image: {registry: r, image: p, tag: t}                           ingress-nginx
    image: quay.io/a/b:1                                             and lists of any of these
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.overrides.authorship import same
from sturnus.applications.overrides.values import Path, Values
from sturnus.core.errors import Invalid
from sturnus.registry.reference import ImageReference, in_registry, parsed

_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")
_NO_IMAGES: Final[frozenset[Path]] = frozenset({("conf",), ("bootstrap",)})
"""Configuration files, and what OpenStack itself is filled with: images of servers, not of containers."""
_PATHS: Final = ("repository", "image")
"""Names under which an image's map holds its path."""


@dataclass(frozen=True, slots=True)
class WantedImage:
    """An image that the application needs in the local registry."""

    source: ImageReference  # as chart and overrides name it
    local: ImageReference  # as it lies in the local registry, and as nodes pull it
    releases: tuple[str, ...]  # who needs it


def images_in_values(values: Mapping[str, Any]) -> frozenset[ImageReference]:
    """Return the images that values name. Those whose tag only the chart's templates know are left out."""
    return frozenset(found for found in _found(values) if found.tag or found.digest)


def images_in_manifests(objects: Iterable[Mapping[str, Any]]) -> frozenset[ImageReference]:
    """Return the images of all containers of rendered objects: what will be pulled.

    Raises:
        Invalid: a container's image is no image's name.

    """
    return frozenset(_reference(name, each) for each in objects for name in _container_images(each))


def with_local_images(values: Mapping[str, Any], registry: str) -> Values:
    """Return overrides that name every image of the values as it lies in the registry; lists whole, maps in parts.

    `values`: all layers merged, so that overrides win over the manifest, and the manifest over the chart. The result
    comes on top of all layers.
    """
    return _changed(values, _renamed(values, registry))


def wanted_images(images: Mapping[str, Iterable[ImageReference]], registry: str) -> tuple[WantedImage, ...]:
    """Return what has to lie in the registry, each once, by name. Images of other registries with a port stay there.

    `images`: per enabled release, as named before or after `with_local_images`: both are one image.
    """
    releases: dict[ImageReference, list[str]] = {}
    sources: dict[ImageReference, ImageReference] = {}
    for release, named in sorted(images.items()):
        for image in sorted(set(named), key=str):
            local = in_registry(image, registry)
            if local.host != registry:
                continue  # a registry with a port: nodes pull from there
            sources.setdefault(local, original(image, registry))
            if release not in releases.setdefault(local, []):
                releases[local].append(release)
    found = (WantedImage(sources[local], local, tuple(names)) for local, names in releases.items())
    return tuple(sorted(found, key=lambda each: str(each.local)))


def original(image: ImageReference, registry: str) -> ImageReference:
    """Undo `in_registry`: the name under which the world knows an image."""
    if image.host != registry:
        return image
    found = parsed(f"{image.path}{_tail(image)}")
    assert found is not None  # noqa: S101 -- a path is a name
    return found


def _tail(image: ImageReference) -> str:
    return str(ImageReference(None, "a", image.tag, image.digest)).removeprefix("a")


def _found(value: Any, path: Path = ()) -> Iterator[ImageReference]:
    if isinstance(value, list):
        for each in value:
            yield from _found(each, path)
    elif isinstance(value, Mapping):
        if (image := _of_map(value)) is not None:
            yield image
            return
        for name, each in value.items():
            if (*path, name) not in _NO_IMAGES:
                yield from _found(each, (*path, name))
    elif isinstance(value, str) and (image := _of_text(value, path)) is not None:
        yield image


def _of_text(text: str, path: Path) -> ImageReference | None:
    """Read an image that is spelled in one, at a place where images stand."""
    in_tags = ("images", "tags") in itertools.pairwise(path)
    if not in_tags and (not path or path[-1] != "image"):
        return None
    # `image: cirros` may be anything; a name with a tag or a path is an image's.
    return parsed(text) if in_tags or ":" in text or "/" in text else None


def _of_map(value: Mapping[str, Any]) -> ImageReference | None:
    """Read an image that is spelled in parts; None if this is no such map."""
    part = next((part for part in _PATHS if isinstance(value.get(part), str) and value[part]), None)
    if part is None or not ({"tag", "imageTag", "digest", "registry"} & value.keys()):
        return None
    registry, digest = value.get("registry") or "", value.get("digest") or ""
    tag = value.get("tag") or value.get("imageTag") or ""
    tail = (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return parsed((f"{registry}/" if registry else "") + value[part] + tail)


def _renamed(value: Any, registry: str, path: Path = ()) -> Any:
    if isinstance(value, list):
        return [_renamed(each, registry, path) for each in value]
    if isinstance(value, Mapping):
        if (image := _of_map(value)) is not None:
            return _renamed_map(value, image, registry)
        return {
            name: each if (*path, name) in _NO_IMAGES else _renamed(each, registry, (*path, name))
            for name, each in value.items()
        }
    if isinstance(value, str) and (image := _of_text(value, path)) is not None:
        return str(in_registry(image, registry))
    return value


def _renamed_map(value: Mapping[str, Any], image: ImageReference, registry: str) -> Values:
    local = in_registry(image, registry)
    if local == image:
        return dict(value)
    part = next(part for part in _PATHS if isinstance(value.get(part), str) and value[part])
    if "registry" in value:
        return {**value, "registry": registry, part: local.path}
    return {**value, part: f"{registry}/{local.path}"}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Values:
    result: Values = {}
    for name, value in after.items():
        if isinstance(value, Mapping) and isinstance(before[name], Mapping):
            if inner := _changed(before[name], value):
                result[name] = inner
        elif not same(before[name], value):
            result[name] = value
    return result


def _container_images(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _container_images(each)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if key in _CONTAINERS and isinstance(each, list):
                yield from (c["image"] for c in each if isinstance(c, Mapping) and isinstance(c.get("image"), str))
            else:
                yield from _container_images(each)


def _reference(name: str, manifest: Mapping[str, Any]) -> ImageReference:
    if (found := parsed(name)) is not None:
        return found
    metadata = manifest.get("metadata")
    called = metadata.get("name") if isinstance(metadata, Mapping) else None
    raise Invalid(
        f"{manifest.get('kind')} {called}: {name[:200]!r} is no image.",
        expected="[HOST[:PORT]/]PATH[:TAG][@DIGEST]",
        remedy="correct the image's name in the overrides",
    )
