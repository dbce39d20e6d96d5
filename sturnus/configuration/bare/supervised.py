"""Services of a host, as runit wants them: a directory each, with a log that is turned over by svlogd."""

from __future__ import annotations

from collections.abc import Iterator

from sturnus.configuration.bare.host import HostFile

LOG_RUN = """#!/bin/sh
mkdir -p /var/log/{name}
exec svlogd /var/log/{name}
"""


def service(name: str, run: str) -> Iterator[HostFile]:
    """The files of one service. `run` is a shell script's body that ends in `exec`; its output becomes the log.

    A service that cannot start yet ends with a status other than 0 and is tried again after a second: what must be
    there first needs no order of its own.
    """
    yield HostFile(f"/etc/service/{name}/run", f"#!/bin/sh\nexec 2>&1\n{run}", 0o755)
    yield HostFile(f"/etc/service/{name}/log/run", LOG_RUN.format(name=name), 0o755)
