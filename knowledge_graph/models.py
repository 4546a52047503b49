"""Inspections and everything that hangs on one: attempts, runs, samples, events, log, outbox.

The lasting nodes (stacks, environments, hosts, indicators) are in nodes.py. A new indicator needs
no column: its parameters and results are JSON, and what is searched for is extracted into keys.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_graph.column_types import Base, Document, Key, Measured, Moment, PlainText, table_of
from knowledge_graph.nodes import hosts, runtime_environments, software_stacks

# SQLite numbers rows by itself only in a column whose type is exactly INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")


class Inspection(Base):
    """One request carried from specification to result, its state, lease and fence."""

    __tablename__ = "inspections"
    __table_args__ = (
        Index("ix_inspections_state_sequence", "state", "sequence"),
        Index("ix_inspections_indicator", "indicator", "framework"),
        # what the reaper looks for: few rows at any time
        Index(
            "ix_inspections_lease_until",
            "lease_until",
            postgresql_where=text("lease_until IS NOT NULL"),
            sqlite_where=text("lease_until IS NOT NULL"),
        ),
    )

    sequence: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Key, unique=True)
    suffix: Mapped[str] = mapped_column(Key, index=True)
    identifier: Mapped[str | None] = mapped_column(PlainText)
    surface: Mapped[str] = mapped_column(Key)
    state: Mapped[str] = mapped_column(Key)
    fence: Mapped[int] = mapped_column(Integer, server_default="0")
    lease_owner: Mapped[str | None] = mapped_column(PlainText)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    specification: Mapped[str] = mapped_column(PlainText)
    specification_hash: Mapped[str] = mapped_column(Key, index=True)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    labels: Mapped[dict[str, str]] = mapped_column(Document)
    indicator: Mapped[str | None] = mapped_column(Key)
    framework: Mapped[str | None] = mapped_column(Key)
    engine_requested: Mapped[str] = mapped_column(Key)
    engine: Mapped[str | None] = mapped_column(Key)
    engine_why: Mapped[str | None] = mapped_column(PlainText)
    runs: Mapped[int] = mapped_column(Integer)
    comparison_id: Mapped[str | None] = mapped_column(Key, index=True)
    arm: Mapped[str | None] = mapped_column(Key)
    sweep_id: Mapped[str | None] = mapped_column(Key, index=True)
    build_variant: Mapped[int] = mapped_column(Integer, server_default="0")
    plan: Mapped[str | None] = mapped_column(PlainText)
    lock_digest: Mapped[str | None] = mapped_column(Key, index=True)
    stack_digest: Mapped[str | None] = mapped_column(
        ForeignKey(software_stacks.c.digest), index=True
    )
    environment_id: Mapped[int | None] = mapped_column(ForeignKey(runtime_environments.c.id))
    host_id: Mapped[str | None] = mapped_column(ForeignKey(hosts.c.id), index=True)
    failure_reason: Mapped[str | None] = mapped_column(Key, index=True)
    failure: Mapped[dict[str, Any] | None] = mapped_column(Document)
    message: Mapped[str | None] = mapped_column(PlainText)
    log_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    announced_at: Mapped[datetime] = mapped_column(Moment)
    build_started_at: Mapped[datetime | None] = mapped_column(Moment)
    build_ended_at: Mapped[datetime | None] = mapped_column(Moment)
    run_started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Label(Base):
    """A label of an inspection, for the filter; what is shown stands in the inspection itself."""

    __tablename__ = "labels"
    __table_args__ = (Index(None, "key", "value"),)

    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    value: Mapped[str] = mapped_column(Key)


class IdempotencyKey(Base):
    """A key that a client sent with a request, and the inspection it made."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(Key, primary_key=True)
    specification_hash: Mapped[str] = mapped_column(Key)
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)


class InspectionEvent(Base):
    """The trace of one transition, written in its transaction."""

    __tablename__ = "inspection_events"

    id: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    state_from: Mapped[str | None] = mapped_column(Key)
    state_to: Mapped[str] = mapped_column(Key)
    actor: Mapped[str] = mapped_column(Key)
    fence: Mapped[int] = mapped_column(Integer)
    detail: Mapped[dict[str, Any]] = mapped_column(Document)


