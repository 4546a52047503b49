"""Guarded writes: the only module that changes a state.

Every method is one transaction. A write under a claim carries its fence; where the row count says
that somebody else holds the inspection now, StaleClaimError is raised and nothing is written.
Lease times come from the database's clock. A database that does not take the write in time (locked
by another program, disk full) raises StorageError with a message fit to be shown.

What changes no state is beside this module: recording.py (plan, log, runs), leases.py, registry.py
(hosts, indicators, signs of life), announcements.py (the outbox), sync.py (nodes and edges).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from amun_core.errors import (
    ConflictError,
    IllegalTransitionError,
    NotFoundError,
    StaleClaimError,
    StorageError,
)
from amun_core.states import (
    Actor,
    AttemptKind,
    AttemptOutcome,
    InspectionState,
    transition_is_legal,
)
from knowledge_graph.announcements import Announcements, announce
from knowledge_graph.attempts import accepted_runs, close_attempt, open_attempt, spent
from knowledge_graph.column_types import database_now
from knowledge_graph.idempotency import remember, replayed
from knowledge_graph.leases import Leases
from knowledge_graph.models import (
    inspection_events,
    inspections,
    labels,
    outbox,
)
from knowledge_graph.recording import Recording, failure_document
from knowledge_graph.records import (
    BuiltRecord,
    Claim,
    CreatedInspection,
    Failure,
    NewInspection,
    Reaped,
)
from knowledge_graph.registry import Registry
from knowledge_graph.sync import add_environment
from knowledge_graph.writer import STATES_OF_KIND, hold

_ACTOR_OF_KIND = {AttemptKind.BUILD: Actor.BUILDER, AttemptKind.MEASURE: Actor.MEASURER}
_KIND_OF_STATE = {active: kind for kind, (_, active) in STATES_OF_KIND.items()}
_WAITING = frozenset(waiting for waiting, _ in STATES_OF_KIND.values())
_DRAWS = 8  # of an id that is taken already, or of an idempotency key that another request writes

# Made once: SQLAlchemy compiles a statement object once and finds it again without a look at it.
_NEW_INSPECTION = (
    insert(inspections)
    .values(
        state=InspectionState.ACCEPTED.value,
        created_at=database_now(),
        updated_at=database_now(),
        announced_at=database_now(),
    )
    .returning(inspections.c.created_at)
)
_NEW_OUTBOX = insert(outbox).values(created_at=database_now(), kind=AttemptKind.BUILD.value)
_NEW_EVENT = insert(inspection_events).values(at=database_now())


class GraphStore(Recording, Leases, Registry, Announcements):
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
                    return _create(connection, new, idempotency_key)
            except IntegrityError:
                continue  # the id is taken, or the key was written a moment ago: look again
        raise StorageError("no free inspection id was found", hint="Try again.")

    def mark_queued(self, inspection_ids: Collection[str]) -> int:
        """Accepted -> queued for those still accepted (before their message is published)."""
        if not inspection_ids:
            return 0
        with self._transaction() as connection:
            return sum(
                _transition(
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
        facts its plan was made with. `maximum_attempts` is the reaper's business.
        """
        waiting, active = STATES_OF_KIND[kind]
        started = "build_started_at" if kind is AttemptKind.BUILD else "run_started_at"
        conditions: list[ColumnElement[bool]] = []
        if kind is AttemptKind.MEASURE and host_id is not None:
            conditions.append(inspections.c.host_id == host_id)
        with self._transaction() as connection:
            fence = _transition(
                connection,
                inspection_id,
                waiting,
                active,
                _ACTOR_OF_KIND[kind],
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
            return open_attempt(connection, inspection_id, kind, fence, worker, host_id)

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
            _move(
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
            _move(connection, claim, InspectionState.SUCCEEDED)

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
            _move(
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
            return _give_back(
                connection,
                claim.inspection_id,
                STATES_OF_KIND[claim.kind][1],
                claim.fence,
                _ACTOR_OF_KIND[claim.kind],
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
            return _give_back(
                connection,
                claim.inspection_id,
                STATES_OF_KIND[claim.kind][1],
                claim.fence,
                _ACTOR_OF_KIND[claim.kind],
                cancel_requested=cancel_requested,
                message="released",
            )

    def cancel_claimed(self, claim: Claim) -> None:
        """The worker has ended the work on request: -> cancelled."""
        with self._transaction() as connection:
            hold(connection, claim)
            close_attempt(connection, claim.inspection_id, claim.fence, AttemptOutcome.CANCELLED)
            _move(connection, claim, InspectionState.CANCELLED)

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
            if state.active:
                connection.execute(
                    update(inspections)
                    .where(inspections.c.id == inspection_id)
                    .values(cancel_requested=True, updated_at=database_now())
                )
                return state
            _transition(
                connection,
                inspection_id,
                state,
                InspectionState.CANCELLED,
                Actor.API,
                values={"cancel_requested": True},
            )
            return InspectionState.CANCELLED

    def reap(self, *, maximum_attempts: int) -> list[Reaped]:
        """Expired leases: building -> queued, running -> built, or crashed; cancelled if asked.

        Outbox rows are added again, attempts are closed as lost. Never touches a waiting one.
        """
        with self._reading() as connection:
            expired = connection.execute(
                select(inspections.c.id).where(inspections.c.lease_until < database_now())
            )
            found = sorted(expired.scalars())
        reaped = (self._reap_one(inspection_id, maximum_attempts) for inspection_id in found)
        return [one for one in reaped if one is not None]

    def _reap_one(self, inspection_id: str, maximum_attempts: int) -> Reaped | None:
        with self._transaction() as connection:
            row = connection.execute(
                select(inspections.c.state, inspections.c.fence, inspections.c.cancel_requested)
                .where(
                    inspections.c.id == inspection_id,
                    inspections.c.lease_until < database_now(),
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
            now = _give_back(
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


def _transition(
    connection: Connection,
    inspection_id: str,
    current: InspectionState,
    new: InspectionState,
    actor: Actor,
    *,
    conditions: Collection[ColumnElement[bool]] = (),
    values: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int | None:
    """Compare-and-set `current` -> `new` with its event; the fence after, None if it was not so.

    All changes of a state come through here: legality, lease, times and trace cannot be forgotten.
    """
    if not transition_is_legal(current, new, actor):
        raise IllegalTransitionError(inspection_id, current, new)
    changed: dict[str, Any] = {"state": new.value, "updated_at": database_now()}
    if not new.active:
        changed |= {"lease_owner": None, "lease_until": None}
    if new.terminal:
        changed["ended_at"] = database_now()
    if new in _WAITING:
        changed["announced_at"] = database_now()
    fence: int | None = connection.execute(
        update(inspections)
        .where(inspections.c.id == inspection_id, inspections.c.state == current.value, *conditions)
        .values(**changed | dict(values or {}))
        .returning(inspections.c.fence)
    ).scalar()
    if fence is not None:
        connection.execute(
            _NEW_EVENT,
            {
                "inspection_id": inspection_id,
                "state_from": current.value,
                "state_to": new.value,
                "actor": actor.value,
                "fence": fence,
                "detail": dict(detail or {}),
            },
        )
    return fence


def _move(
    connection: Connection,
    claim: Claim,
    new: InspectionState,
    *,
    detail: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Move a claimed inspection on; StaleClaimError if the claim does not hold."""
    active = STATES_OF_KIND[claim.kind][1]
    fence = _transition(
        connection,
        claim.inspection_id,
        active,
        new,
        _ACTOR_OF_KIND[claim.kind],
        conditions=[inspections.c.fence == claim.fence],
        values=values,
        detail=detail,
    )
    if fence is None:
        raise StaleClaimError(claim.inspection_id, active, claim.fence)


def _give_back(
    connection: Connection,
    inspection_id: str,
    active: InspectionState,
    fence: int,
    actor: Actor,
    *,
    cancel_requested: bool,
    message: str,
    maximum_attempts: int | None = None,
) -> InspectionState:
    """From `active` to waiting, cancelled or crashed; the attempt must be closed already."""
    kind = _KIND_OF_STATE[active]
    values: dict[str, Any] = {}
    new = STATES_OF_KIND[kind][0]
    if cancel_requested:
        new = InspectionState.CANCELLED
    elif (
        maximum_attempts is not None and spent(connection, inspection_id, kind) >= maximum_attempts
    ):
        new = InspectionState.CRASHED
        values["message"] = message
    moved = _transition(
        connection,
        inspection_id,
        active,
        new,
        actor,
        conditions=[inspections.c.fence == fence],
        values=values,
        detail={"message": message},
    )
    if moved is None:
        raise StaleClaimError(inspection_id, active, fence)
    if new in _WAITING:
        announce(connection, inspection_id, kind)
    return new


def _create(
    connection: Connection, new: NewInspection, idempotency_key: str | None
) -> CreatedInspection:
    suffix = secrets.token_hex(4)
    inspection_id = "-".join(part for part in ("inspection", new.identifier, suffix) if part)
    created_at = connection.execute(
        _NEW_INSPECTION,
        {
            "id": inspection_id,
            "suffix": suffix,
            "identifier": new.identifier,
            "surface": new.surface,
            "specification": new.specification,
            "specification_hash": new.specification_hash,
            "lock_digest": new.lock_digest,
            "warnings": list(new.warnings),
            "labels": dict(new.labels),
            "indicator": new.indicator,
            "framework": new.framework,
            "engine_requested": new.engine,
            "runs": new.runs,
        },
    ).scalar_one()
    connection.execute(_NEW_OUTBOX, {"inspection_id": inspection_id})
    connection.execute(
        _NEW_EVENT,
        {
            "inspection_id": inspection_id,
            "state_from": None,
            "state_to": InspectionState.ACCEPTED.value,
            "actor": Actor.API.value,
            "fence": 0,
            "detail": {},
        },
    )
    if new.labels:
        connection.execute(
            insert(labels),
            [
                {"inspection_id": inspection_id, "key": key, "value": value}
                for key, value in new.labels.items()
            ],
        )
    if idempotency_key is not None:
        remember(connection, idempotency_key, new, inspection_id)
    return CreatedInspection(inspection_id, InspectionState.ACCEPTED, created_at)
