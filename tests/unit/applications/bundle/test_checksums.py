"""Lists of checksums in a tarball."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sturnus.applications.bundle.archive import Phase
from sturnus.applications.bundle.checksums import verify
from sturnus.applications.bundle.findings import Findings
from sturnus.applications.bundle.limits import DEFAULT_LIMITS
from sturnus.applications.bundle.tar_stream import CHUNK
from sturnus.core.application_states import ApplicationForm
from tests.tarballs.applications import files_of
from tests.tarballs.archives import md5_list, sha256_list, tgz
from tests.tarballs.tiny import TINY
from tests.unit.applications.opening import opened, refusal

FILES = files_of(TINY, ApplicationForm.FLUXCD)
SUM = hashlib.md5(FILES["metadata.yaml"], usedforsecurity=False).hexdigest()


def with_list(text: str | bytes, name: str = "checksum.md5") -> bytes:
    return tgz({**FILES, name: text.encode() if isinstance(text, str) else text})


GOOD = {
    "none": tgz(FILES),
    "MD5 of all": with_list(md5_list(FILES)),
    "SHA-256 of all": with_list(sha256_list(FILES), "checksum.sha256"),
    "of one file, the others are not covered": with_list(f"{SUM}  metadata.yaml\n"),
    "binary mode, upper case, comments and empty lines": with_list(f"# sums\n\n{SUM.upper()} *./metadata.yaml\n"),
    "in a directory, of files there": with_list(
        md5_list({"store-0.1.0.tgz": FILES["charts/store-0.1.0.tgz"]}), "charts/charts.md5"
    ),
    "empty": with_list(""),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_files_that_are_as_they_were_are_accepted(tmp_path: Path, content: bytes) -> None:
    assert opened(tmp_path, content).name == "tiny"


BAD = {
    "another sum": (f"{'0' * 32}  ./metadata.yaml\n", "checksum.md5:1:1: metadata.yaml has another md5 sum"),
    "a missing file": (f"\n{SUM}  charts/gone.tgz\n", "checksum.md5:2:1: charts/gone.tgz is not in the tarball"),
    "a directory": (f"{SUM}  charts\n", "checksum.md5:1:1: charts is not in the tarball"),
    "a way up": (f"{SUM}  ../../../etc/passwd\n", "checksum.md5:1:1: ../../../etc/passwd is not in the tarball"),
    "an absolute path": (f"{SUM}  /etc/passwd\n", "checksum.md5:1:1: /etc/passwd is not in the tarball"),
    "no list": ("hello\n", "checksum.md5:1:1: is no checksum line"),
    "SHA-1": (f"{'0' * 40}  metadata.yaml\n", "checksum.md5:1:1: is no checksum line"),
    "bytes": (b"\xff\xfe\x00", "checksum.md5:1:1: is no checksum line"),
}


@pytest.mark.parametrize(("text", "fault"), BAD.values(), ids=BAD)
def test_what_a_list_says_has_to_be_so(tmp_path: Path, text: str | bytes, fault: str) -> None:
    assert refusal(tmp_path, with_list(text)).details == (fault,)


def test_sha256_sums_are_checked_as_well_and_everything_is_said_at_once(tmp_path: Path) -> None:
    text = f"{'0' * 64}  metadata.yaml\n{'1' * 64}  gone\n"
    error = refusal(tmp_path, with_list(text, "checksum.sha256"))

    assert error.message == (
        "checksum.sha256:1:1: metadata.yaml has another sha256 sum; checksum.sha256:2:1: gone is not in the tarball"
    )
    assert error.expected == "files as they were when the list was made; every file that the list names"
    assert error.remedy == "fetch or build the tarball anew; build the tarball anew, with its checksums"


def test_damage_is_told_before_what_it_led_to(tmp_path: Path) -> None:
    files = FILES | {"metadata.yaml": b"app_name: [", "checksum.md5": md5_list(FILES)}

    assert refusal(tmp_path, tgz(files)).details == ("checksum.md5:1:1: metadata.yaml has another md5 sum",)


def test_a_file_that_is_named_often_is_read_once_for_each_kind_of_sum(tmp_path: Path) -> None:
    large = b"x" * 3 * CHUNK
    (tmp_path / "a").write_bytes(large)
    for suffix, sum_of in ((".md5", hashlib.md5), (".sha256", hashlib.sha256)):
        line = f"{sum_of(large).hexdigest()}  a\n{sum_of(large).hexdigest()}  ./a\n"
        (tmp_path / f"list{suffix}").write_text(line * 100)
    calls = 0

    def told(_phase: Phase, _done: int, _total: int) -> None:
        nonlocal calls
        calls += 1

    findings = Findings()
    verify(tmp_path, findings, DEFAULT_LIMITS, told)

    assert findings.faults == []
    assert calls == 2 * len(large) // CHUNK