class OutboxRow(Base):
    """A hint that waits for the dispatcher."""

    __tablename__ = "outbox"
    # The table empties again and again: a number that comes back would name another hint.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"), index=True)
    kind: Mapped[str] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Attempt(Base):
    """One claim of one worker and how it ended; a build attempt says what it made, and how long."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "inspection_id", "fence", unique=True),)

    id: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    kind: Mapped[str] = mapped_column(Key)
    number: Mapped[int] = mapped_column(Integer)
    fence: Mapped[int] = mapped_column(Integer)
    worker: Mapped[str] = mapped_column(PlainText)
    host_id: Mapped[str | None] = mapped_column(Key)
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(Key)
    failure: Mapped[dict[str, Any] | None] = mapped_column(Document)
    message: Mapped[str | None] = mapped_column(PlainText)
    environment_id: Mapped[int | None] = mapped_column(ForeignKey(runtime_environments.c.id))
    build_seconds: Mapped[float | None] = mapped_column(Double)
    reused: Mapped[bool | None] = mapped_column()


class Run(Base):
    """One process start of one indicator. One accepted run for each index, for ever."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "uq_runs_accepted",
            "inspection_id",
            "run_index",
            unique=True,
            postgresql_where=text("accepted"),
            sqlite_where=text("accepted"),
        ),
        Index("ix_runs_inspection_id", "inspection_id"),
        # the key of every result: stack, environment, indicator and host
        Index(
            "ix_runs_result_key",
            "indicator",
            "framework",
            "parameters_digest",
            "stack_digest",
            "environment_id",
            "host_id",
        ),
        Index("ix_runs_stack_digest", "stack_digest"),
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    run_index: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Key)
    accepted: Mapped[bool] = mapped_column()
    indicator: Mapped[str | None] = mapped_column(Key)
    framework: Mapped[str | None] = mapped_column(Key)
    framework_version: Mapped[str | None] = mapped_column(Key)
    parameters_digest: Mapped[str] = mapped_column(Key)
    stack_digest: Mapped[str | None] = mapped_column(ForeignKey(software_stacks.c.digest))
    environment_id: Mapped[int | None] = mapped_column(ForeignKey(runtime_environments.c.id))
    host_id: Mapped[str | None] = mapped_column(ForeignKey(hosts.c.id))
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime] = mapped_column(Moment)
    exit_code: Mapped[int | None] = mapped_column(Integer)
    wall_seconds: Mapped[float] = mapped_column(Double)
    peak_rss_bytes: Mapped[int | None] = mapped_column(BigInteger)
    rate_gflops: Mapped[float | None] = mapped_column(Measured)
    elapsed_seconds: Mapped[float | None] = mapped_column(Measured)
    first_sample_at: Mapped[datetime | None] = mapped_column(Moment)
    document: Mapped[dict[str, Any]] = mapped_column(Document)
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    stdout: Mapped[str] = mapped_column(PlainText)
    stderr: Mapped[str] = mapped_column(PlainText)
    disturbed: Mapped[list[str]] = mapped_column(Document)
    failure_reason: Mapped[str | None] = mapped_column(Key)
    failure: Mapped[dict[str, Any] | None] = mapped_column(Document)


class SampleRow(Base):
    """All samples of one run: seconds per iteration in order, raw, and the work of one iteration."""

    __tablename__ = "samples"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    warmups: Mapped[int] = mapped_column(Integer)
    flops_per_iteration: Mapped[float | None] = mapped_column(Double)
    seconds: Mapped[bytes] = mapped_column(LargeBinary)


class LogChunk(Base):
    """A piece of an inspection's log; `position` counts its bytes up to the end of this piece."""

    __tablename__ = "log_chunks"

    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    section: Mapped[str] = mapped_column(PlainText)
    text: Mapped[str] = mapped_column(PlainText)


class HostLease(Base):
    """The measuring lease of a host: one holder at a time."""

    __tablename__ = "host_leases"

    host_id: Mapped[str] = mapped_column(Key, primary_key=True)
    owner: Mapped[str] = mapped_column(PlainText)
    lease_until: Mapped[datetime] = mapped_column(Moment)


class ServiceBeat(Base):
    """The newest sign of life of a process of the service."""

    __tablename__ = "service_beats"

    name: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    detail: Mapped[dict[str, Any]] = mapped_column(Document)


inspections = table_of(Inspection)
labels = table_of(Label)
idempotency_keys = table_of(IdempotencyKey)
inspection_events = table_of(InspectionEvent)
outbox = table_of(OutboxRow)
attempts = table_of(Attempt)
runs = table_of(Run)
samples = table_of(SampleRow)
log_chunks = table_of(LogChunk)
host_leases = table_of(HostLease)
service_beats = table_of(ServiceBeat)
