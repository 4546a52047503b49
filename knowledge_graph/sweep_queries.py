"""Reads of sweeps: with their members, their runs, and what the graph knows of stacks already."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from amun_core.states import AttemptKind, AttemptOutcome, InspectionState
from amun_core.sweep import SweepWish
from knowledge_graph.filters import decode_cursor, encode_cursor
from knowledge_graph.models import attempts, inspections, runs
from knowledge_graph.nodes import base_images, hosts, runtime_environments
from knowledge_graph.prefixes import by_prefix
from knowledge_graph.rate_units import rate_unit_column
from knowledge_graph.reader import Reader
from knowledge_graph.sweep_records import (
    KnownInspection,
    MemberView,
    SweepPage,
    SweepRun,
    SweepView,
    TurnTime,
)
from knowledge_graph.sweep_tables import sweep_members, sweeps
from knowledge_graph.views import SHORT_COLUMNS, inspection_of

_SWEEPS: Select[Any] = select(*sweeps.c, hosts.c.hostname).select_from(
    sweeps.outerjoin(hosts, hosts.c.id == sweeps.c.host_id)
)
#: So many digests are asked for at once: databases bound the number of parameters.
_AT_ONCE = 500


class SweepQueries(Reader):
    """Reads of sweeps."""

    def sweep(self, identity: str) -> SweepView:
        """One sweep by id or a unique prefix of it.

        NotFoundError; an ambiguous prefix raises InvalidInputError that lists the candidates.
        """
        with self._reading() as connection:
            row = connection.execute(_SWEEPS.where(sweeps.c.id == identity)).first()
            if row is None:
                full = by_prefix(connection, sweeps, "sweep", identity)
                row = connection.execute(_SWEEPS.where(sweeps.c.id == full)).one()
            return _views(connection, [row])[0]

    def sweep_page(self, *, cursor: str | None = None, limit: int = 50) -> SweepPage:
        """Newest first."""
        statement = _SWEEPS
        if cursor is not None:
            statement = statement.where(sweeps.c.sequence < decode_cursor(cursor))
        statement = statement.order_by(sweeps.c.sequence.desc()).limit(limit + 1)
        with self._reading() as connection:
            rows = connection.execute(statement).all()
            views = tuple(_views(connection, rows[:limit]))
        more = len(rows) > limit
        return SweepPage(views, encode_cursor(views[-1].sequence) if more else None)

    def sweep_members(self, sweep_id: str) -> Sequence[MemberView]:
        """All members in their order, each with its inspection (without documents)."""
        own = func.coalesce(sweep_members.c.inspection_id, sweep_members.c.known_inspection_id)
        statement: Select[Any] = (
            select(
                sweep_members.c.member_index,
                sweep_members.c.name,
                sweep_members.c.wave,
                sweep_members.c.lock_digest.label("member_lock"),
                sweep_members.c.pins,
                sweep_members.c.known_inspection_id.label("known"),
                *SHORT_COLUMNS,
            )
            .join(inspections, inspections.c.id == own)
            .outerjoin(hosts, hosts.c.id == inspections.c.host_id)
            .where(sweep_members.c.sweep_id == sweep_id)
            .order_by(sweep_members.c.member_index)
        )
        with self._reading() as connection:
            return tuple(_member(row) for row in connection.execute(statement))

    def sweep_runs(self, sweep_id: str) -> Mapping[str, Sequence[SweepRun]]:
        """The accepted runs of all members, known ones too, by inspection and index."""
        own = func.coalesce(sweep_members.c.inspection_id, sweep_members.c.known_inspection_id)
        statement = (
            select(
                runs.c.inspection_id,
                runs.c.run_index,
                runs.c.elapsed_seconds,
                runs.c.rate_gflops,
                rate_unit_column(),
                runs.c.wall_seconds,
                runs.c.peak_rss_bytes,
                runs.c.disturbed,
                runs.c.started_at,
                runs.c.ended_at,
            )
            .join(sweep_members, runs.c.inspection_id == own)
            .where(sweep_members.c.sweep_id == sweep_id, runs.c.accepted)
            .order_by(runs.c.inspection_id, runs.c.run_index)
        )
        found: dict[str, list[SweepRun]] = {}
        with self._reading() as connection:
            for row in connection.execute(statement).mappings():
                found.setdefault(row["inspection_id"], []).append(SweepRun(**dict(row)))
        return found

    def sweep_turn_times(self, sweep_id: str) -> Sequence[TurnTime]:
        """How long each completed attempt at a member took, building or one run."""
        statement = (
            select(
                attempts.c.inspection_id,
                attempts.c.kind,
                attempts.c.started_at,
                attempts.c.ended_at,
            )
            .join(inspections, inspections.c.id == attempts.c.inspection_id)
            .where(
                inspections.c.sweep_id == sweep_id,
                attempts.c.outcome == AttemptOutcome.COMPLETED.value,
            )
        )
        with self._reading() as connection:
            return tuple(
                TurnTime(
                    row.inspection_id,
                    row.kind == AttemptKind.MEASURE,
                    (row.ended_at - row.started_at).total_seconds(),
                )
                for row in connection.execute(statement)
            )

    def known_inspections(
        self, digests: Collection[str], *, indicator: str | None, framework: str | None
    ) -> Sequence[KnownInspection]:
        """Inspections that succeeded with this indicator, newest first within each part.

        `digests` are those of locks or of stacks.
        """
        wanted, found = sorted(set(digests)), []
        columns = inspections.c
        with self._reading() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                statement = _known(indicator, framework).where(
                    columns.lock_digest.in_(some) | columns.stack_digest.in_(some)
                )
                found += [
                    KnownInspection(**dict(row)) for row in connection.execute(statement).mappings()
                ]
        return found

    def base_digests(self, reference: str) -> Sequence[str]:
        """Digests that this name of a base image had, the newest first."""
        statement = (
            select(base_images.c.digest)
            .where(base_images.c.reference == reference)
            .order_by(base_images.c.created_at.desc())
        )
        with self._reading() as connection:
            return tuple(connection.execute(statement).scalars())


def _known(indicator: str | None, framework: str | None) -> Select[Any]:
    accepted = (
        select(func.count())
        .select_from(runs)
        .where(runs.c.inspection_id == inspections.c.id, runs.c.accepted)
        .scalar_subquery()
    )
    return (
        select(
            inspections.c.id.label("inspection_id"),
            inspections.c.lock_digest,
            inspections.c.stack_digest,
            inspections.c.specification,
            inspections.c.plan,
            accepted.label("runs_accepted"),
            inspections.c.host_id,
            hosts.c.description.label("host"),
            base_images.c.reference.label("base_reference"),
            base_images.c.digest.label("base_digest"),
        )
        .join(hosts, hosts.c.id == inspections.c.host_id)
        .join(runtime_environments, runtime_environments.c.id == inspections.c.environment_id)
        .join(base_images, base_images.c.digest == runtime_environments.c.base_digest)
        .where(
            inspections.c.state == InspectionState.SUCCEEDED.value,
            inspections.c.indicator == indicator,
            inspections.c.framework == framework,
        )
        .order_by(inspections.c.sequence.desc())
    )


def _views(connection: Connection, rows: Sequence[Row[Any]]) -> list[SweepView]:
    ids = [row.id for row in rows]
    states: dict[str, dict[InspectionState, int]] = {one: {} for one in ids}
    counted = (
        select(inspections.c.sweep_id, inspections.c.state, func.count().label("number"))
        .where(inspections.c.sweep_id.in_(ids))
        .group_by(inspections.c.sweep_id, inspections.c.state)
    )
    for row in connection.execute(counted):
        states[row.sweep_id][InspectionState(row.state)] = row.number
    members = {
        row.sweep_id: row
        for row in connection.execute(
            select(
                sweep_members.c.sweep_id,
                func.count().label("members"),
                func.count(sweep_members.c.known_inspection_id).label("known"),
            )
            .where(sweep_members.c.sweep_id.in_(ids))
            .group_by(sweep_members.c.sweep_id)
        )
    }
    made = _made(connection, ids)
    return [_view(row, members[row.id], states[row.id], made.get(row.id, {})) for row in rows]


def _made(
    connection: Connection, sweep_ids: Sequence[str]
) -> dict[str, dict[InspectionState, int]]:
    """Accepted runs of each sweep by the state of their members."""
    found: dict[str, dict[InspectionState, int]] = {}
    counted = (
        select(inspections.c.sweep_id, inspections.c.state, func.count().label("number"))
        .join(runs, runs.c.inspection_id == inspections.c.id)
        .where(inspections.c.sweep_id.in_(sweep_ids), runs.c.accepted)
        .group_by(inspections.c.sweep_id, inspections.c.state)
    )
    for row in connection.execute(counted):
        found.setdefault(row.sweep_id, {})[InspectionState(row.state)] = row.number
    return found


def _view(
    row: Row[Any],
    members: Row[Any],
    states: Mapping[InspectionState, int],
    made: Mapping[InspectionState, int],
) -> SweepView:
    values = dict(row._mapping)
    for name in ("suffix", "idempotency_key"):
        del values[name]
    return SweepView(
        sweep_id=values.pop("id"),
        wish=None if (wish := values.pop("wish")) is None else SweepWish(wish),
        members=members.members,
        known=members.known,
        states=states,
        runs_accepted=sum(made.values()),
        runs_of_succeeded=made.get(InspectionState.SUCCEEDED, 0),
        **values,
    )


def _member(row: Row[Any]) -> MemberView:
    values = dict(row._mapping)
    own = {
        name: values.pop(name)
        for name in ("member_index", "name", "wave", "member_lock", "pins", "known")
    }
    return MemberView(
        index=own["member_index"],
        name=own["name"],
        wave=own["wave"],
        lock_digest=own["member_lock"],
        pins=own["pins"],
        inspection=inspection_of(values),  # its columns alone are left
        known=own["known"] is not None,
    )
