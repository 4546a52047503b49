"""The outbox: hints to be published, written in the transaction that makes them true."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from amun_core.states import AttemptKind, InspectionState
from amun_core.sweep import SweepWish
from knowledge_graph.column_types import database_now
from knowledge_graph.models import inspections, outbox
from knowledge_graph.records import OutboxMessage
from knowledge_graph.sweep_tables import sweeps
from knowledge_graph.writer import STATES_OF_KIND, Writer

_KIND_OF_WAITING = {waiting.value: kind for kind, (waiting, _) in STATES_OF_KIND.items()}
_NEW_HINT = insert(outbox).values(created_at=database_now())


def announce(connection: Connection, inspection_id: str, kind: AttemptKind) -> None:
    """Add a hint that `inspection_id` waits for a worker of this kind."""
    connection.execute(_NEW_HINT, {"inspection_id": inspection_id, "kind": kind.value})


class Announcements(Writer):
    """The dispatcher's side of the outbox. Publishing a hint twice is harmless."""

    def pending_outbox(self, limit: int = 100) -> list[OutboxMessage]:
        """Messages not yet published, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                select(outbox.c.id, outbox.c.inspection_id, outbox.c.kind)
                .order_by(outbox.c.id)
                .limit(limit)
            )
            return [OutboxMessage(row.id, row.inspection_id, AttemptKind(row.kind)) for row in rows]

    def mark_published(self, outbox_ids: Collection[int]) -> None:
        """Remove the outbox rows that were handed to the broker."""
        if outbox_ids:
            with self._transaction() as connection:
                connection.execute(delete(outbox).where(outbox.c.id.in_(sorted(outbox_ids))))

    def announce_waiting(self, older_than_seconds: float) -> int:
        """New outbox rows for queued and built inspections that nobody took for so long.

        Of a sweep that is measured one member is announced, and none while its runs go on.
        """
        overdue = (
            _worth_announcing(database_now() - older_than_seconds),
            inspections.c.state.in_(sorted(_KIND_OF_WAITING)),
            inspections.c.announced_at < database_now() - older_than_seconds,
            ~exists().where(outbox.c.inspection_id == inspections.c.id),
        )
        with self._reading() as connection:
            if (
                connection.execute(select(inspections.c.id).where(*overdue).limit(1)).first()
                is None
            ):
                return 0
        with self._transaction() as connection:
            rows = connection.execute(
                update(inspections)
                .where(*overdue)
                .values(announced_at=database_now())
                .returning(inspections.c.id, inspections.c.state)
            ).all()
            for row in rows:
                announce(connection, row.id, _KIND_OF_WAITING[row.state])
        return len(rows)


def _worth_announcing(before: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a hint could be of use: members of a sweep wait built for their turn, or for its user."""
    other = inspections.alias("other")
    same = other.c.sweep_id == inspections.c.sweep_id
    built = other.c.state == InspectionState.BUILT.value
    ahead = exists().where(same, built, other.c.sequence < inspections.c.sequence)
    at_it = exists().where(
        same,
        (other.c.state == InspectionState.RUNNING.value)
        | (built & (other.c.announced_at >= before)),
    )
    paused = sweeps.c.wish == SweepWish.PAUSED.value
    stopped = exists().where(sweeps.c.id == inspections.c.sweep_id, paused)
    waits = (inspections.c.state == InspectionState.BUILT.value) & (ahead | at_it)
    return inspections.c.sweep_id.is_(None) | ~(stopped | waits)
