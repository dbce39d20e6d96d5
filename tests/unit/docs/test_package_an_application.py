"""The guide's files, as they stand on its page, make a tarball that the platform takes."""

import hashlib
import io
import re
import tarfile
from pathlib import Path

from sturnus.applications.bundle.bundle import open_bundle

PAGE = Path(__file__).parents[3] / "docs/how-to/package-an-application.md"
CHART = {"Chart.yaml": "apiVersion: v2\nname: store\nversion: 0.1.0\n", "values.yaml": "replicaCount: 1\n"}


def packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def test_the_guides_files_are_an_application(tmp_path: Path) -> None:
    shown = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    files = {f"./{name}": text.encode() for name, text in shown}
    files["./charts/store-0.1.0.tgz"] = packed({f"store/{name}": text.encode() for name, text in CHART.items()})
    sums = "".join(
        f"{hashlib.md5(content).hexdigest()}  {name}\n"  # noqa: S324 -- StarlingX's checksum, no secret
        for name, content in files.items()
    )
    (tmp_path / "store-1.0-1.tgz").write_bytes(packed({**files, "./checksum.md5": sums.encode()}))

    bundle = open_bundle(tmp_path / "store-1.0-1.tgz", tmp_path)

    assert (bundle.metadata.name, bundle.metadata.version) == ("store", "1.0-1")
    assert [dict(release.values) for release in bundle.manifest.releases] == [{"replicaCount": 2}]
