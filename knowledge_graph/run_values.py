"""What many inspections measured, read at once: for tables and plots over a sweep or a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from amun_core.states import InspectionState
from knowledge_graph.filters import conditions
from knowledge_graph.models import inspections, labels, runs
from knowledge_graph.rate_units import common_unit, plain_unit, rate_unit_column
from knowledge_graph.records import InspectionFilter


@dataclass(frozen=True, slots=True)
class InspectionValues:
    """One inspection with the values of its accepted runs; `group` is its value of a label."""

    inspection_id: str
    group: str | None
    state: InspectionState
    host_id: str | None
    stack_digest: str | None
    ended_at: datetime | None
    rates_gflops: tuple[float, ...]
    elapsed_seconds: tuple[float, ...]
    runs: int
    disturbed_runs: int
    rate_unit: str | None = None


def read_run_values(
    connection: Connection, wanted: InspectionFilter, *, by: str | None, limit: int
) -> Sequence[InspectionValues]:
    """The oldest `limit` inspections that pass the filter, oldest first.

    With `by` only those that have this label: its value is their group.
    """
    rows = connection.execute(_statement(wanted, by, limit))
    return tuple(
        _values(identity, list(of_one)) for identity, of_one in groupby(rows, lambda row: row.id)
    )


def _statement(wanted: InspectionFilter, by: str | None, limit: int) -> Select[Any]:
    found = inspections.c
    chosen: Select[Any] = select(
        found.id, found.sequence, found.state, found.host_id, found.stack_digest, found.ended_at
    )
    if by is not None:
        # under a name of its own: the filter looks at labels too
        named = labels.alias("named")
        chosen = chosen.add_columns(named.c.value.label("group")).join(
            named, (named.c.inspection_id == found.id) & (named.c.key == by)
        )
    chosen = chosen.where(*conditions(wanted)).order_by(found.sequence).limit(limit)
    few = chosen.subquery()
    return (
        select(
            few,
            runs.c.rate_gflops,
            rate_unit_column(),
            runs.c.elapsed_seconds,
            runs.c.disturbed,
            runs.c.run_index,
        )
        .outerjoin(runs, (runs.c.inspection_id == few.c.id) & runs.c.accepted)
        .order_by(few.c.sequence, runs.c.run_index)
    )


def _values(identity: str, rows: Sequence[Row[Any]]) -> InspectionValues:
    first = rows[0]
    # an inspection without runs is one row of the outer join, with nothing in it
    measured = [row for row in rows if row.run_index is not None]
    return InspectionValues(
        inspection_id=identity,
        group=getattr(first, "group", None),
        state=InspectionState(first.state),
        host_id=first.host_id,
        stack_digest=first.stack_digest,
        ended_at=first.ended_at,
        rates_gflops=tuple(row.rate_gflops for row in measured if row.rate_gflops is not None),
        elapsed_seconds=tuple(
            row.elapsed_seconds for row in measured if row.elapsed_seconds is not None
        ),
        runs=len(measured),
        disturbed_runs=sum(bool(row.disturbed) for row in measured),
        rate_unit=common_unit([plain_unit(row.rate_unit) for row in measured]),
    )
