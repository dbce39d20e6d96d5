"""Draws docs/reference/policy.md from the table: `python -m sturnus.identity.policy_page >docs/reference/policy.md`."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import Final

from sturnus.core.identity import Role
from sturnus.identity.permissions import PLATFORM_PROJECTS, SERVICE_ROLE, TABLE, Permission
from sturnus.identity.policy import check_string

COLUMNS: Final = (Role.READER.value, Role.OPERATOR.value, Role.CONFIGURATOR.value, Role.ADMIN.value, SERVICE_ROLE)

INTRODUCTION: Final = f"""\
# Who may do what

Made from `sturnus/identity/permissions.py` by `python -m sturnus.identity.policy_page`; a test compares the two.

A role counts when it is held in the project {" or ".join(f"`{name}`" for name in PLATFORM_PROJECTS)} of the platform's
Keystone. `admin` implies `configurator`, which implies `operator`, which implies `reader`. `service` is for the
platform's own programs. The names in the first column are rules of oslo.policy; a policy file may replace them, e.g.

```yaml
"{TABLE[7].action}": "{check_string(TABLE[7])}"
```
"""


def render() -> str:
    """Render the page, one table per service."""
    services = groupby(TABLE, key=lambda row: row.action.value.partition(":")[0])
    return "\n".join([INTRODUCTION, *(_section(service, list(rows)) for service, rows in services)])


def _section(service: str, rows: list[Permission]) -> str:
    lines = [
        f"## {service}\n",
        f"| rule | what | {' | '.join(COLUMNS)} |",
        "|---|---|" + "---|" * len(COLUMNS),
        *(f"| `{row.action}` | {row.what} | {' | '.join(_marks(row))} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _marks(row: Permission) -> list[str]:
    return ["yes" if role in row.roles else "-" for role in COLUMNS]


if __name__ == "__main__":
    sys.stdout.write(render())
