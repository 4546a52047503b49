"""The one place where a state changes: legality, lease, times and trace cannot be forgotten.

Called by store.py, comparing.py and sweeping.py, inside their transactions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from amun_core.errors import IllegalTransitionError, StaleClaimError
from amun_core.redaction import redact_text
from amun_core.states import (
    FAILURE_REASONS,
    TERMINAL_STATES,
    Actor,
    AttemptKind,
    FailureReason,
    InspectionState,
    attributed_to,
    transition_is_legal,
)
from knowledge_graph.announcements import announce
from knowledge_graph.attempts import spent
from knowledge_graph.column_types import database_now
from knowledge_graph.models import inspection_events, inspections
from knowledge_graph.recording import failure_document
from knowledge_graph.records import Claim, Failure
from knowledge_graph.sweep_waves import member_ended
from knowledge_graph.writer import STATES_OF_KIND

#: Who moves an inspection under a claim of this kind.
ACTOR_OF_KIND = {AttemptKind.BUILD: Actor.BUILDER, AttemptKind.MEASURE: Actor.MEASURER}
#: Ends after which there is nothing to compare with.
BAD_ENDS = TERMINAL_STATES - {InspectionState.SUCCEEDED}
_KIND_OF_STATE = {active: kind for kind, (_, active) in STATES_OF_KIND.items()}
_WAITING = frozenset(waiting for waiting, _ in STATES_OF_KIND.values())

# Made once: SQLAlchemy compiles a statement object once and finds it again without a look at it.
_NEW_EVENT = insert(inspection_events).values(at=database_now())


def transition(
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
    moved = connection.execute(
        update(inspections)
        .where(inspections.c.id == inspection_id, inspections.c.state == current.value, *conditions)
        .values(**changed | dict(values or {}))
        .returning(inspections.c.fence, inspections.c.comparison_id, inspections.c.sweep_id)
    ).first()
    if moved is None:
        return None
    connection.execute(
        _NEW_EVENT,
        {
            "inspection_id": inspection_id,
            "state_from": current.value,
            "state_to": new.value,
            "actor": actor.value,
            "fence": moved.fence,
            "detail": dict(detail or {}),
        },
    )
    if moved.comparison_id is not None and new in BAD_ENDS:
        _end_other_arm(connection, moved.comparison_id, inspection_id, new, actor)
    if moved.sweep_id is not None and new.terminal:
        member_ended(connection, moved.sweep_id, badly=new in BAD_ENDS)
    fence: int = moved.fence
    return fence


def _end_other_arm(
    connection: Connection,
    comparison_id: str,
    ended_id: str,
    ended: InspectionState,
    actor: Actor,
) -> None:
    """One arm ended badly: the other one ends too, where nobody works on it.

    Where somebody does, it goes on to its next state, and whoever would measure it ends it then.
    """
    other = connection.execute(
        select(inspections.c.id, inspections.c.state)
        .where(inspections.c.comparison_id == comparison_id, inspections.c.id != ended_id)
        # a row that another transaction is at work on is left to it: waiting might be for ever
        .with_for_update(skip_locked=True)
    ).first()
    if other is None or InspectionState(other.state).terminal:
        return
    state = InspectionState(other.state)
    if not state.active:
        end_with_other_arm(connection, other.id, state, ended_id, ended, actor)
    elif ended is InspectionState.CANCELLED:
        connection.execute(
            update(inspections)
            .where(inspections.c.id == other.id)
            .values(cancel_requested=True, updated_at=database_now())
        )


def end_with_other_arm(
    connection: Connection,
    inspection_id: str,
    state: InspectionState,
    ended_id: str,
    ended: InspectionState,
    actor: Actor,
) -> int | None:
    """End an arm because the other one, `ended_id`, has `ended`; the fence after."""
    if ended is InspectionState.CANCELLED:
        return transition(
            connection,
            inspection_id,
            state,
            InspectionState.CANCELLED,
            actor,
            values={"cancel_requested": True},
            detail={"other_arm": ended_id},
        )
    reason = FailureReason.OTHER_ARM_ENDED
    failure = Failure(
        reason,
        attributed_to(reason),
        f"the other arm, {ended_id}, has {ended}",
        hint=FAILURE_REASONS[reason][1],
    )
    return transition(
        connection,
        inspection_id,
        state,
        InspectionState.FAILED,
        actor,
        values={"failure_reason": reason.value, "failure": failure_document(failure)},
        detail={"reason": reason.value, "other_arm": ended_id},
    )


def move(
    connection: Connection,
    claim: Claim,
    new: InspectionState,
    *,
    detail: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Move a claimed inspection on; StaleClaimError if the claim does not hold."""
    active = STATES_OF_KIND[claim.kind][1]
    fence = transition(
        connection,
        claim.inspection_id,
        active,
        new,
        ACTOR_OF_KIND[claim.kind],
        conditions=[inspections.c.fence == claim.fence],
        values=values,
        detail=detail,
    )
    if fence is None:
        raise StaleClaimError(claim.inspection_id, active, claim.fence)


def give_back(
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
    message = redact_text(message)
    values: dict[str, Any] = {}
    new = STATES_OF_KIND[kind][0]
    if cancel_requested:
        new = InspectionState.CANCELLED
    elif (
        maximum_attempts is not None and spent(connection, inspection_id, kind) >= maximum_attempts
    ):
        new = InspectionState.CRASHED
        values["message"] = message
    moved = transition(
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


def cancel_or_ask(
    connection: Connection, inspection_id: str, state: InspectionState
) -> InspectionState:
    """Cancel an inspection where nobody works on it, else ask its worker to. Returns the state after.

    `state` is the present one, and no end.
    """
    if state.active:
        connection.execute(
            update(inspections)
            .where(inspections.c.id == inspection_id)
            .values(cancel_requested=True, updated_at=database_now())
        )
        return state
    transition(
        connection,
        inspection_id,
        state,
        InspectionState.CANCELLED,
        Actor.API,
        values={"cancel_requested": True},
    )
    return InspectionState.CANCELLED
