"""Names of images: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`, as Docker and Kubernetes read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DEFAULT_HOST: Final = "docker.io"
LONGEST: Final = 512
"""Characters of a name that are looked at; registries allow 255 for the path alone."""

_PART: Final = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_NAME: Final = re.compile(
    r"(?:(?P<host>(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?|[A-Za-z0-9-]+:\d{1,5})/)?"
    rf"(?P<path>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """One image, as somebody wrote it."""

    host: str | None  # with its port; None: Docker's own registry
    path: str
    tag: str | None  # None: latest, unless there is a digest
    digest: str | None  # "sha256:..."

    def __str__(self) -> str:
        """As it was written."""
        host = "" if self.host is None else f"{self.host}/"
        tag = "" if self.tag is None else f":{self.tag}"
        return f"{host}{self.path}{tag}" + ("" if self.digest is None else f"@{self.digest}")

    @property
    def registry(self) -> str:
        """Where it lies."""
        return self.host or DEFAULT_HOST

    @property
    def address(self) -> str:
        """The name in full, by digest if there is one: tag and digest together are too much for skopeo."""
        official = self.registry == DEFAULT_HOST and "/" not in self.path
        path = f"{self.registry}/{'library/' if official else ''}{self.path}"
        return f"{path}@{self.digest}" if self.digest else f"{path}:{self.tag or 'latest'}"


def parsed(text: str) -> ImageReference | None:
    """Read a name; None if it is none."""
    found = _NAME.fullmatch(text) if len(text) <= LONGEST else None
    return None if found is None else ImageReference(*(found[name] for name in ("host", "path", "tag", "digest")))


def in_registry(image: ImageReference, registry: str) -> ImageReference:
    """Name the copy of an image in a registry: its original name is the path there.

    Images that lie there already stay as they are, and so do those of a registry with a port: a path cannot hold it
    (reference/inventory.md §3.8).
    """
    if image.host is not None and (image.host == registry or ":" in image.host):
        return image
    path = image.path if image.host is None else f"{image.host.lower()}/{image.path}"
    return ImageReference(registry, path, image.tag, image.digest)
