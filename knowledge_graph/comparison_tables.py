"""Comparisons: two inspections as arms, the blocks measured of them, and what a host's showed.

An arm knows its comparison too (`inspections.comparison_id`), by no foreign key: one of the two rows
must be written first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_graph.column_types import Base, Document, Key, LogRatio, Moment, PlainText, table_of
from knowledge_graph.nodes import hosts

# SQLite numbers rows by itself only in a column whose type is exactly INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")


class Comparison(Base):
    """Two arms, how they are compared, and what came of it.

    `host_id` is the host that claimed an arm first: both are built and measured there. `outcome` is
    written once, with the end.
    """

    __tablename__ = "comparisons"

    sequence: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Key, unique=True)
    suffix: Mapped[str] = mapped_column(Key, index=True)
    identifier: Mapped[str | None] = mapped_column(PlainText)
    idempotency_key: Mapped[str | None] = mapped_column(Key, unique=True)
    request_hash: Mapped[str] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Key)
    design: Mapped[str] = mapped_column(Key)
    band: Mapped[float] = mapped_column(Double)
    maximum_blocks: Mapped[int] = mapped_column(Integer)
    maximum_seconds: Mapped[int] = mapped_column(Integer)
    condition: Mapped[str] = mapped_column(Key, server_default="any")
    wait_quiet_seconds: Mapped[int] = mapped_column(Integer, server_default="0")
    seed: Mapped[int | None] = mapped_column(BigInteger)
    labels: Mapped[dict[str, str]] = mapped_column(Document)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    a_name: Mapped[str] = mapped_column(PlainText)
    a_inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"), index=True)
    b_name: Mapped[str] = mapped_column(PlainText)
    b_inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"), index=True)
    host_id: Mapped[str | None] = mapped_column(Key)
    ended_because: Mapped[str | None] = mapped_column(Key)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class ComparisonBlock(Base):
    """Four fresh runs beside each other in time, complete; one row for each index, for ever."""

    __tablename__ = "comparison_blocks"

    comparison_id: Mapped[str] = mapped_column(ForeignKey("comparisons.id"), primary_key=True)
    block_index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    order: Mapped[str] = mapped_column("run_order", Key)
    a_runs: Mapped[list[int]] = mapped_column(Document)
    b_runs: Mapped[list[int]] = mapped_column(Document)
    a_seconds: Mapped[list[float]] = mapped_column(Document)
    b_seconds: Mapped[list[float]] = mapped_column(Document)
    log_ratio: Mapped[float] = mapped_column(LogRatio)
    disturbed: Mapped[list[str]] = mapped_column(Document)
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime] = mapped_column(Moment)


class Calibration(Base):
    """What blocks of two builds of one stack showed of a host."""

    __tablename__ = "calibrations"
    __table_args__ = (Index(None, "host_id", "measured_at"),)

    comparison_id: Mapped[str] = mapped_column(ForeignKey("comparisons.id"), primary_key=True)
    host_id: Mapped[str] = mapped_column(ForeignKey(hosts.c.id))
    indicator: Mapped[str] = mapped_column(Key)
    framework: Mapped[str] = mapped_column(Key)
    least_detectable_effect: Mapped[float | None] = mapped_column(Double)
    document: Mapped[dict[str, Any]] = mapped_column(Document)
    measured_at: Mapped[datetime] = mapped_column(Moment)


comparisons = table_of(Comparison)
comparison_blocks = table_of(ComparisonBlock)
calibrations = table_of(Calibration)
