"""What the service knows of itself: hosts, their measuring leases, indicators, signs of life."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Double, Row, delete, select, type_coerce

from knowledge_graph.column_types import database_now
from knowledge_graph.models import host_leases, service_beats
from knowledge_graph.nodes import indicators
from knowledge_graph.records import Sign
from knowledge_graph.sync import add_host
from knowledge_graph.writer import Writer, insert_new


class Registry(Writer):
    """Writes that belong to no inspection."""

    def acquire_host_lease(self, host_id: str, owner: str, lease_seconds: float) -> bool:
        """The measuring lease of a host: one holder at a time. Re-entrant for the same owner."""
        with self._transaction() as connection:
            statement = insert_new(connection, host_leases).values(
                host_id=host_id, owner=owner, lease_until=database_now() + lease_seconds
            )
            taken = connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["host_id"],
                    set_={
                        "owner": statement.excluded.owner,
                        "lease_until": statement.excluded.lease_until,
                    },
                    where=(host_leases.c.owner == statement.excluded.owner)
                    | (host_leases.c.lease_until < database_now()),
                ).returning(host_leases.c.owner)
            )
            return taken.first() is not None

    def release_host_lease(self, host_id: str, owner: str) -> None:
        """Give the measuring lease back; nothing happens if somebody else holds it now."""
        with self._transaction() as connection:
            connection.execute(
                delete(host_leases).where(
                    host_leases.c.host_id == host_id, host_leases.c.owner == owner
                )
            )

    def save_host(self, host_id: str, description: dict[str, Any]) -> None:
        """Insert or refresh a host."""
        with self._transaction() as connection:
            add_host(connection, host_id, description)

    def save_indicators(self, indicators: Sequence[dict[str, Any]]) -> None:
        """Insert the indicators this installation ships: name, framework, version, digest.

        A description with a list of `frameworks` is one node for each of them.
        """
        rows = [
            {
                "name": str(description["name"]),
                "framework": str(framework),
                "version": str(description.get("version", "")),
                "digest": str(description.get("digest", "")),
                "description": description,
            }
            for description in indicators
            for framework in _frameworks(description)
        ]
        if rows:
            with self._transaction() as connection:
                _add_indicators(connection, rows)

    def service_beat(self, name: str, detail: dict[str, Any]) -> None:
        """A sign of life of a process of the service (dispatcher, builder, measurer, reaper)."""
        with self._transaction() as connection:
            statement = insert_new(connection, service_beats).values(
                name=name, at=database_now(), detail=detail
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["name"],
                    set_={"at": statement.excluded.at, "detail": statement.excluded.detail},
                )
            )

    def signs(self) -> list[Sign]:
        """The newest sign of life of each process, host by host."""
        # as numbers: who keeps time by a clock of its own needs to see only that they change
        at = type_coerce(service_beats.c.at, Double)
        statement = select(
            service_beats.c.name,
            service_beats.c.detail,
            at.label("at"),
            (database_now() - at).label("age"),
        )
        with self._reading() as connection:
            found = map(_sign, connection.execute(statement))
            return [sign for sign in found if sign is not None]


def _sign(row: Row[Any]) -> Sign | None:
    """A sign of life of a process on a host; None where it does not tell its host."""
    host_id = row.detail.get("host_id")
    if not isinstance(host_id, str):
        return None
    role, hostname = row.name.partition("@")[0], str(row.detail.get("host", ""))
    return Sign(row.name, role, host_id, hostname, row.at, row.age)


def _frameworks(description: dict[str, Any]) -> Sequence[str]:
    if "framework" in description:
        return [description["framework"]]
    return list(description.get("frameworks") or [""])


def _add_indicators(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(
        insert_new(connection, indicators)
        .values(first_seen_at=database_now())
        .on_conflict_do_nothing(),
        rows,
    )
