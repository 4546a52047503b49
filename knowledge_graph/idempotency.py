"""Idempotency: the same request sent again gets the first answer again."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select

from amun_core.errors import IdempotencyConflictError
from amun_core.states import InspectionState
from knowledge_graph.column_types import database_now
from knowledge_graph.models import idempotency_keys, inspections
from knowledge_graph.records import CreatedInspection, NewInspection

_NEW_KEY = insert(idempotency_keys).values(created_at=database_now())
_KNOWN_KEY = (
    select(
        idempotency_keys.c.specification_hash,
        inspections.c.id,
        inspections.c.state,
        inspections.c.created_at,
    )
    .join(inspections, inspections.c.id == idempotency_keys.c.inspection_id)
    .where(idempotency_keys.c.key == bindparam("idempotency_key"))
)


def replayed(connection: Connection, key: str, new: NewInspection) -> CreatedInspection | None:
    """What this key made before, None for a new key; IdempotencyConflictError for another request."""
    known = connection.execute(_KNOWN_KEY, {"idempotency_key": key}).first()
    if known is None:
        return None
    if known.specification_hash != new.specification_hash:
        raise IdempotencyConflictError(
            f"the idempotency key was used for another request, which made {known.id}",
            hint="Send a new key with a new request.",
        )
    return CreatedInspection(
        known.id, InspectionState(known.state), known.created_at, replayed=True
    )


def remember(connection: Connection, key: str, new: NewInspection, inspection_id: str) -> None:
    """Store the key with what it made; IntegrityError if another request was faster."""
    connection.execute(
        _NEW_KEY,
        {
            "key": key,
            "specification_hash": new.specification_hash,
            "inspection_id": inspection_id,
        },
    )
