"""Sweeps and their members. What a member has come to stands in its inspection, its runs in theirs.

An inspection knows its sweep too (`inspections.sweep_id`), by no foreign key: one of the two rows
must be written first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_graph.column_types import Base, Document, Key, Moment, PlainText, table_of

# SQLite numbers rows by itself only in a column whose type is exactly INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")


class Sweep(Base):
    """Many stacks measured in rounds: how, and what its user wishes.

    `wave` is the last wave that was given to the builders; `host_id` is the host that claimed a
    member first: all are built and measured there.
    """

    __tablename__ = "sweeps"

    sequence: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Key, unique=True)
    suffix: Mapped[str] = mapped_column(Key, index=True)
    identifier: Mapped[str | None] = mapped_column(PlainText)
    idempotency_key: Mapped[str | None] = mapped_column(Key, unique=True)
    request_hash: Mapped[str] = mapped_column(Key)
    indicator: Mapped[str | None] = mapped_column(Key)
    framework: Mapped[str | None] = mapped_column(Key)
    parameters: Mapped[dict[str, Any]] = mapped_column(Document)
    rounds: Mapped[int] = mapped_column(Integer)
    in_flight: Mapped[int] = mapped_column(Integer)
    waves: Mapped[int] = mapped_column(Integer)
    wave: Mapped[int] = mapped_column(Integer)
    band: Mapped[float] = mapped_column(Double)
    seed: Mapped[int] = mapped_column(BigInteger)
    again: Mapped[bool] = mapped_column()
    reference: Mapped[int] = mapped_column(Integer)
    wish: Mapped[str | None] = mapped_column(Key)
    labels: Mapped[dict[str, str]] = mapped_column(Document)
    origin: Mapped[dict[str, Any]] = mapped_column(Document)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    host_id: Mapped[str | None] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class SweepMember(Base):
    """One stack of a sweep: an inspection of its own, or what the graph knew of it before."""

    __tablename__ = "sweep_members"

    sweep_id: Mapped[str] = mapped_column(ForeignKey("sweeps.id"), primary_key=True)
    member_index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(PlainText)
    wave: Mapped[int | None] = mapped_column(Integer)
    lock_digest: Mapped[str] = mapped_column(Key)
    pins: Mapped[dict[str, str]] = mapped_column(Document)
    inspection_id: Mapped[str | None] = mapped_column(ForeignKey("inspections.id"), index=True)
    known_inspection_id: Mapped[str | None] = mapped_column(ForeignKey("inspections.id"))


sweeps = table_of(Sweep)
sweep_members = table_of(SweepMember)
