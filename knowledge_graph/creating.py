"""The rows of a new inspection: by a request of its own, as an arm of a comparison, or of a sweep."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, insert

from amun_core.states import Actor, AttemptKind, InspectionState
from knowledge_graph.column_types import database_now
from knowledge_graph.models import inspection_events, inspections, labels, outbox
from knowledge_graph.records import CreatedInspection, NewInspection

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


def insert_inspection(
    connection: Connection,
    new: NewInspection,
    *,
    comparison_id: str | None = None,
    arm: str | None = None,
    build_variant: int = 0,
    sweep_id: str | None = None,
    announced: bool = True,
    runs: int | None = None,
) -> CreatedInspection:
    """Inspection, outbox row and first event. IntegrityError if the drawn id is taken.

    Without `announced` no builder hears of it yet. `runs` are in place of what it says itself.
    """
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
            "runs": new.runs if runs is None else runs,
            "comparison_id": comparison_id,
            "arm": arm,
            "build_variant": build_variant,
            "sweep_id": sweep_id,
        },
    ).scalar_one()
    if announced:
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
    return CreatedInspection(inspection_id, InspectionState.ACCEPTED, created_at)
