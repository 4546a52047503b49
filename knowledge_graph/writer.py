"""What all guarded writes share: the transaction, and the proof that a claim still holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Row, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from amun_core.errors import StaleClaimError, StorageError
from amun_core.states import AttemptKind, InspectionState
from knowledge_graph.connections import BUSY_SECONDS, read_engine, storage_errors, write_engine
from knowledge_graph.models import inspections
from knowledge_graph.records import Claim

#: kind -> (where such a claim starts from, where it is while it is worked on)
STATES_OF_KIND: dict[AttemptKind, tuple[InspectionState, InspectionState]] = {
    AttemptKind.BUILD: (InspectionState.QUEUED, InspectionState.BUILDING),
    AttemptKind.MEASURE: (InspectionState.BUILT, InspectionState.RUNNING),
}

_HELD: Select[Any] = select(
    inspections.c.cancel_requested,
    inspections.c.log_bytes,
    inspections.c.runs,
    inspections.c.indicator,
    inspections.c.framework,
    inspections.c.stack_digest,
    inspections.c.environment_id,
    inspections.c.host_id,
)


def insert_new(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that both databases can be told to resolve on conflict."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def hold(connection: Connection, claim: Claim) -> Row[Any]:
    """The claimed inspection, locked to the end of the transaction, if the claim still holds.

    The fence alone decides: a worker whose lease ran out, but whose inspection nobody took, may
    still hand in what it has. StaleClaimError as soon as somebody did.
    """
    state = STATES_OF_KIND[claim.kind][1]
    row = connection.execute(
        _HELD.where(
            inspections.c.id == claim.inspection_id,
            inspections.c.state == state.value,
            inspections.c.fence == claim.fence,
        ).with_for_update()
    ).first()
    if row is None:
        raise StaleClaimError(claim.inspection_id, state, claim.fence)
    return row


class Writer:
    """Owns the engine; every public method of a subclass is one transaction."""

    def __init__(self, database_url: str) -> None:
        self._engine = write_engine(database_url)
        self._reader = read_engine(database_url)
        # SQLite takes one writer at a time and lets the others poll for it. Those of one process
        # wait for one another here instead, which wakes the next at once.
        self._turn = threading.Lock() if self._engine.dialect.name == "sqlite" else None

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._own_turn(), storage_errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
        elif self._turn.acquire(timeout=2 * BUSY_SECONDS):
            try:
                yield
            finally:
                self._turn.release()
        else:
            raise StorageError(
                "too many requests wait for the database", hint="Try again in a few seconds."
            )

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """For looks that lead to no write: no writer waits for them."""
        with storage_errors(), self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        self._reader.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
