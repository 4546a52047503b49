"""Attempts: one row for each claim, opened with it and closed with its outcome."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from amun_core.states import AttemptKind, AttemptOutcome
from knowledge_graph.column_types import database_now
from knowledge_graph.models import attempts, inspections, runs
from knowledge_graph.records import Claim

#: Attempts that count against the limit; a released one costs nothing.
_SPENT = (AttemptOutcome.LOST.value, AttemptOutcome.CRASHED.value)


def open_attempt(
    connection: Connection,
    inspection_id: str,
    kind: AttemptKind,
    fence: int,
    worker: str,
    host_id: str | None,
) -> Claim:
    """Open the attempt of a claim that was just taken."""
    earlier: int = connection.execute(
        select(func.count()).where(
            attempts.c.inspection_id == inspection_id, attempts.c.kind == kind.value
        )
    ).scalar_one()
    attempt_id = connection.execute(
        insert(attempts)
        .values(
            inspection_id=inspection_id,
            kind=kind.value,
            number=earlier + 1,
            fence=fence,
            worker=worker,
            host_id=host_id,
            started_at=database_now(),
        )
        .returning(attempts.c.id)
    ).scalar_one()
    row = connection.execute(
        select(
            inspections.c.specification,
            inspections.c.plan,
            inspections.c.runs,
            inspections.c.comparison_id,
            inspections.c.build_variant,
            inspections.c.sweep_id,
        ).where(inspections.c.id == inspection_id)
    ).one()
    return Claim(
        inspection_id=inspection_id,
        kind=kind,
        fence=fence,
        attempt_id=attempt_id,
        attempt_number=earlier + 1,
        worker=worker,
        specification=row.specification,
        plan=row.plan,
        accepted_runs=frozenset(accepted_runs(connection, inspection_id)),
        runs=row.runs,
        comparison_id=row.comparison_id,
        build_variant=row.build_variant,
        sweep_id=row.sweep_id,
    )


def close_attempt(
    connection: Connection,
    inspection_id: str,
    fence: int,
    outcome: AttemptOutcome,
    **values: Any,
) -> None:
    """Write how the attempt under this fence ended."""
    connection.execute(
        update(attempts)
        .where(attempts.c.inspection_id == inspection_id, attempts.c.fence == fence)
        .values(outcome=outcome.value, ended_at=database_now(), **values)
    )


def accepted_runs(connection: Connection, inspection_id: str) -> set[int]:
    """Indexes of the runs that need not be made again."""
    found = connection.execute(
        select(runs.c.run_index).where(runs.c.inspection_id == inspection_id, runs.c.accepted)
    )
    return set(found.scalars())


def spent(connection: Connection, inspection_id: str, kind: AttemptKind) -> int:
    """Attempts of this kind that count against the limit.

    A member of a sweep is claimed once for each run: what was lost before its last stored run no
    longer counts.
    """
    of_sweep = select(inspections.c.id).where(
        inspections.c.id == inspection_id, inspections.c.sweep_id.is_not(None)
    )
    progress = select(func.coalesce(func.max(runs.c.attempt_id), 0)).where(
        runs.c.inspection_id.in_(of_sweep), runs.c.accepted
    )
    count: int = connection.execute(
        select(func.count()).where(
            attempts.c.inspection_id == inspection_id,
            attempts.c.kind == kind.value,
            attempts.c.outcome.in_(_SPENT),
            attempts.c.id > progress.scalar_subquery(),
        )
    ).scalar_one()
    return count
