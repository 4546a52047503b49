"""From rows to records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, select

from amun_core.sample import unpack
from amun_core.states import (
    AttemptKind,
    AttemptOutcome,
    AttributedTo,
    FailureReason,
    InspectionState,
    RunState,
)
from knowledge_graph.models import inspections, runs
from knowledge_graph.nodes import hosts
from knowledge_graph.records import (
    AttemptView,
    EventView,
    Failure,
    InspectionView,
    RunRecord,
)

_ACCEPTED = (
    select(func.count())
    .select_from(runs)
    .where(runs.c.inspection_id == inspections.c.id, runs.c.accepted)
    .scalar_subquery()
)

#: What a list shows; the documents, which may be long, are read for one inspection only.
SHORT_COLUMNS = (
    inspections.c.id,
    inspections.c.sequence,
    inspections.c.identifier,
    inspections.c.surface,
    inspections.c.state,
    inspections.c.specification_hash,
    inspections.c.warnings,
    inspections.c.labels,
    inspections.c.indicator,
    inspections.c.framework,
    inspections.c.engine_requested,
    inspections.c.engine,
    inspections.c.engine_why,
    inspections.c.runs,
    _ACCEPTED.label("runs_accepted"),
    inspections.c.stack_digest,
    inspections.c.lock_digest,
    inspections.c.host_id,
    hosts.c.hostname,
    inspections.c.cancel_requested,
    inspections.c.failure,
    inspections.c.message,
    inspections.c.created_at,
    inspections.c.updated_at,
    inspections.c.build_started_at,
    inspections.c.build_ended_at,
    inspections.c.run_started_at,
    inspections.c.ended_at,
    inspections.c.comparison_id,
    inspections.c.arm,
    inspections.c.sweep_id,
)
INSPECTIONS = inspections.outerjoin(hosts, hosts.c.id == inspections.c.host_id)


def failure_of(document: Mapping[str, Any] | None) -> Failure | None:
    """A stored failure."""
    if document is None:
        return None
    return Failure(
        reason=FailureReason(document["reason"]),
        attributed_to=AttributedTo(document["attributed_to"]),
        message=document["message"],
        hint=document["hint"],
        last_lines=document["last_lines"],
    )


def inspection_view(row: Row[Any]) -> InspectionView:
    """A row of SHORT_COLUMNS, with the two documents where they were read."""
    return inspection_of(row._mapping)


def inspection_of(columns: Mapping[Any, Any]) -> InspectionView:
    """The values of SHORT_COLUMNS, with the two documents where they were read."""
    values = dict(columns)
    values.setdefault("specification", "")
    values.setdefault("plan", None)
    return InspectionView(
        inspection_id=values.pop("id"),
        state=InspectionState(values.pop("state")),
        failure=failure_of(values.pop("failure")),
        **values,
    )


def event_view(row: Row[Any]) -> EventView:
    """A row of inspection_events."""
    return EventView(
        at=row.at,
        state_from=None if row.state_from is None else InspectionState(row.state_from),
        state_to=InspectionState(row.state_to),
        actor=row.actor,
        fence=row.fence,
        detail=row.detail,
    )


def attempt_view(row: Row[Any]) -> AttemptView:
    """A row of attempts."""
    return AttemptView(
        attempt_id=row.id,
        kind=AttemptKind(row.kind),
        number=row.number,
        fence=row.fence,
        worker=row.worker,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=None if row.outcome is None else AttemptOutcome(row.outcome),
        failure=failure_of(row.failure),
        message=row.message,
        host_id=row.host_id,
        build_seconds=row.build_seconds,
        reused=row.reused,
    )


def run_record(row: Row[Any], *, with_samples: bool) -> RunRecord:
    """A row of runs with its samples."""
    return RunRecord(
        run_index=row.run_index,
        state=RunState(row.state),
        accepted=row.accepted,
        started_at=row.started_at,
        ended_at=row.ended_at,
        exit_code=row.exit_code,
        wall_seconds=row.wall_seconds,
        peak_rss_bytes=row.peak_rss_bytes,
        document=row.document,
        facts=row.facts,
        stdout=row.stdout,
        stderr=row.stderr,
        seconds=unpack(row.seconds) if with_samples else (),
        warmups=row.warmups,
        flops_per_iteration=row.flops_per_iteration,
        rate_gflops=row.rate_gflops,
        elapsed_seconds=row.elapsed_seconds,
        first_sample_at=row.first_sample_at,
        disturbed=tuple(row.disturbed),
        failure=failure_of(row.failure),
    )
