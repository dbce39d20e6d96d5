"""How large anything in a tarball may be, so that a hostile one costs little before it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are bytes. A full application of StarlingX has 30 charts, 3 MB packed, 200 members (reference §7.4)."""

    packed: int = 512 * MIB
    unpacked: int = 1024 * MIB
    file: int = 256 * MIB  # one member
    members: int = 5_000
    path: int = 240  # characters of a member's path
    depth: int = 12  # directories in it
    ratio: int = 100  # unpacked bytes for one packed byte; text reaches 20
    ratio_from: int = 32 * MIB  # below that much, a high ratio harms nobody

    document: int = 8 * MIB  # one YAML file that is read
    nodes: int = 300_000  # keys, values and list items of one YAML file, aliases counted as often as they are used
    nesting: int = 64  # lists and mappings inside each other
    documents: int = 2_000  # YAML documents in one file

    charts: int = 500
    chart_unpacked: int = 100 * MIB  # as Helm's own limit
    chart_file: int = 5 * MIB  # likewise: larger ones no Helm would load
    chart_members: int = 5_000

    def of_a_chart(self) -> Limits:
        """The limits for reading one chart's archive inside the bundle."""
        return Limits(
            packed=min(self.file, self.chart_unpacked),
            unpacked=self.chart_unpacked,
            file=self.chart_file,
            members=self.chart_members,
            path=self.path,
            depth=self.depth,
            ratio=self.ratio,
            ratio_from=self.ratio_from,
        )


DEFAULT_LIMITS: Final = Limits()
