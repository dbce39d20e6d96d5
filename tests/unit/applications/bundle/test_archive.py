"""Tarballs that nobody trusts: what is refused, in which words, and that nothing is left."""

from __future__ import annotations

import errno
import gzip
import os
import signal
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sturnus.applications.bundle import archive
from sturnus.applications.bundle.archive import Phase, remove_leftovers, settle, unpacked
from sturnus.applications.bundle.bundle import open_bundle
from sturnus.applications.bundle.limits import DEFAULT_LIMITS, Limits
from sturnus.core.application_states import ApplicationForm
from sturnus.core.errors import Invalid, NotFound, Unavailable
from tests.tarballs.applications import files_of, pack
from tests.tarballs.archives import tgz
from tests.tarballs.tiny import TINY
from tests.unit.applications.opening import left, member, opened, raw_tgz, refusal, written

GOOD = tgz({"a/b.txt": b"content"})
PLAIN = gzip.decompress(GOOD)


def _header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


HOSTILE = {
    "an absolute path": (raw_tgz(member("/etc/passwd", b"x")), "member '/etc/passwd' has an absolute path"),
    "a way up": (raw_tgz(member("charts/../../x", b"x")), "member 'charts/../../x' has `..` in its path"),
    "a way up at the end": (raw_tgz(member("charts/..", b"x")), "member 'charts/..' has `..` in its path"),
    "a symbolic link": (
        raw_tgz(member("charts", type=tarfile.SYMTYPE, linkname="/etc")),
        "member 'charts' is a symbolic link",
    ),
    "a hard link": (
        raw_tgz(member("x", type=tarfile.LNKTYPE, linkname="/etc/shadow")),
        "member 'x' is a hard link",
    ),
    "a character device": (raw_tgz(member("null", type=tarfile.CHRTYPE)), "member 'null' is a device"),
    "a block device": (raw_tgz(member("sda", type=tarfile.BLKTYPE)), "member 'sda' is a device"),
    "a FIFO": (raw_tgz(member("pipe", type=tarfile.FIFOTYPE)), "member 'pipe' is a FIFO"),
    "a sparse file": (raw_tgz(member("holes", type=tarfile.GNUTYPE_SPARSE)), "member 'holes' is sparse"),
    "a sparse file by its headers": (
        raw_tgz(member("holes", b"x", pax_headers={"GNU.sparse.size": "1000000000"}), form=tarfile.PAX_FORMAT),
        "member 'holes' is sparse",
    ),
    "a type of its own": (raw_tgz(member("odd", type=b"Z")), "member 'odd' is of an unknown type"),
    "a name twice": (raw_tgz(member("x", b"1"), member("./x", b"2")), "member './x' is there twice"),
    "a name twice but for case": (
        raw_tgz(member("Chart.yaml", b"1"), member("chart.YAML", b"2")),
        "member 'chart.YAML' is the same file as 'Chart.yaml' on some file systems",
    ),
    "a name twice but for Unicode": (
        raw_tgz(member("caf\u00e9", b"1"), member("cafe\u0301", b"2")),
        "member 'cafe\u0301' is the same file as 'caf\u00e9' on some file systems",
    ),
    "directories that differ in case": (
        raw_tgz(member("Charts/a", b"1"), member("charts/b", b"2")),
        "member 'charts/b' is the same file as 'Charts' on some file systems",
    ),
    "a file that others lie in": (raw_tgz(member("x", b"1"), member("x/y", b"2")), "member 'x/y' is there twice"),
    "a name that is not UTF-8": (
        raw_tgz(member("caf\udce9", b"1")),
        "member 'caf\\udce9' has a name that is not UTF-8",
    ),
    "a line break in a name": (raw_tgz(member("a\nb", b"1")), "member 'a\\nb' has control characters in its name"),
    "a backslash": (raw_tgz(member("a\\b", b"1")), "member 'a\\\\b' has a backslash in its name"),
    "a way that is too deep": (raw_tgz(member("d/" * 13 + "x", b"1")), f"member '{'d/' * 13}x' lies 14 levels deep"),
    "a header that is damaged": (
        gzip.compress(b"\xff" * 512 + PLAIN),
        "has a damaged header",
    ),
    "a damaged header behind good members": (
        gzip.compress(PLAIN[:1024] + b"\xff" * 512 + PLAIN[1536:]),
        "has a damaged header",
    ),
    "nothing at all": (b"", "ends in the middle"),
    "an empty gzip": (gzip.compress(b""), "ends in the middle"),
    "no gzip": (b"PK\x03\x04" + b"x" * 1000, "is not packed by gzip, or is damaged"),
    "a plain tar": (PLAIN, "is not packed by gzip, or is damaged"),
    "gzip, and no tar in it": (gzip.compress(b"hello" * 1000), "has a damaged header"),
    "a gzip that was cut off": (GOOD[:-20], "ends in the middle"),
    "a tar that was cut off in a file": (gzip.compress(PLAIN[:700]), "ends in the middle"),
    "a tar that was cut off between files": (gzip.compress(PLAIN[:1024]), "ends in the middle"),
    "a wrong checksum of gzip": (GOOD[:-8] + b"\0\0\0\0" + GOOD[-4:], "is not packed by gzip, or is damaged"),
    "garbage behind the gzip": (GOOD + b"garbage", "goes on after its end"),
    "garbage behind the tar": (gzip.compress(PLAIN + b"garbage"), "goes on after its end"),
    "another tar behind the tar": (gzip.compress(PLAIN + PLAIN), "goes on after its end"),
    "a file of a terabyte": (gzip.compress(_header("x", 2**40)), "member 'x' has 1099511627776 bytes"),
    "a file of less than nothing": (gzip.compress(_header("x", -5)), "member 'x' has -5 bytes"),
}


