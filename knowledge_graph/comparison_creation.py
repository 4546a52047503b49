"""New comparisons: with two arms to be measured, or the judgement of two stored inspections."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from amun_core.comparison import ARMS
from amun_core.errors import IdempotencyConflictError, StorageError
from knowledge_graph.column_types import database_now
from knowledge_graph.comparison_records import (
    CreatedComparison,
    NewArm,
    NewComparison,
    Outcome,
)
from knowledge_graph.comparison_tables import comparisons
from knowledge_graph.creating import insert_inspection
from knowledge_graph.writer import Writer

_DRAWS = 8  # of an id that is taken already, or of an idempotency key that another request writes

_NEW_COMPARISON = (
    insert(comparisons)
    .values(created_at=database_now(), updated_at=database_now())
    .returning(comparisons.c.created_at)
)


class ComparisonCreation(Writer):
    """Inserts comparisons; the same request sent again gets the first answer again."""

    def create_comparison(
        self, new: NewComparison, a: NewArm, b: NewArm, *, idempotency_key: str | None = None
    ) -> CreatedComparison:
        """Insert a comparison with two new inspections as its arms, in one transaction."""

        def arms(connection: Connection, comparison_id: str) -> dict[str, str]:
            return {
                f"{name}_inspection_id": insert_inspection(
                    connection,
                    arm.inspection,
                    comparison_id=comparison_id,
                    arm=name,
                    build_variant=arm.build_variant,
                ).inspection_id
                for name, arm in zip(ARMS, (a, b), strict=True)
            }

        return self._create_comparison(new, "blocks", arms, {}, idempotency_key)

    def store_comparison(
        self,
        new: NewComparison,
        a_inspection_id: str,
        b_inspection_id: str,
        outcome: Outcome,
        *,
        idempotency_key: str | None = None,
    ) -> CreatedComparison:
        """Insert the judgement of two inspections that are stored; they stay as they are."""
        arms = {"a_inspection_id": a_inspection_id, "b_inspection_id": b_inspection_id}
        ended = {**outcome_values(outcome), "ended_at": database_now()}
        return self._create_comparison(new, "stored", lambda _c, _i: arms, ended, idempotency_key)

    def _create_comparison(
        self,
        new: NewComparison,
        design: str,
        arms: Callable[[Connection, str], Mapping[str, str]],
        values: Mapping[str, Any],
        idempotency_key: str | None,
    ) -> CreatedComparison:
        for _ in range(_DRAWS):
            try:
                with self._transaction() as connection:
                    known = _replayed(connection, idempotency_key, new)
                    if known is not None:
                        return known
                    suffix = secrets.token_hex(4)
                    parts = ("comparison", new.identifier, suffix)
                    comparison_id = "-".join(part for part in parts if part)
                    row = {
                        "id": comparison_id,
                        "suffix": suffix,
                        "design": design,
                        "idempotency_key": idempotency_key,
                        **_comparison_values(new),
                        **arms(connection, comparison_id),
                        **values,
                    }
                    created = connection.execute(_NEW_COMPARISON.values(**row)).scalar_one()
                    return CreatedComparison(comparison_id, created)
            except IntegrityError:
                continue  # an id is taken, or the key was written a moment ago: look again
        raise StorageError("no free comparison id was found", hint="Try again.")


def outcome_values(outcome: Outcome) -> dict[str, Any]:
    """The columns of an end."""
    return {"ended_because": outcome.ended_because.value, "outcome": dict(outcome.document)}


def _replayed(
    connection: Connection, key: str | None, new: NewComparison
) -> CreatedComparison | None:
    if key is None:
        return None
    known = connection.execute(
        select(comparisons.c.id, comparisons.c.request_hash, comparisons.c.created_at).where(
            comparisons.c.idempotency_key == key
        )
    ).first()
    if known is None:
        return None
    if known.request_hash != new.request_hash:
        raise IdempotencyConflictError(
            f"the idempotency key was used for another request, which made {known.id}",
            hint="Send a new key with a new request.",
        )
    return CreatedComparison(known.id, known.created_at, replayed=True)


def _comparison_values(new: NewComparison) -> dict[str, Any]:
    return {
        "identifier": new.identifier,
        "request_hash": new.request_hash,
        "kind": new.kind.value,
        "band": new.band,
        "maximum_blocks": new.maximum_blocks,
        "maximum_seconds": new.maximum_seconds,
        "condition": new.condition.value,
        "wait_quiet_seconds": new.wait_quiet_seconds,
        "seed": new.seed,
        "a_name": new.a_name,
        "b_name": new.b_name,
        "labels": dict(new.labels),
        "warnings": [dict(warning) for warning in new.warnings],
    }
