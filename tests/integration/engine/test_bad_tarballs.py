"""Tarballs that are broken, or hostile: refused with a reason, nothing of them stays, and the next one is taken."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sturnus.core.application_states import ApplicationForm
from tests.integration.engine.platform import Platform
from tests.integration.engine.small import one_pod, only
from tests.tarballs.applications import ApplicationSpec, ReleaseSpec, files_of, pack
from tests.tarballs.charts import chart_tgz

GOOD = only("tarball", one_pod("api"))


def unchanged() -> bytes:
    return pack(files_of(GOOD, ApplicationForm.FLUXCD))


def climbing() -> bytes:
    return _with_member("../../climbed", b"out of its directory")


def bomb() -> bytes:
    return _with_member("zeros", bytes(40 * 2**20))


def truncated() -> bytes:
    return unchanged()[:-100]


def wrong_checksum() -> bytes:
    files = files_of(GOOD, ApplicationForm.FLUXCD)
    listed = _unpacked(pack(files))["./checksum.md5"]
    return pack(
        files | {"metadata.yaml": files["metadata.yaml"] + b"# changed\n", "checksum.md5": listed}, checksums=False
    )


def two_of_one_name() -> bytes:
    other = chart_tgz(replace(GOOD.releases[0].chart, version="0.2.0"))
    return pack(files_of(GOOD, ApplicationForm.FLUXCD) | {"charts/api-other.tgz": other, "charts/api-copy.tgz": other})


def circle() -> bytes:
    names = ("one", "two", "three")
    after = dict(zip(names, ("three", "one", "two"), strict=True))
    releases = tuple(ReleaseSpec(one_pod(name), after=(after[name],)) for name in names)
    return pack(files_of(ApplicationSpec("tarball", releases), ApplicationForm.FLUXCD))


REFUSED: dict[Callable[[], bytes], tuple[str, ...]] = {
    climbing: ("tarball.tgz", "../../climbed"),
    bomb: ("tarball.tgz", "unpacks to more than 100 times its size"),
    truncated: ("tarball.tgz ends in the middle",),
    wrong_checksum: ("metadata.yaml", "checksum.md5"),
    two_of_one_name: ("charts/api-other.tgz", "charts/api-copy.tgz", "api"),
    circle: ("osh-one, which waits for", "osh-three", "osh-two"),
}


@pytest.mark.parametrize("broken", REFUSED, ids=lambda broken: broken.__name__)
def test_a_broken_tarball_is_refused_with_its_reason_and_leaves_nothing(
    shared: Platform, tmp_path: Path, broken: Callable[[], bytes]
) -> None:
    file = tmp_path / "tarball.tgz"
    file.write_bytes(broken())
    before = kept(shared)

    refused = shared.system("application-upload", str(file), status=1)

    assert refused.err.startswith("Application-upload rejected: "), refused.err
    assert [word for word in REFUSED[broken] if word not in refused.err] == [], refused.err
    assert kept(shared) == before
    assert not list(tmp_path.parent.rglob("climbed"))
    assert "tarball" not in shared.system("application-list", "--format", "value", "--column", "name").out.split()


def test_the_tarball_is_taken_once_it_is_mended(shared: Platform, tmp_path: Path) -> None:
    file = tmp_path / "tarball.tgz"
    file.write_bytes(truncated())
    shared.system("application-upload", str(file), status=1)

    file.write_bytes(unchanged())
    shared.system("application-upload", str(file))

    assert shared.application("tarball")["status"] == "uploaded"
    shared.system("application-delete", "tarball")


def kept(platform: Platform) -> list[str]:
    """What lies in the platform's directory of bundles."""
    return sorted(str(path) for path in (platform.directory / "state" / "applications").glob("*"))


def _unpacked(tarball: bytes) -> dict[str, bytes]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        for member in archive:
            content = archive.extractfile(member)
            found[member.name] = b"" if content is None else content.read()
    return found


def _with_member(path: str, content: bytes) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, data in {**_unpacked(unchanged()), path: content}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), compresslevel=9)
