"""Reads of the knowledge graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Double, Select, bindparam, func, select, type_coerce

from amun_core.errors import NotFoundError, StorageError
from amun_core.states import InspectionState
from knowledge_graph.column_types import database_now
from knowledge_graph.comparison_queries import ComparisonQueries
from knowledge_graph.connections import sqlite_path, storage_errors
from knowledge_graph.database import head, revision_of
from knowledge_graph.database_file import probe
from knowledge_graph.filters import conditions, decode_cursor, encode_cursor
from knowledge_graph.list_figures import ListFigures
from knowledge_graph.models import (
    attempts,
    inspection_events,
    inspections,
    log_chunks,
    outbox,
    runs,
    samples,
    service_beats,
)
from knowledge_graph.nodes import hosts, package_versions, packages, stack_members
from knowledge_graph.prefixes import by_prefix
from knowledge_graph.records import (
    AttemptView,
    EventView,
    InspectionFilter,
    InspectionPage,
    InspectionView,
    RunRecord,
)
from knowledge_graph.run_values import InspectionValues, read_run_values
from knowledge_graph.stack_queries import StackQueries
from knowledge_graph.sweep_queries import SweepQueries
from knowledge_graph.views import (
    INSPECTIONS,
    SHORT_COLUMNS,
    attempt_view,
    event_view,
    inspection_view,
    run_record,
)

_MAXIMUM_PAGE = 1000

_LIST: Select[Any] = select(*SHORT_COLUMNS).select_from(INSPECTIONS)
# Made once: SQLAlchemy compiles a statement object once and finds it again without a look at it.
_ONE: Select[Any] = (
    select(*SHORT_COLUMNS, inspections.c.specification, inspections.c.plan)
    .select_from(INSPECTIONS)
    .where(inspections.c.id == bindparam("identity"))
)
_ATTEMPTS: Select[Any] = (
    select(attempts)
    .where(attempts.c.inspection_id == bindparam("identity"))
    .order_by(attempts.c.id)
)
_STACK_PACKAGES: Select[Any] = (
    select(packages.c.name, package_versions.c.version)
    .join_from(
        stack_members, package_versions, package_versions.c.id == stack_members.c.package_version_id
    )
    .join(packages, packages.c.id == package_versions.c.package_id)
    .where(stack_members.c.stack_digest == bindparam("digest"))
)
_OUTBOX_LENGTH: Select[Any] = select(func.count()).select_from(outbox)
_RUN_COLUMNS = (
    *(column for column in runs.c),
    samples.c.warmups,
    samples.c.flops_per_iteration,
)


class GraphQueries(ComparisonQueries, SweepQueries, StackQueries, ListFigures):
    """Reads, on SQLite and PostgreSQL alike."""

    def inspection(self, identity: str) -> InspectionView:
        """One inspection by id, or by a unique prefix (>= 6 characters) of the id or of its hex suffix.

        NotFoundError; an ambiguous prefix raises InvalidInputError that lists the candidates.
        """
        with self._reading() as connection:
            row = connection.execute(_ONE, {"identity": identity}).first()
            if row is None:
                full = by_prefix(connection, inspections, "inspection", identity)
                row = connection.execute(_ONE, {"identity": full}).one()
        return inspection_view(row)

    def page(
        self, wanted: InspectionFilter, *, cursor: str | None = None, limit: int = 50
    ) -> InspectionPage:
        """Newest first by sequence. InvalidInputError for a cursor that is none of ours.

        The views of a list carry no documents: `specification` is empty and `plan` is None.
        """
        limit = max(1, min(limit, _MAXIMUM_PAGE))
        statement = _LIST.where(*conditions(wanted))
        if cursor is not None:
            statement = statement.where(inspections.c.sequence < decode_cursor(cursor))
        statement = statement.order_by(inspections.c.sequence.desc()).limit(limit + 1)
        with self._reading() as connection:
            rows = connection.execute(statement).all()
        views = tuple(inspection_view(row) for row in rows[:limit])
        more = len(rows) > limit
        return InspectionPage(views, encode_cursor(views[-1].sequence) if more else None)

    def offset_page(self, *, page: int, limit: int) -> Sequence[str]:
        """Ids for the compatibility surface, newest first, pages that do not overlap.

        Pages are counted from 0.
        """
        statement = (
            select(inspections.c.id)
            .order_by(inspections.c.sequence.desc())
            .limit(limit)
            .offset(page * limit)
        )
        with self._reading() as connection:
            return tuple(connection.execute(statement).scalars())

    def counts(self) -> dict[str, int]:
        """Inspections by state; every state is named."""
        statement = select(inspections.c.state, func.count().label("total")).group_by(
            inspections.c.state
        )
        with self._reading() as connection:
            rows = connection.execute(statement)
            found: dict[str, int] = {row.state: row.total for row in rows}
        return {state.value: found.get(state.value, 0) for state in InspectionState}

    def events(self, inspection_id: str) -> Sequence[EventView]:
        """All transitions, oldest first."""
        statement = (
            select(inspection_events)
            .where(inspection_events.c.inspection_id == inspection_id)
            .order_by(inspection_events.c.id)
        )
        with self._reading() as connection:
            return tuple(event_view(row) for row in connection.execute(statement))

    def attempts(self, inspection_id: str) -> Sequence[AttemptView]:
        """All attempts, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(_ATTEMPTS, {"identity": inspection_id})
            return tuple(attempt_view(row) for row in rows)

    def stack_packages(self, digest: str) -> Sequence[tuple[str, str]]:
        """(name, version) of all that is installed in a stack, by name; () for an unknown digest."""
        with self._reading() as connection:
            rows = connection.execute(_STACK_PACKAGES, {"digest": digest})
            # a database sorts text by its own collation
            return tuple(sorted((row.name, row.version) for row in rows))

    def outbox_length(self) -> int:
        """How many hints are not yet handed to the broker."""
        with self._reading() as connection:
            return int(connection.execute(_OUTBOX_LENGTH).scalar_one())

    def log(
        self, inspection_id: str, *, after: int = 0, limit: int = 1000
    ) -> Sequence[dict[str, Any]]:
        """Chunks {offset, at, section, text} with offset > after, in order.

        The offset of a chunk counts the bytes of the log up to its end.
        """
        statement = (
            select(
                log_chunks.c.position.label("offset"),
                log_chunks.c.at,
                log_chunks.c.section,
                log_chunks.c.text,
            )
            .where(log_chunks.c.inspection_id == inspection_id, log_chunks.c.position > after)
            .order_by(log_chunks.c.position)
            .limit(limit)
        )
        with self._reading() as connection:
            return tuple(dict(row) for row in connection.execute(statement).mappings())

    def runs(self, inspection_id: str, *, samples: bool = True) -> Sequence[RunRecord]:
        """All runs, accepted ones by index, then the others; without samples `seconds` is ()."""
        statement = _runs(with_samples=samples).where(runs.c.inspection_id == inspection_id)
        statement = statement.order_by(runs.c.accepted.desc(), runs.c.run_index, runs.c.id)
        with self._reading() as connection:
            rows = connection.execute(statement).all()
        return tuple(run_record(row, with_samples=samples) for row in rows)

    def run_times(self, inspection_id: str) -> Sequence[tuple[float | None, float]]:
        """(median iteration, whole run) of each accepted run by index, s: a look that costs little."""
        statement = (
            select(runs.c.elapsed_seconds, runs.c.started_at, runs.c.ended_at)
            .where(runs.c.inspection_id == inspection_id, runs.c.accepted)
            .order_by(runs.c.run_index)
        )
        with self._reading() as connection:
            rows = connection.execute(statement).all()
        return tuple(
            (row.elapsed_seconds, (row.ended_at - row.started_at).total_seconds()) for row in rows
        )

    def run(self, inspection_id: str, run_index: int) -> RunRecord:
        """The accepted run of this index. NotFoundError."""
        statement = _runs(with_samples=True).where(
            runs.c.inspection_id == inspection_id, runs.c.run_index == run_index, runs.c.accepted
        )
        with self._reading() as connection:
            row = connection.execute(statement).first()
        if row is None:
            raise NotFoundError("accepted run", f"{inspection_id}/{run_index}")
        return run_record(row, with_samples=True)

    def run_values(
        self, wanted: InspectionFilter, *, by: str | None, limit: int
    ) -> Sequence[InspectionValues]:
        """What inspections measured, oldest first; with `by` their group is their value of that label."""
        with self._reading() as connection:
            return read_run_values(connection, wanted, by=by, limit=limit)

    def hosts(self) -> Sequence[dict[str, Any]]:
        """All hosts: {id, hostname, description, first_seen_at, last_seen_at}."""
        with self._reading() as connection:
            rows = connection.execute(select(hosts).order_by(hosts.c.id)).mappings()
            return tuple(dict(row) for row in rows)

    def service_beats(self) -> Sequence[dict[str, Any]]:
        """Signs of life {name, at, age_seconds, detail}."""
        age = (database_now() - type_coerce(service_beats.c.at, Double)).label("age_seconds")
        statement = select(
            service_beats.c.name, service_beats.c.at, age, service_beats.c.detail
        ).order_by(service_beats.c.name)
        with self._reading() as connection:
            return tuple(dict(row) for row in connection.execute(statement).mappings())

    def ready(self) -> None:
        """Raises StorageError if the database is not as a write needs it.

        It must answer, with the newest schema; a file must be the one that was opened, undamaged as
        it lies on the disk, and have room.
        """
        with self._reading() as connection:
            found = revision_of(connection)
        path = sqlite_path(self._engine.url)
        if path is not None:
            with storage_errors():
                probe(path)
        if found != head():
            raise StorageError(
                f"the database has schema {found or 'none'}, this program needs {head()}",
                hint="Run `python -m knowledge_graph upgrade`.",
            )


def _runs(*, with_samples: bool) -> Select[Any]:
    columns = (*_RUN_COLUMNS, samples.c.seconds) if with_samples else _RUN_COLUMNS
    return select(*columns).join_from(runs, samples, samples.c.run_id == runs.c.id)
