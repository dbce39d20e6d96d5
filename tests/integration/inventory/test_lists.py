"""Lists take as many statements for a thousand hosts as for ten, and read nothing that is not shown."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert

from sturnus.core.clock import SystemClock, random_id
from sturnus.core.states import Administrative, Availability, Operational, Personality
from sturnus.core.vault import Vault
from sturnus.inventory.changing import Ground
from sturnus.inventory.service import Inventory
from sturnus.store.database import Database
from sturnus.store.models import HostRow, LabelRow
from tests.builders import nothing_seen

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LABELS = 8


async def add_hosts(database: Database, numbers: Sequence[int]) -> None:
    same: dict[str, Any] = {
        "personality": Personality.WORKER, "subfunctions": "worker", "administrative": Administrative.LOCKED,
        "operational": Operational.DISABLED, "availability": Availability.ONLINE, "uptime": 0, "location": {},
        "hardware": {"cpus": [1] * 100}, "created_at": NOW, "revision": 1,
    }  # fmt: skip
    rows = [same | {"id": number, "uuid": random_id(), "hostname": f"compute-{number}"} for number in numbers]
    labels = [
        {"uuid": random_id(), "host_id": number, "label_key": f"key-{key}", "label_value": "x", "created_at": NOW}
        for number in numbers
        for key in range(LABELS)
    ]
    async with database.write() as session:
        await session.execute(insert(HostRow), rows)
        await session.execute(insert(LabelRow), labels)


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*arguments: Any) -> None:
        said.append(arguments[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_a_list_of_a_thousand_hosts_takes_as_many_statements_as_one_of_ten(database: Database) -> None:
    inventory = Inventory(
        Ground(database, SystemClock(), random_id, "controller-0", Vault(Path("/nonexistent/key"))), nothing_seen()
    )
    await add_hosts(database, range(1, 11))
    with statements_of(database) as for_ten:
        assert (len(await inventory.hosts()), len(await inventory.labels())) == (10, 10 * LABELS)

    await add_hosts(database, range(11, 1001))
    with statements_of(database) as for_a_thousand:
        assert (len(await inventory.hosts()), len(await inventory.labels())) == (1000, 1000 * LABELS)

    assert for_a_thousand == for_ten


async def test_a_list_leaves_the_hardware_of_hosts_where_it_is(database: Database) -> None:
    inventory = Inventory(
        Ground(database, SystemClock(), random_id, "controller-0", Vault(Path("/nonexistent/key"))), nothing_seen()
    )
    await add_hosts(database, range(1, 3))

    with statements_of(database) as said:
        await inventory.hosts()

    assert [statement for statement in said if "hardware" in statement] == []
