"""Leases of claims: prolonged by their workers, given up by them by their own clocks.

A worker stops by its own monotonic clock where it could not prolong its lease in time. Whoever takes
a lease back has seen by its own monotonic clock that it was not prolonged for as long. So no clock
that is set back or forward, a database's or a host's, keeps a dead lease alive or ends a living one.
"""

from __future__ import annotations

from sqlalchemy import Connection, Double, select, type_coerce, update

from amun_core.errors import StaleClaimError
from knowledge_graph.column_types import database_now
from knowledge_graph.models import attempts, inspections
from knowledge_graph.records import Claim, HeldClaim
from knowledge_graph.writer import STATES_OF_KIND, Writer


class Leases(Writer):
    """Writes and looks that concern the lease alone."""

    def renew(self, claim: Claim, lease_seconds: float) -> bool:
        """Prolong the lease; True if a cancel was requested. StaleClaimError if the claim is lost."""
        with self._transaction() as connection:
            return prolong(connection, claim, lease_seconds)

    def held_claims(self) -> list[HeldClaim]:
        """Every claim that nobody gave back yet, whether its worker lives or not."""
        until = type_coerce(inspections.c.lease_until, Double)
        with self._reading() as connection:
            rows = connection.execute(
                select(
                    inspections.c.id,
                    inspections.c.fence,
                    until.label("beat"),
                    (until - database_now()).label("left"),
                    attempts.c.host_id,
                )
                .join(
                    attempts,
                    (attempts.c.inspection_id == inspections.c.id)
                    & (attempts.c.fence == inspections.c.fence),
                )
                .where(inspections.c.lease_until.is_not(None))
            )
            return [HeldClaim(row.id, row.fence, row.beat, row.left, row.host_id) for row in rows]

    def alive_claims(self) -> set[tuple[str, int]]:
        """(inspection id, fence) of all claims whose lease is valid by the database's clock."""
        return {(held.inspection_id, held.fence) for held in self.held_claims() if held.left >= 0}


def prolong(connection: Connection, claim: Claim, lease_seconds: float) -> bool:
    """Prolong one lease inside a transaction; as `Leases.renew`."""
    active = STATES_OF_KIND[claim.kind][1]
    cancel_requested = connection.execute(
        update(inspections)
        .where(
            inspections.c.id == claim.inspection_id,
            inspections.c.state == active.value,
            inspections.c.fence == claim.fence,
        )
        .values(lease_until=database_now() + lease_seconds)
        .returning(inspections.c.cancel_requested)
    ).scalar()
    if cancel_requested is None:
        raise StaleClaimError(claim.inspection_id, active, claim.fence, "the lease has ended")
    return bool(cancel_requested)
