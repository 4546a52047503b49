"""Guarded writes: what changes the state of one inspection.

Every method is one transaction. A write under a claim carries its fence; where the row count says
that somebody else holds the inspection now, StaleClaimError is raised and nothing is written.
Lease times come from the database's clock. A database that does not take the write in time (locked
by another program, disk full) raises StorageError with a message fit to be shown.

States change in transitions.py alone. The two arms of a comparison move together in comparing.py,
the members of a sweep in turns in sweeping.py; questions about stacks are in stack_questions.py;
what changes no state is beside this module: recording.py (plan, log, runs), leases.py, registry.py
(hosts, indicators, signs of life), announcements.py (the outbox), sync.py (nodes and edges).
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, Double, func, select, type_coerce
from sqlalchemy.exc import IntegrityError

from amun_core.errors import (
    ConflictError,
    IllegalTransitionError,
    NotFoundError,
    StorageError,
)
from amun_core.states import Actor, AttemptKind, AttemptOutcome, InspectionState
from knowledge_graph.announcements import Announcements, announce
from knowledge_graph.attempts import accepted_runs, close_attempt, open_attempt
from knowledge_graph.column_types import database_now
from knowledge_graph.comparing import Comparing, keep_on_host
from knowledge_graph.creating import insert_inspection
from knowledge_graph.idempotency import remember, replayed
from knowledge_graph.leases import Leases
from knowledge_graph.models import inspections
from knowledge_graph.placement import Placement
from knowledge_graph.recording import Recording, failure_document
from knowledge_graph.records import (
    BuiltRecord,
    Claim,
    CreatedInspection,
    Failure,
    HeldClaim,
    NewInspection,
    Reaped,
)
from knowledge_graph.registry import Registry
from knowledge_graph.stack_questions import StackQuestions
from knowledge_graph.sweep_waves import goes_on, keep_sweep_on_host
from knowledge_graph.sweeping import Sweeping
from knowledge_graph.sync import add_environment
from knowledge_graph.transitions import ACTOR_OF_KIND, cancel_or_ask, give_back, move, transition
from knowledge_graph.waiting import WaitingWork
from knowledge_graph.writer import STATES_OF_KIND, hold

_DRAWS = 8  # of an id that is taken already, or of an idempotency key that another request writes


class _ElsewhereError(Exception):
    """The other arm of the comparison, or the rest of the sweep, is on another host."""


def _stays(connection: Connection, claim: Claim, host_id: str) -> bool:
    """Whether what belongs together is on this host, or may now be."""
    if claim.comparison_id:
        return keep_on_host(connection, claim.comparison_id, host_id)
    if claim.sweep_id:
        return keep_sweep_on_host(connection, claim.sweep_id, host_id)
    return True


class GraphStore(
    Comparing,
    Sweeping,
    StackQuestions,
    Placement,
    WaitingWork,
    Recording,
    Leases,
    Registry,
    Announcements,
):
    """Writes of the knowledge graph, on SQLite and PostgreSQL alike."""

    def create_inspection(
        self, new: NewInspection, *, idempotency_key: str | None = None
    ) -> CreatedInspection:
        """Insert inspection, outbox row and first event (state accepted); Core inserts, few of them.

        Same key and same specification hash: the first answer again (`replayed`).
        Same key, other specification: IdempotencyConflictError. The id is
        `inspection-[IDENTIFIER-]8hex`, drawn again on collision.
        """
        for _ in range(_DRAWS):
            try:
                with self._transaction() as connection:
                    if idempotency_key is not None:
                        known = replayed(connection, idempotency_key, new)
                        if known is not None:
                            return known
                    created = insert_inspection(connection, new)
                    if idempotency_key is not None:
                        remember(connection, idempotency_key, new, created.inspection_id)
                    return created
            except IntegrityError:
                continue  # the id is taken, or the key was written a moment ago: look again
        raise StorageError("no free inspection id was found", hint="Try again.")

    def mark_queued(self, inspection_ids: Collection[str]) -> int:
        """Accepted -> queued for those still accepted (before their message is published)."""
        if not inspection_ids:
            return 0
        with self._transaction() as connection:
            return sum(
                transition(
                    connection,
                    inspection_id,
                    InspectionState.ACCEPTED,
                    InspectionState.QUEUED,
                    Actor.DISPATCHER,
                )
                is not None
                for inspection_id in sorted(set(inspection_ids))
            )

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

        Raises the fence, opens an attempt row. A built inspection is claimed only on the host whose
        facts its plan was made with, an arm of a comparison only with the other one (`claim_pair`),
        a member of a sweep only in its turn (`claim_turn`); what belongs together is built on one
        host, and of a sweep that is paused nothing. `maximum_attempts` is the reaper's business.
        """
        try:
            return self._claim(inspection_id, kind, worker, lease_seconds, host_id)
        except _ElsewhereError:
            return None

    def _claim(
        self,
        inspection_id: str,
        kind: AttemptKind,
        worker: str,
        lease_seconds: float,
        host_id: str | None,
    ) -> Claim | None:
        waiting, active = STATES_OF_KIND[kind]
        started = "build_started_at" if kind is AttemptKind.BUILD else "run_started_at"
        conditions: list[ColumnElement[bool]] = []
        if kind is AttemptKind.MEASURE:
            conditions.append(inspections.c.comparison_id.is_(None))
            conditions.append(inspections.c.sweep_id.is_(None))
            if host_id is not None:
                conditions.append(inspections.c.host_id == host_id)
        else:
            conditions.append(goes_on())
        with self._transaction() as connection:
            fence = transition(
                connection,
                inspection_id,
                waiting,
                active,
                ACTOR_OF_KIND[kind],
                conditions=conditions,
                values={
                    "fence": inspections.c.fence + 1,
                    "lease_owner": worker,
                    "lease_until": database_now() + lease_seconds,
                    started: func.coalesce(inspections.c[started], database_now()),
                },
                detail={"worker": worker},
            )
            if fence is None:
                return None
            claim = open_attempt(connection, inspection_id, kind, fence, worker, host_id)
            if host_id is not None and not _stays(connection, claim, host_id):
                raise _ElsewhereError
            return claim

    def finish_build(self, claim: Claim, built: BuiltRecord, *, build_only: bool = False) -> None:
        """Building -> built (or succeeded), nodes and edges, outbox row of the measure queue."""
        with self._transaction() as connection:
            hold(connection, claim)
            environment_id = add_environment(connection, built)
            close_attempt(
                connection,
                claim.inspection_id,
                claim.fence,
                AttemptOutcome.COMPLETED,
                environment_id=environment_id,
                build_seconds=built.build_seconds,
                reused=built.reused,
            )
            move(
                connection,
                claim,
                InspectionState.SUCCEEDED if build_only else InspectionState.BUILT,
                stack_digest=built.stack.digest,
                environment_id=environment_id,
                host_id=built.host_id,
                build_ended_at=database_now(),
            )
            if not build_only:
                announce(connection, claim.inspection_id, AttemptKind.MEASURE)

    def finish_measure(self, claim: Claim) -> None:
        """Running -> succeeded; refused unless every run index has its accepted run."""
        with self._transaction() as connection:
            wanted = hold(connection, claim).runs
            missing = set(range(wanted)) - accepted_runs(connection, claim.inspection_id)
            if missing:
                raise ConflictError(
                    f"{claim.inspection_id} has no accepted run of index "
                    + ", ".join(str(index) for index in sorted(missing))
                )
            close_attempt(connection, claim.inspection_id, claim.fence, AttemptOutcome.COMPLETED)
            move(connection, claim, InspectionState.SUCCEEDED)

    def fail(self, claim: Claim, failure: Failure) -> None:
        """Building or running -> failed, with its reason."""
        document = failure_document(failure)
        with self._transaction() as connection:
            hold(connection, claim)
            close_attempt(
                connection,
                claim.inspection_id,
                claim.fence,
                AttemptOutcome.FAILED,
                failure=document,
            )
            move(
                connection,
                claim,
                InspectionState.FAILED,
                detail={"reason": failure.reason.value, "attributed_to": failure.attributed_to},
                failure_reason=failure.reason.value,
                failure=document,
            )

    def crash(self, claim: Claim, message: str, *, maximum_attempts: int) -> InspectionState:
        """An error of ours: back to queued or built while attempts are left, else crashed."""
        with self._transaction() as connection:
            cancel_requested = hold(connection, claim).cancel_requested
            close_attempt(
                connection,
                claim.inspection_id,
                claim.fence,
                AttemptOutcome.CRASHED,
                message=message,
            )
            return give_back(
                connection,
                claim.inspection_id,
                STATES_OF_KIND[claim.kind][1],
                claim.fence,
                ACTOR_OF_KIND[claim.kind],
                cancel_requested=cancel_requested,
                maximum_attempts=maximum_attempts,
                message=message,
            )

    def release(self, claim: Claim) -> InspectionState:
        """Give the inspection back (drain): building -> queued, running -> built. Costs no attempt.

        One whose cancel was requested meanwhile is cancelled: nobody works on it any more.
        """
        with self._transaction() as connection:
            cancel_requested = hold(connection, claim).cancel_requested
            close_attempt(connection, claim.inspection_id, claim.fence, AttemptOutcome.RELEASED)
            return give_back(
                connection,
                claim.inspection_id,
                STATES_OF_KIND[claim.kind][1],
                claim.fence,
                ACTOR_OF_KIND[claim.kind],
                cancel_requested=cancel_requested,
                message="released",
            )

    def cancel_claimed(self, claim: Claim) -> None:
        """The worker has ended the work on request: -> cancelled."""
        with self._transaction() as connection:
            hold(connection, claim)
            close_attempt(connection, claim.inspection_id, claim.fence, AttemptOutcome.CANCELLED)
            move(connection, claim, InspectionState.CANCELLED)

    def request_cancel(self, inspection_id: str) -> InspectionState:
        """Cancel at once where nobody works on it, else ask its worker. Returns the state after.

        NotFoundError; IllegalTransitionError if it has ended already (cancelled again is fine).
        """
        with self._transaction() as connection:
            found = connection.execute(
                select(inspections.c.state)
                .where(inspections.c.id == inspection_id)
                .with_for_update()
            ).scalar()
            if found is None:
                raise NotFoundError("inspection", inspection_id)
            state = InspectionState(found)
            if state is InspectionState.CANCELLED:
                return state
            if state.terminal:
                raise IllegalTransitionError(inspection_id, state, InspectionState.CANCELLED)
            return cancel_or_ask(connection, inspection_id, state)

    def reap(
        self, *, maximum_attempts: int, dead: Collection[HeldClaim] | None = None
    ) -> list[Reaped]:
        """Expired leases: building -> queued, running -> built, or crashed; cancelled if asked.

        Outbox rows are added again, attempts are closed as lost. Never touches a waiting one.
        `dead` are the claims whose leases have expired by the clock of whoever asks; without them
        the database's clock decides, which a single look has alone.
        """
        if dead is None:
            dead = [claim for claim in self.held_claims() if claim.left < 0]
        in_order = sorted(dead, key=lambda claim: claim.inspection_id)
        reaped = (self._reap_one(claim, maximum_attempts) for claim in in_order)
        return [one for one in reaped if one is not None]

    def _reap_one(self, claim: HeldClaim, maximum_attempts: int) -> Reaped | None:
        inspection_id = claim.inspection_id
        with self._transaction() as connection:
            row = connection.execute(
                select(inspections.c.state, inspections.c.fence, inspections.c.cancel_requested)
                .where(
                    inspections.c.id == inspection_id,
                    inspections.c.fence == claim.fence,
                    # not prolonged since it was looked at
                    type_coerce(inspections.c.lease_until, Double) == claim.beat,
                )
                .with_for_update()
            ).first()
            if row is None:
                return None  # its worker, or another reaper, was faster
            close_attempt(
                connection,
                inspection_id,
                row.fence,
                AttemptOutcome.LOST,
                message="the worker gave no sign of life",
            )
            state = InspectionState(row.state)
            now = give_back(
                connection,
                inspection_id,
                state,
                row.fence,
                Actor.REAPER,
                cancel_requested=row.cancel_requested,
                maximum_attempts=maximum_attempts,
                message="the worker gave no sign of life",
            )
            return Reaped(inspection_id, row.fence, state, now)
