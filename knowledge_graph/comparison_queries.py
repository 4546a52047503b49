"""Reads of comparisons: with their arms, their blocks, and what hosts showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from knowledge_graph.comparison_records import (
    Block,
    CalibrationView,
    ComparisonPage,
    ComparisonView,
    RunValues,
)
from knowledge_graph.comparison_rows import block_of, calibration_view, comparison_view
from knowledge_graph.comparison_tables import calibrations, comparison_blocks, comparisons
from knowledge_graph.filters import decode_cursor, encode_cursor
from knowledge_graph.models import inspections, runs
from knowledge_graph.prefixes import by_prefix
from knowledge_graph.reader import Reader
from knowledge_graph.records import InspectionView
from knowledge_graph.views import INSPECTIONS, SHORT_COLUMNS, inspection_view

_BLOCKS = (
    select(func.count())
    .select_from(comparison_blocks)
    .where(comparison_blocks.c.comparison_id == comparisons.c.id)
    .scalar_subquery()
    .label("blocks")
)
_COMPARISONS: Select[Any] = select(*comparisons.c, _BLOCKS)


class ComparisonQueries(Reader):
    """Reads of comparisons and calibrations."""

    def comparison(self, identity: str) -> ComparisonView:
        """One comparison by id or a unique prefix of it, with the documents of its arms.

        NotFoundError; an ambiguous prefix raises InvalidInputError that lists the candidates.
        """
        with self._reading() as connection:
            row = connection.execute(_COMPARISONS.where(comparisons.c.id == identity)).first()
            if row is None:
                full = by_prefix(connection, comparisons, "comparison", identity)
                row = connection.execute(_COMPARISONS.where(comparisons.c.id == full)).one()
            return _views(connection, [row], documents=True)[0]

    def comparison_page(self, *, cursor: str | None = None, limit: int = 50) -> ComparisonPage:
        """Newest first. The arms carry no documents: `specification` is empty, `plan` is None."""
        statement = _COMPARISONS
        if cursor is not None:
            statement = statement.where(comparisons.c.sequence < decode_cursor(cursor))
        statement = statement.order_by(comparisons.c.sequence.desc()).limit(limit + 1)
        with self._reading() as connection:
            rows = connection.execute(statement).all()
            views = tuple(_views(connection, rows[:limit], documents=False))
        more = len(rows) > limit
        return ComparisonPage(views, encode_cursor(views[-1].sequence) if more else None)

    def blocks(self, *comparison_ids: str) -> Mapping[str, Sequence[Block]]:
        """The blocks of these comparisons in the order in which they were measured."""
        found: dict[str, list[Block]] = {each: [] for each in comparison_ids}
        statement = (
            select(comparison_blocks)
            .where(comparison_blocks.c.comparison_id.in_(sorted(found)))
            .order_by(comparison_blocks.c.comparison_id, comparison_blocks.c.block_index)
        )
        with self._reading() as connection:
            for row in connection.execute(statement):
                found[row.comparison_id].append(block_of(row))
        return found

    def arm_values(self, inspection_id: str) -> Sequence[RunValues]:
        """The accepted runs of an inspection by index, without their samples."""
        statement = (
            select(
                runs.c.run_index,
                runs.c.elapsed_seconds,
                runs.c.rate_gflops,
                runs.c.disturbed,
                runs.c.facts,
                runs.c.document,
            )
            .where(runs.c.inspection_id == inspection_id, runs.c.accepted)
            .order_by(runs.c.run_index)
        )
        with self._reading() as connection:
            rows = connection.execute(statement).mappings()
            return tuple(RunValues(**dict(row)) for row in rows)

    def calibrations(self, host_id: str | None = None) -> Sequence[CalibrationView]:
        """The calibrations of a host, or of all hosts, newest first."""
        statement = select(calibrations).order_by(
            calibrations.c.measured_at.desc(), calibrations.c.comparison_id
        )
        if host_id is not None:
            statement = statement.where(calibrations.c.host_id == host_id)
        with self._reading() as connection:
            return tuple(calibration_view(row) for row in connection.execute(statement))

    def comparison_counts(self) -> Mapping[str, int]:
        """Comparisons by what ended them; "" counts those without a decision."""
        statement = select(comparisons.c.ended_because, func.count().label("total")).group_by(
            comparisons.c.ended_because
        )
        with self._reading() as connection:
            return {row.ended_because or "": row.total for row in connection.execute(statement)}


def _views(
    connection: Connection, rows: Sequence[Row[Any]], *, documents: bool
) -> list[ComparisonView]:
    columns = (*SHORT_COLUMNS, inspections.c.specification, inspections.c.plan)
    wanted = sorted({row.a_inspection_id for row in rows} | {row.b_inspection_id for row in rows})
    found = connection.execute(
        select(*(columns if documents else SHORT_COLUMNS))
        .select_from(INSPECTIONS)
        .where(inspections.c.id.in_(wanted))
    )
    arms: dict[str, InspectionView] = {row.id: inspection_view(row) for row in found}
    return [
        comparison_view(row, arms[row.a_inspection_id], arms[row.b_inspection_id]) for row in rows
    ]
