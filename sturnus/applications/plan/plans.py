"""Plans that were made: kept under their digests, and held against what is so now."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.plan.plan import Plan, moved
from sturnus.applications.plan.wire import from_stored, to_stored
from sturnus.core.errors import Conflict, Invalid
from sturnus.store.application_models import ApplicationRow, PlanRow


async def find(session: AsyncSession, application_id: int, digest: str) -> PlanRow | None:
    """Return the plan of this digest; None if nobody made it for this version."""
    query = select(PlanRow).where(PlanRow.application_id == application_id, PlanRow.digest == digest)
    return await session.scalar(query.order_by(PlanRow.id.desc()).limit(1))


async def keep(session: AsyncSession, plan: Plan, row: PlanRow) -> None:
    """Keep a plan, once: `row` says for whom and when."""
    if await find(session, row.application_id, plan.digest) is None:
        row.digest, row.content = plan.digest, to_stored(plan)
        session.add(row)


def refuse_if_moved(application: ApplicationRow, digest: str, kept: PlanRow | None, now: Plan) -> int:
    """Return the number of a plan that still holds.

    Raises:
        Conflict: it does not hold any more; every difference is named.
        Invalid: there is no such plan.

    """
    if kept is None:
        raise Invalid(
            f"Application-apply rejected: {application.name} {application.app_version} has no plan {digest[:40]!r}.",
            expected="the id that application-plan printed",
            remedy=f"system application-plan {application.name}",
        )
    differences = moved(from_stored(kept.content), now)
    if differences:
        raise Conflict(
            f"Application-apply rejected: plan {digest} does not hold any more: {'; '.join(differences)}.",
            expected="a cluster and overrides as they were when the plan was made",
            remedy=f"system application-plan {application.name}",
            details=tuple(differences),
        )
    return kept.id
