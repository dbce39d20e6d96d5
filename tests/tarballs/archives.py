"""Files into a `.tgz` whose bytes depend on nothing but the files."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping

Files = Mapping[str, bytes]
"""Path within the archive → content."""


def tgz(files: Files, *, prefix: str = "") -> bytes:
    """Pack `files` in the order given, as an archive that any tar reads; every path gets `prefix` (`./`, say)."""
    unpacked = io.BytesIO()
    with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(prefix + path)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(unpacked.getvalue(), compresslevel=6, mtime=0)


def md5_list(files: Files) -> bytes:
    """What `find -type f | xargs md5sum > checksum.md5` writes, as the build of StarlingX does (reference §1.6)."""
    sums = ((hashlib.md5(content, usedforsecurity=False).hexdigest(), path) for path, content in files.items())
    return "".join(f"{digest}  ./{path}\n" for digest, path in sums).encode()


def sha256_list(files: Files) -> bytes:
    """Likewise, with `sha256sum`."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  ./{path}\n" for path, content in files.items()).encode()
