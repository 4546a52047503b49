"""New sweeps: with an inspection for each member that is to be measured."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from amun_core import sweep_order
from amun_core.errors import IdempotencyConflictError, StorageError
from knowledge_graph.column_types import database_now
from knowledge_graph.creating import insert_inspection
from knowledge_graph.sweep_records import CreatedSweep, NewMember, NewSweep
from knowledge_graph.sweep_tables import sweep_members, sweeps
from knowledge_graph.sweep_waves import release_wave
from knowledge_graph.writer import Writer

_DRAWS = 8  # of an id that is taken already, or of an idempotency key that another request writes

_NEW_SWEEP = (
    insert(sweeps)
    .values(created_at=database_now(), updated_at=database_now())
    .returning(sweeps.c.created_at)
)


class SweepCreation(Writer):
    """Inserts sweeps; the same request sent again gets the first answer again."""

    def create_sweep(
        self, new: NewSweep, members: Sequence[NewMember], *, idempotency_key: str | None = None
    ) -> CreatedSweep:
        """Insert a sweep with its members, in one transaction; its first wave is announced."""
        for _ in range(_DRAWS):
            try:
                with self._transaction() as connection:
                    known = _replayed(connection, idempotency_key, new)
                    if known is not None:
                        return known
                    return _create(connection, new, members, idempotency_key)
            except IntegrityError:
                continue  # an id is taken, or the key was written a moment ago: look again
        raise StorageError("no free sweep id was found", hint="Try again.")

    def sweep_of_key(self, idempotency_key: str, new_hash: str) -> CreatedSweep | None:
        """The sweep that a request with this key made before. IdempotencyConflictError."""
        with self._reading() as connection:
            return _sweep_of_key(connection, idempotency_key, new_hash)


def _create(
    connection: Connection, new: NewSweep, members: Sequence[NewMember], key: str | None
) -> CreatedSweep:
    suffix = secrets.token_hex(4)
    sweep_id = "-".join(part for part in ("sweep", new.identifier, suffix) if part)
    wave_of = _waves(new, members)
    number = max(wave_of.values(), default=0) + 1
    measured = any(member.inspection is not None for member in members)
    created = connection.execute(
        _NEW_SWEEP.values(
            id=sweep_id,
            suffix=suffix,
            idempotency_key=key,
            waves=number if measured else 0,
            wave=0,
            wish=None,
            ended_at=None if measured else database_now(),
            **_sweep_values(new),
        )
    ).scalar_one()
    for index, member in enumerate(members):
        _insert_member(connection, sweep_id, index, member, new, wave_of, number)
    release_wave(connection, sweep_id, 0)
    return CreatedSweep(sweep_id, created)


def _waves(new: NewSweep, members: Sequence[NewMember]) -> dict[int, int]:
    """Member -> wave, for those that are measured; the reference belongs to the first."""
    others = [
        index
        for index, member in enumerate(members)
        if member.inspection is not None and index != new.reference
    ]
    drawn = sweep_order.waves(others, new.in_flight, new.seed)
    wave_of = {index: wave for wave, of_wave in enumerate(drawn) for index in of_wave}
    if members[new.reference].inspection is not None:
        wave_of[new.reference] = 0
    return wave_of


def _insert_member(
    connection: Connection,
    sweep_id: str,
    index: int,
    member: NewMember,
    new: NewSweep,
    wave_of: dict[int, int],
    number: int,
) -> None:
    inspection_id = None
    if member.inspection is not None:
        runs = new.rounds * number if index == new.reference else new.rounds
        inspection_id = insert_inspection(
            connection, member.inspection, sweep_id=sweep_id, announced=False, runs=runs
        ).inspection_id
    connection.execute(
        insert(sweep_members).values(
            sweep_id=sweep_id,
            member_index=index,
            name=member.name,
            wave=wave_of.get(index),
            lock_digest=member.lock_digest,
            pins=dict(member.pins),
            inspection_id=inspection_id,
            known_inspection_id=member.known_inspection_id,
        )
    )


def _replayed(connection: Connection, key: str | None, new: NewSweep) -> CreatedSweep | None:
    return None if key is None else _sweep_of_key(connection, key, new.request_hash)


def _sweep_of_key(connection: Connection, key: str, request_hash: str) -> CreatedSweep | None:
    known = connection.execute(
        select(sweeps.c.id, sweeps.c.request_hash, sweeps.c.created_at).where(
            sweeps.c.idempotency_key == key
        )
    ).first()
    if known is None:
        return None
    if known.request_hash != request_hash:
        raise IdempotencyConflictError(
            f"the idempotency key was used for another request, which made {known.id}",
            hint="Send a new key with a new request.",
        )
    return CreatedSweep(known.id, known.created_at, replayed=True)


def _sweep_values(new: NewSweep) -> dict[str, Any]:
    return {
        "identifier": new.identifier,
        "request_hash": new.request_hash,
        "indicator": new.indicator,
        "framework": new.framework,
        "parameters": dict(new.parameters),
        "rounds": new.rounds,
        "in_flight": new.in_flight,
        "band": new.band,
        "seed": new.seed,
        "again": new.again,
        "reference": new.reference,
        "labels": dict(new.labels),
        "origin": dict(new.origin),
        "warnings": [dict(warning) for warning in new.warnings],
    }
