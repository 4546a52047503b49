"""What waits for a worker: a worker looks here, whether or not a hint has reached it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from amun_core.states import TERMINAL_STATES, AttemptKind, InspectionState
from knowledge_graph.comparison_tables import comparisons
from knowledge_graph.models import inspections
from knowledge_graph.placement_tables import refusals
from knowledge_graph.records import Waiting
from knowledge_graph.sweep_tables import sweeps
from knowledge_graph.sweep_waves import goes_on
from knowledge_graph.writer import Writer

#: Looked at in one look. One is taken; the others are there in case another worker was faster.
LOOK = 8
_ENDED = sorted(TERMINAL_STATES)


class WaitingWork(Writer):
    """Looks of the workers into the table."""

    def waiting_builds(self, host_id: str, *, build_only: bool = False) -> list[str]:
        """The oldest queued inspections that this host may build.

        `build_only`: nothing that would have to be measured here afterwards.
        """
        wanted = (
            select(inspections.c.id)
            .where(
                inspections.c.state == InspectionState.QUEUED.value,
                goes_on(),
                _may_be_on(host_id),
                ~_refused_by(host_id),
            )
            .order_by(inspections.c.sequence)
            .limit(LOOK)
        )
        if build_only:
            wanted = wanted.where(inspections.c.runs == 0)
        with self._reading() as connection:
            return list(connection.execute(wanted).scalars())

    def waiting_measurements(self, host_id: str) -> list[Waiting]:
        """What this host has built and may measure, by the time since it waits.

        A comparison and a sweep are one each: a sweep waits since its last round, so that others
        have their turn between two rounds.
        """
        with self._reading() as connection:
            single = connection.execute(_single_on(host_id)).all()
            pairs = connection.execute(_pairs_on(host_id)).all()
            rounds = connection.execute(_sweeps_on(host_id)).all()
        found = [(row.since, Waiting(row.id)) for row in single]
        found += [(row.since, Waiting(row.id, comparison_id=row.owner)) for row in pairs]
        found += [(row.since, Waiting(row.id, sweep_id=row.owner)) for row in rounds]
        return [waiting for _, waiting in sorted(found, key=lambda pair: pair[0])]

    def waiting_queues(self) -> set[tuple[AttemptKind, str | None]]:
        """(kind, host) of the workers for whom something waits; builds are anybody's."""
        with self._reading() as connection:
            queued = connection.execute(
                select(inspections.c.id)
                .where(inspections.c.state == InspectionState.QUEUED.value)
                .limit(1)
            ).first()
            built = connection.execute(
                select(inspections.c.host_id)
                .where(inspections.c.state == InspectionState.BUILT.value)
                .distinct()
            ).scalars()
            queues: set[tuple[AttemptKind, str | None]] = {
                (AttemptKind.MEASURE, host_id) for host_id in built
            }
        return queues | ({(AttemptKind.BUILD, None)} if queued is not None else set())


def _may_be_on(host_id: str) -> ColumnElement[bool]:
    """Whether what belongs together with it is on no other host."""
    pair_elsewhere = exists().where(
        comparisons.c.id == inspections.c.comparison_id, comparisons.c.host_id != host_id
    )
    sweep_elsewhere = exists().where(
        sweeps.c.id == inspections.c.sweep_id, sweeps.c.host_id != host_id
    )
    return ~pair_elsewhere & ~sweep_elsewhere


def _refused_by(host_id: str) -> ColumnElement[bool]:
    """Whether this host cannot build it, or what belongs together with it."""
    other = inspections.alias("refused")

    def among(own: ColumnElement[Any], others: ColumnElement[Any]) -> ColumnElement[bool]:
        refused = (
            select(others)
            .join(refusals, refusals.c.inspection_id == other.c.id)
            .where(
                refusals.c.host_id == host_id,
                other.c.state.not_in(_ENDED),
                others.is_not(None),
            )
        )
        return own.is_not(None) & own.in_(refused)

    return or_(
        among(inspections.c.id, other.c.id),
        among(inspections.c.comparison_id, other.c.comparison_id),
        among(inspections.c.sweep_id, other.c.sweep_id),
    )


def _built_on(host_id: str, *columns: Any) -> Select[Any]:
    return select(*columns).where(
        inspections.c.state == InspectionState.BUILT.value, inspections.c.host_id == host_id
    )


def _single_on(host_id: str) -> Select[Any]:
    return (
        _built_on(host_id, inspections.c.id, inspections.c.announced_at.label("since"))
        .where(inspections.c.comparison_id.is_(None), inspections.c.sweep_id.is_(None))
        .order_by(inspections.c.announced_at, inspections.c.sequence)
        .limit(LOOK)
    )


def _pairs_on(host_id: str) -> Select[Any]:
    """Arms whose other one is built too, or has ended: whoever looks ends it then."""
    other = inspections.alias("other")
    ready = exists().where(
        other.c.comparison_id == inspections.c.comparison_id,
        other.c.id != inspections.c.id,
        other.c.state.in_([InspectionState.BUILT.value, *_ENDED]),
    )
    return _grouped(host_id, inspections.c.comparison_id).where(ready)


def _sweeps_on(host_id: str) -> Select[Any]:
    return _grouped(host_id, inspections.c.sweep_id)


def _grouped(host_id: str, owner: ColumnElement[Any]) -> Select[Any]:
    since = func.max(inspections.c.announced_at).label("since")
    return (
        _built_on(host_id, func.min(inspections.c.id).label("id"), owner.label("owner"), since)
        .where(owner.is_not(None))
        .group_by(owner)
        .order_by(since)
    )
