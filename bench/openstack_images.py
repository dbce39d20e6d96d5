"""Measures the images of the OpenStack application: all from nothing, again with nothing changed; seconds and sizes.

Takes minutes, about 700 MB of downloads and a cache of its own, which it removes. On a machine that does other work the
wall time says little: seconds of CPU, the load, and what the goal would be on two idle cores stand beside it.

    sudo .venv/bin/python -m bench.openstack_images
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "openstack_images.json"
FROM_NOTHING, UNCHANGED = 480.0, 3.0  # issue 6
STEP = re.compile(r"^ *(?P<seconds>[\d.]+) s  build image (?P<name>[a-z-]+):", re.MULTILINE)


def build(cache: str) -> dict[str, object]:
    """One run of the command: wall and CPU seconds, and each image's own."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    argv = [sys.executable, "-m", "apps.openstack.images", "build"]
    done = subprocess.run(
        argv, env=os.environ | {"STURNUS_LAB_CACHE": cache}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall_s": round(time.monotonic() - started, 1),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "load": round(os.getloadavg()[0], 1),
        "images_s": {found["name"]: float(found["seconds"]) for found in STEP.finditer(done.stderr)},
        "said": done.stdout.strip(),
    }


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sturnus-bench-", dir="/var/cache") as cache:
        first, again = build(cache), build(cache)
        sizes = {file.name: round(file.stat().st_size / 1e6) for file in Path(cache, "openstack").glob("*.tar")}
    measured = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "goals_s": {"from nothing": FROM_NOTHING, "unchanged": UNCHANGED},
        "from nothing": first,
        "unchanged": again,
        "archives_mb": sizes,
    }
    print(json.dumps(measured, indent=1))
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
