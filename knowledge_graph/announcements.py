"""The outbox: hints to be published, written in the transaction that makes them true."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from amun_core.states import AttemptKind
from knowledge_graph.column_types import database_now
from knowledge_graph.models import inspections, outbox
from knowledge_graph.records import OutboxMessage
from knowledge_graph.writer import Writer

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
                select(outbox.c.id, outbox.c.inspection_id, outbox.c.kind, inspections.c.host_id)
                .join(inspections, inspections.c.id == outbox.c.inspection_id)
                .order_by(outbox.c.id)
                .limit(limit)
            )
            return [
                OutboxMessage(row.id, row.inspection_id, AttemptKind(row.kind), row.host_id)
                for row in rows
            ]

    def mark_published(self, outbox_ids: Collection[int]) -> None:
        """Remove the outbox rows that were handed to the broker."""
        if outbox_ids:
            with self._transaction() as connection:
                connection.execute(delete(outbox).where(outbox.c.id.in_(sorted(outbox_ids))))
