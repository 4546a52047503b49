"""Guarded writes: the only module that changes a state.

Every method is one transaction. A write under a claim carries its fence; where the row count says
that somebody else holds the inspection now, StaleClaimError is raised and nothing is written.
Lease times come from the database's clock. A database that does not take the write in time (locked
by another program, disk full) raises StorageError with a message fit to be shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from amun_core.states import AttemptKind, InspectionState
from knowledge_graph.records import (
    BuiltRecord,
    Claim,
    CreatedInspection,
    Failure,
    NewInspection,
    OutboxMessage,
    Reaped,
    RunRecord,
)


class GraphStore:
    """Writes of the knowledge graph, on SQLite and PostgreSQL alike."""

    def __init__(self, database_url: str) -> None: ...

    def create_inspection(
        self, new: NewInspection, *, idempotency_key: str | None = None
    ) -> CreatedInspection:
        """Insert inspection, outbox row and first event (state accepted); Core inserts, few of them.

        Same key and same specification hash: the first answer again (`replayed`).
        Same key, other specification: IdempotencyConflictError. The id is
        `inspection-[IDENTIFIER-]8hex`, drawn again on collision.
        """

    def pending_outbox(self, limit: int = 100) -> list[OutboxMessage]:
        """Messages not yet published, oldest first."""

    def mark_queued(self, inspection_ids: Collection[str]) -> int:
        """Accepted -> queued for those still accepted (before their message is published)."""

    def mark_published(self, outbox_ids: Collection[int]) -> None:
        """Delete or stamp the outbox rows that were handed to the broker."""

    def announce_waiting(self, older_than_seconds: float) -> int:
        """New outbox rows for queued and built inspections that nobody took for so long."""

    def claim(
        self,
        inspection_id: str,
        kind: AttemptKind,
        *,
        worker: str,
        lease_seconds: float,
        host_id: str | None = None,
    ) -> Claim | None:
        """Compare-and-set: queued -> building, or built -> running. None: nothing to claim here.

        Raises the fence, opens an attempt row. A built inspection is claimed only on a host that
        may run it. `maximum_attempts` is the reaper's business.
        """

    def renew(self, claim: Claim, lease_seconds: float) -> bool:
        """Prolong the lease; True if a cancel was requested. StaleClaimError if the lease is lost."""

    def save_plan(self, claim: Claim, plan: str, *, engine: str, engine_why: str) -> None:
        """Store the plan (JSON text) of the attempt."""

    def append_log(self, claim: Claim, section: str, text: str) -> None:
        """Append one chunk to the inspection's log."""

    def finish_build(self, claim: Claim, built: BuiltRecord, *, build_only: bool = False) -> None:
        """Building -> built (or succeeded), nodes and edges, outbox row of the measure queue."""

    def record_run(self, claim: Claim, run: RunRecord) -> bool:
        """Store one run with its samples. False if an accepted run of this index exists already."""

    def finish_measure(self, claim: Claim) -> None:
        """Running -> succeeded; refused unless every run index has its accepted run."""

    def fail(self, claim: Claim, failure: Failure) -> None:
        """Building or running -> failed, with its reason."""

    def crash(self, claim: Claim, message: str, *, maximum_attempts: int) -> InspectionState:
        """An error of ours: back to queued or built while attempts are left, else crashed."""

    def release(self, claim: Claim) -> InspectionState:
        """Give the inspection back (drain): building -> queued, running -> built. Costs no attempt."""

    def cancel_claimed(self, claim: Claim) -> None:
        """The worker has ended the work on request: -> cancelled."""

    def request_cancel(self, inspection_id: str) -> InspectionState:
        """Cancel at once where nobody works on it, else ask its worker. Returns the state after.

        NotFoundError; IllegalTransitionError if it has ended already (cancelled again is fine).
        """

    def reap(self, *, maximum_attempts: int) -> list[Reaped]:
        """Expired leases: building -> queued, running -> built, or crashed; cancelled if asked.

        Outbox rows are added again, attempts are closed as lost. Never touches a waiting one.
        """

    def alive_claims(self) -> set[tuple[str, int]]:
        """(inspection id, fence) of all valid leases."""

    def acquire_host_lease(self, host_id: str, owner: str, lease_seconds: float) -> bool:
        """The measuring lease of a host: one holder at a time. Re-entrant for the same owner."""

    def release_host_lease(self, host_id: str, owner: str) -> None:
        """Give the measuring lease back."""

    def save_host(self, host_id: str, description: dict[str, Any]) -> None:
        """Insert or refresh a host."""

    def save_indicators(self, indicators: Sequence[dict[str, Any]]) -> None:
        """Insert the indicators this installation ships: name, framework, version, digest."""

    def service_beat(self, name: str, detail: dict[str, Any]) -> None:
        """A sign of life of a process of the service (dispatcher, builder, measurer, reaper)."""