@pytest.mark.parametrize(("content", "found"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_tarball_is_refused_in_words_and_leaves_nothing(tmp_path: Path, content: bytes, found: str) -> None:
    error = refusal(tmp_path, content)

    assert error.message == f"app.tgz {found}"
    assert error.details == (error.message,)
    assert error.remedy == "build app.tgz anew: tar czf"


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_an_extended_header_of_a_gigabyte_is_refused_before_it_is_read(tmp_path: Path, kind: bytes) -> None:
    error = refusal(tmp_path, gzip.compress(_header("x", 2**30, kind) + b"\0" * 512))

    assert error.message == "app.tgz has an extended header of 1073741824 bytes"
    assert error.expected == "at most 16384 bytes there"


def test_a_damaged_extended_header_is_refused(tmp_path: Path) -> None:
    content = gzip.compress(_header("x", 10, tarfile.XHDTYPE) + b"99 path=x\n".ljust(512, b"\0") + PLAIN)

    assert refusal(tmp_path, content).message == "app.tgz has a damaged extended header"


SMALL = replace(DEFAULT_LIMITS, ratio_from=1000, members=3, file=5_000, unpacked=20_000, packed=5_000, path=20)
RANDOM = os.urandom(30_000)
TOO_MUCH = {
    "members": (
        tgz({f"f{number}": RANDOM[:500] for number in range(4)}),
        "app.tgz has more than 3 members",
        "fewer members",
    ),
    "one file": (
        tgz({"f": b"x" * 5_001}),
        "app.tgz member 'f' has 5001 bytes",
        "at most 5000 bytes in a file",
    ),
    "the tarball": (tgz({"f": RANDOM[:6_000]}), None, "at most 5000 bytes"),
    "a path": (
        tgz({"a-name-of-21-letters.": b""}),
        "app.tgz member 'a-name-of-21-letters' has a path of 21 characters",
        "at most 20 characters",
    ),
    "what comes out of a bomb": (
        tgz({f"f{number}": b"\0" * 4_999 for number in range(3)}),
        "app.tgz unpacks to more than 10 times its size",
        "an archive that is no bomb",
    ),
}


@pytest.mark.parametrize(("content", "message", "expected"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_much_is_refused(tmp_path: Path, content: bytes, message: str | None, expected: str) -> None:
    error = refusal(tmp_path, content, limits=replace(SMALL, ratio=10))

    assert error.message == (message or f"app.tgz has {len(content)} bytes")
    assert error.expected == expected


def test_what_is_unpacked_is_bounded_in_all(tmp_path: Path) -> None:
    limits = replace(DEFAULT_LIMITS, unpacked=20_000)
    error = refusal(tmp_path, tgz({"f": b"x" * 19_000, "g": b"x" * 5_000}), limits=limits)

    assert error.message == "app.tgz unpacks to more than 20000 bytes"


def test_only_a_tarball_by_its_name_is_opened(tmp_path: Path) -> None:
    with (
        pytest.raises(Invalid, match=r"^app\.zip is no application tarball by its name$"),
        unpacked(tmp_path / "app.zip", tmp_path / "bundles", DEFAULT_LIMITS, archive.ignored),
    ):
        pass


def test_a_tarball_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(NotFound, match=r"app\.tgz does not exist$"),
        unpacked(tmp_path / "app.tgz", tmp_path / "bundles", DEFAULT_LIMITS, archive.ignored),
    ):
        pass


def test_a_pipe_in_the_place_of_a_tarball_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "app.tgz")
    with (
        pytest.raises(Invalid, match=r"app\.tgz is no file$"),
        unpacked(tmp_path / "app.tgz", tmp_path / "bundles", DEFAULT_LIMITS, archive.ignored),
    ):
        pass


@pytest.mark.parametrize("name", ["app.tgz", "app.tar.gz"])
@pytest.mark.parametrize("prefix", ["", "./"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_any_tar_makes_is_opened(tmp_path: Path, name: str, prefix: str, form: int) -> None:
    long = f"charts/{'long' * 20}/{'name' * 20}"  # more than a plain header holds
    content = raw_tgz(
        member(prefix or "./", type=tarfile.DIRTYPE),
        member(f"{prefix}charts", type=tarfile.DIRTYPE, mode=0o777),
        member(f"{prefix}{long}", b"1", mode=0o777, uid=1000),
        member(f"{prefix}metadata.yaml", b"2"),
        form=form,
    )
    (tmp_path / name).write_bytes(content)

    with unpacked(tmp_path / name, tmp_path / "bundles", DEFAULT_LIMITS, archive.ignored) as fresh:
        place = settle(fresh, tmp_path / "bundles")

    assert (place / long).read_bytes() == b"1"
    assert (place / "metadata.yaml").read_bytes() == b"2"
    assert left(tmp_path) == [place.name] + [
        f"{place.name}/{path}" for path in ("charts", f"charts/{'long' * 20}", long, "metadata.yaml")
    ]


def test_files_belong_to_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "app.tgz").write_bytes(raw_tgz(member("a/b/c", b"1", mode=0o6777)))

    with unpacked(tmp_path / "app.tgz", tmp_path / "bundles", DEFAULT_LIMITS, archive.ignored) as fresh:
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in fresh.directory.rglob("*")}

    assert modes == {"a": 0o700, "b": 0o700, "c": 0o600}


def test_the_same_tarball_has_the_same_place_and_may_be_opened_again(tmp_path: Path) -> None:
    files = files_of(TINY, ApplicationForm.FLUXCD)

    assert opened(tmp_path, files) == opened(tmp_path, files)


class Stop(Exception):
    pass


def test_progress_is_told_by_phase_and_may_stop_the_opening_at_any_moment(tmp_path: Path) -> None:
    content = pack(files_of(TINY, ApplicationForm.FLUXCD))
    told: list[tuple[Phase, int, int]] = []

    def tell(phase: Phase, done: int, total: int) -> None:
        told.append((phase, done, total))

    open_bundle(written(tmp_path, content), tmp_path / "first", progress=tell)
    assert list(dict.fromkeys(phase for phase, _, _ in told)) == [Phase.UNPACKING, Phase.CHECKSUMS, Phase.READING]
    assert all(0 <= done <= total for _, done, total in told)

    for moment in range(len(told)):
        calls = iter(range(moment))

        def stop(*_step: object, calls: Iterator[int] = calls) -> None:
            if next(calls, None) is None:
                raise Stop

        with pytest.raises(Stop):
            open_bundle(written(tmp_path, content), tmp_path / "bundles", progress=stop)
        assert left(tmp_path) == []


def test_what_a_killed_opening_left_does_not_count_and_is_removed_at_the_next_start(tmp_path: Path) -> None:
    bundle = opened(tmp_path, files_of(TINY, ApplicationForm.FLUXCD))
    leftover = tmp_path / "bundles" / ".opening-0123456789abcdef"
    (leftover / "charts").mkdir(parents=True)

    remove_leftovers(tmp_path / "bundles")

    assert [path.name for path in (tmp_path / "bundles").iterdir()] == [bundle.sha256]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as caught:
        opened(tmp_path, files_of(TINY, ApplicationForm.FLUXCD))

    assert caught.value.message == "app.tgz: No space left on device"
    assert caught.value.expected == "room for the unpacked application"
    assert left(tmp_path) == []


def test_the_limits_of_a_chart_are_those_of_helm() -> None:
    chart = Limits().of_a_chart()

    assert (chart.unpacked, chart.file) == (100 * 2**20, 5 * 2**20)


KILLED = """
import os, signal, sys
from pathlib import Path
from sturnus.applications.bundle.bundle import open_bundle

left = int(sys.argv[3])

def tell(*_step):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

open_bundle(Path(sys.argv[1]), Path(sys.argv[2]), progress=tell)
"""


@pytest.mark.parametrize("moment", [1, 8, 26])
def test_an_opening_that_is_killed_leaves_nothing_that_counts_and_the_next_one_finishes(
    tmp_path: Path, moment: int
) -> None:
    files = files_of(TINY, ApplicationForm.FLUXCD)
    tarball = written(tmp_path, pack(files))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, tarball, tmp_path / "bundles", str(moment)], check=False, timeout=120
    )

    assert killed.returncode == -signal.SIGKILL
    assert all(path.name.startswith(".opening-") for path in (tmp_path / "bundles").iterdir())
    remove_leftovers(tmp_path / "bundles")
    assert left(tmp_path) == []
    assert opened(tmp_path, files).name == "tiny"
