"""From rows of comparisons to records."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from amun_core.comparison import ComparisonKind, EndedBecause
from amun_core.condition import Condition
from knowledge_graph.comparison_records import Block, CalibrationView, ComparisonView
from knowledge_graph.records import InspectionView


def block_of(row: Row[Any]) -> Block:
    """A row of comparison_blocks."""
    return Block(
        index=row.block_index,
        order=row.run_order,
        a_runs=tuple(row.a_runs),
        b_runs=tuple(row.b_runs),
        a_seconds=tuple(row.a_seconds),
        b_seconds=tuple(row.b_seconds),
        log_ratio=row.log_ratio,
        disturbed=tuple(row.disturbed),
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def comparison_view(row: Row[Any], a: InspectionView, b: InspectionView) -> ComparisonView:
    """A row of comparisons with its number of blocks, and its two arms."""
    return ComparisonView(
        comparison_id=row.id,
        sequence=row.sequence,
        identifier=row.identifier,
        request_hash=row.request_hash,
        kind=ComparisonKind(row.kind),
        design=row.design,
        band=row.band,
        maximum_blocks=row.maximum_blocks,
        maximum_seconds=row.maximum_seconds,
        condition=Condition(row.condition),
        wait_quiet_seconds=row.wait_quiet_seconds,
        seed=row.seed,
        labels=row.labels,
        warnings=row.warnings,
        a_name=row.a_name,
        b_name=row.b_name,
        a=a,
        b=b,
        blocks=row.blocks,
        ended_because=None if row.ended_because is None else EndedBecause(row.ended_because),
        outcome=row.outcome,
        created_at=row.created_at,
        updated_at=row.updated_at,
        ended_at=row.ended_at,
    )


def calibration_view(row: Row[Any]) -> CalibrationView:
    """A row of calibrations."""
    return CalibrationView(
        comparison_id=row.comparison_id,
        host_id=row.host_id,
        least_detectable_effect=row.least_detectable_effect,
        document=row.document,
        measured_at=row.measured_at,
    )
