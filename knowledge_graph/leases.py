"""Leases of claims: prolonged by their workers, told apart by the database's clock."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from amun_core.errors import StaleClaimError
from knowledge_graph.column_types import database_now
from knowledge_graph.models import inspections
from knowledge_graph.records import Claim
from knowledge_graph.writer import STATES_OF_KIND, Writer


class Leases(Writer):
    """Writes and looks that concern the lease alone."""

    def renew(self, claim: Claim, lease_seconds: float) -> bool:
        """Prolong the lease; True if a cancel was requested. StaleClaimError if the lease is lost.

        A lease that has ended is lost even if nobody took the inspection yet: what the worker
        started may have been removed as a leftover.
        """
        with self._transaction() as connection:
            return prolong(connection, claim, lease_seconds)

    def alive_claims(self) -> set[tuple[str, int]]:
        """(inspection id, fence) of all valid leases."""
        with self._reading() as connection:
            rows = connection.execute(
                select(inspections.c.id, inspections.c.fence).where(
                    inspections.c.lease_until >= database_now()
                )
            )
            return {(row.id, row.fence) for row in rows}


def prolong(connection: Connection, claim: Claim, lease_seconds: float) -> bool:
    """Prolong one lease inside a transaction; as `Leases.renew`."""
    active = STATES_OF_KIND[claim.kind][1]
    cancel_requested = connection.execute(
        update(inspections)
        .where(
            inspections.c.id == claim.inspection_id,
            inspections.c.state == active.value,
            inspections.c.fence == claim.fence,
            inspections.c.lease_until > database_now(),
        )
        .values(lease_until=database_now() + lease_seconds)
        .returning(inspections.c.cancel_requested)
    ).scalar()
    if cancel_requested is None:
        raise StaleClaimError(claim.inspection_id, active, claim.fence, "the lease has ended")
    return bool(cancel_requested)
