"""Which host does what: given back by a host that lacks something, handed over from one that is gone.

An inspection fails for what a host lacks only where every host that could build it has said so.
What belongs together (the arms of a comparison, the members of a sweep) stays on one host; it moves
to another one only as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, select, update

from amun_core.states import (
    Actor,
    AttemptKind,
    AttemptOutcome,
    AttributedTo,
    FailureReason,
    InspectionState,
)
from knowledge_graph.announcements import announce
from knowledge_graph.attempts import close_attempt
from knowledge_graph.column_types import database_now
from knowledge_graph.comparison_tables import comparison_blocks, comparisons
from knowledge_graph.models import inspections, runs
from knowledge_graph.placement_tables import refusals
from knowledge_graph.recording import failure_document
from knowledge_graph.records import Claim, Failure
from knowledge_graph.sweep_tables import sweeps
from knowledge_graph.transitions import give_back, transition
from knowledge_graph.writer import Writer, hold, insert_new

_S = InspectionState
#: Where a member or an arm is bound to a host by what is there of it.
_BOUND = sorted({_S.BUILDING, _S.BUILT, _S.RUNNING, _S.SUCCEEDED})


@dataclass(frozen=True, slots=True)
class _Together:
    """The comparison or the sweep of which an inspection is a part."""

    table: Table
    column: str
    owner_id: str

    @classmethod
    def of(cls, row: Any) -> _Together | None:
        if row.comparison_id is not None:
            return cls(comparisons, "comparison_id", row.comparison_id)
        if row.sweep_id is not None:
            return cls(sweeps, "sweep_id", row.sweep_id)
        return None

    def bound_elsewhere(self, connection: Connection, inspection_id: str) -> bool:
        """Whether another part is built, or being built, where the whole is bound to."""
        other = connection.execute(
            select(inspections.c.id).where(
                inspections.c[self.column] == self.owner_id,
                inspections.c.id != inspection_id,
                inspections.c.state.in_(_BOUND),
            )
        ).first()
        return other is not None

    def free(self, connection: Connection) -> None:
        """The whole is bound to no host any more."""
        connection.execute(
            update(self.table)
            .where(self.table.c.id == self.owner_id)
            .values(host_id=None, updated_at=database_now())
        )


@dataclass(frozen=True, slots=True)
class Lack:
    """What one host lacks for an inspection, in words."""

    host_id: str
    hostname: str
    message: str


class Placement(Writer):
    """Writes that concern the host on which an inspection is built and measured."""

    def refuse(
        self,
        claim: Claim,
        host_id: str,
        hostname: str,
        failure: Failure,
        registered: Collection[str],
    ) -> bool:
        """Building -> queued for the other hosts. False: every host of `registered` has refused."""
        with self._transaction() as connection:
            hold(connection, claim)
            _note_refusal(connection, claim.inspection_id, host_id, hostname, failure)
            said = _refused(connection, claim.inspection_id)
            together = _Together.of(claim)
            bound = together is not None and together.bound_elsewhere(
                connection, claim.inspection_id
            )
            if bound or not set(registered) - set(said):
                return False
            if together is not None:
                together.free(connection)
            close_attempt(
                connection,
                claim.inspection_id,
                claim.fence,
                AttemptOutcome.RELEASED,
                message=f"not on this host: {failure.message}",
            )
            give_back(
                connection,
                claim.inspection_id,
                _S.BUILDING,
                claim.fence,
                Actor.BUILDER,
                cancel_requested=False,
                message=f"{hostname}: {failure.message}",
            )
        return True

    def refusals(self, inspection_id: str) -> list[Lack]:
        """What each host that refused it lacks."""
        with self._reading() as connection:
            return _lacks(_refused(connection, inspection_id))

    def fail_unplaceable(self, registered: Collection[str]) -> list[str]:
        """Queued -> failed for what every host of `registered` has refused. Returns the ids."""
        with self._reading() as connection:
            waiting = (
                select(inspections.c.id)
                .where(inspections.c.state == _S.QUEUED.value)
                .where(inspections.c.id.in_(select(refusals.c.inspection_id)))
                .order_by(inspections.c.id)
            )
            found = list(connection.execute(waiting).scalars())
        return [one for one in found if self._fail_if_refused(one, registered)]

    def _fail_if_refused(self, inspection_id: str, registered: Collection[str]) -> bool:
        with self._transaction() as connection:
            row = connection.execute(_placed(inspections.c.id == inspection_id)).first()
            if row is None or row.state != _S.QUEUED:
                return False
            said = _refused(connection, inspection_id)
            together = _Together.of(row)
            if together is not None and together.bound_elsewhere(connection, inspection_id):
                registered = [_host_of(connection, together)]
            if not said or set(registered) - set(said):
                return False
            failure = no_host_has(said)
            document = failure_document(failure)
            return (
                transition(
                    connection,
                    inspection_id,
                    _S.QUEUED,
                    _S.FAILED,
                    Actor.REAPER,
                    detail={"reason": failure.reason.value},
                    values={"failure_reason": failure.reason.value, "failure": document},
                )
                is not None
            )

    def holding_hosts(self) -> set[str]:
        """The hosts on which something waits: built there, or bound to what was built there."""
        with self._reading() as connection:
            built = select(inspections.c.host_id).where(inspections.c.state == _S.BUILT.value)
            held = set(connection.execute(built.distinct()).scalars())
            for table, column in ((comparisons, "comparison_id"), (sweeps, "sweep_id")):
                bound = (
                    select(table.c.host_id)
                    .join(inspections, inspections.c[column] == table.c.id)
                    .where(inspections.c.state == _S.QUEUED.value, table.c.host_id.is_not(None))
                )
                held |= set(connection.execute(bound.distinct()).scalars())
        return held - {None}

    def hand_over(self, gone: Collection[str]) -> list[str]:
        """Give what waits on hosts whose measurer is gone to the others. Returns the ids.

        Built -> queued. Runs that were made there do not count any more: the results of one
        inspection come from one host. Members of a sweep stay where others of it were measured.
        """
        if not gone:
            return []
        with self._reading() as connection:
            built = _placed(
                inspections.c.state == _S.BUILT.value, inspections.c.host_id.in_(sorted(gone))
            )
            bound = _placed(inspections.c.state == _S.QUEUED.value).where(
                inspections.c.comparison_id.is_not(None) | inspections.c.sweep_id.is_not(None)
            )
            found = [row.id for row in connection.execute(built)]
            waiting = {_Together.of(row): row.id for row in connection.execute(bound)}
        moved = [one for inspection_id in found for one in self._hand_over_one(inspection_id, gone)]
        for together, inspection_id in waiting.items():
            self._free_one(together, inspection_id, gone)
        return moved

    def _free_one(
        self, together: _Together | None, inspection_id: str, gone: Collection[str]
    ) -> None:
        """What is bound to a host that is gone, with nothing built there, may be built anywhere."""
        with self._transaction() as connection:
            if (
                together is not None
                and _host_of(connection, together) in gone
                and not together.bound_elsewhere(connection, inspection_id)
            ):
                together.free(connection)

    def _hand_over_one(self, inspection_id: str, gone: Collection[str]) -> list[str]:
        with self._transaction() as connection:
            row = connection.execute(_placed(inspections.c.id == inspection_id)).first()
            if row is None or row.state != _S.BUILT or row.host_id not in gone:
                return []
            parts = _parts(connection, row)
            together = _Together.of(row)
            if together is not None:
                if _stays(connection, together, parts):
                    return []
                _forget_blocks(connection, together)
                together.free(connection)
            moved = [part.id for part in parts if part.state == _S.BUILT]
            for part_id in moved:
                _build_anew(connection, part_id)
        return moved


def no_host_has(said: Mapping[str, Any]) -> Failure:
    """The failure of an inspection that no host can build, with what each one lacks."""
    first = next(iter(said.values())).failure
    return Failure(
        reason=FailureReason(first["reason"]),
        attributed_to=AttributedTo(first["attributed_to"]),
        message=each_lacks(_lacks(said)),
        hint=first.get("hint"),
    )


def each_lacks(lacks: Sequence[Lack]) -> str:
    """What each host lacks; of one host alone its own sentence. Hosts of one name are told apart."""
    if len(lacks) == 1:
        return lacks[0].message
    names = Counter(lack.hostname for lack in lacks)
    told = (
        f"{lack.hostname} ({lack.host_id})" if names[lack.hostname] > 1 else lack.hostname
        for lack in lacks
    )
    return "; ".join(f"{name}: {lack.message}" for name, lack in zip(told, lacks, strict=True))


def _lacks(said: Mapping[str, Any]) -> list[Lack]:
    return [
        Lack(row.host_id, row.hostname, str(row.failure.get("message", "")))
        for row in said.values()
    ]


def _note_refusal(
    connection: Connection, inspection_id: str, host_id: str, hostname: str, failure: Failure
) -> None:
    statement = insert_new(connection, refusals).values(
        host_id=host_id,
        inspection_id=inspection_id,
        hostname=hostname,
        failure=failure_document(failure),
        at=database_now(),
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["host_id", "inspection_id"],
            set_={"failure": statement.excluded.failure, "at": statement.excluded.at},
        )
    )


def _refused(connection: Connection, inspection_id: str) -> dict[str, Any]:
    rows = connection.execute(
        select(refusals.c.host_id, refusals.c.hostname, refusals.c.failure)
        .where(refusals.c.inspection_id == inspection_id)
        .order_by(refusals.c.host_id)
    )
    return {row.host_id: row for row in rows.all()}


def _placed(*conditions: Any) -> Any:
    return (
        select(
            inspections.c.id,
            inspections.c.state,
            inspections.c.host_id,
            inspections.c.comparison_id,
            inspections.c.sweep_id,
        )
        .where(*conditions)
        .order_by(inspections.c.id)
    )


def _host_of(connection: Connection, together: _Together) -> str:
    found = connection.execute(
        select(together.table.c.host_id).where(together.table.c.id == together.owner_id)
    ).scalar()
    return found or ""


def _parts(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """The inspection with what belongs together with it, locked in one order."""
    together = _Together.of(row)
    mine = (
        inspections.c.id == row.id
        if together is None
        else inspections.c[together.column] == together.owner_id
    )
    return list(connection.execute(_placed(mine).with_for_update(key_share=True)).all())


def _stays(connection: Connection, together: _Together, parts: Collection[Row[Any]]) -> bool:
    """Whether some part is at work, or a sweep was measured in part: it cannot move then."""
    if any(_S(part.state).active for part in parts):
        return True
    if together.column == "comparison_id":
        return False
    measured = select(runs.c.id).where(
        runs.c.inspection_id.in_([part.id for part in parts]), runs.c.accepted
    )
    return connection.execute(measured.limit(1)).first() is not None


def _forget_blocks(connection: Connection, together: _Together) -> None:
    if together.column == "comparison_id":
        connection.execute(
            delete(comparison_blocks).where(comparison_blocks.c.comparison_id == together.owner_id)
        )


def _build_anew(connection: Connection, inspection_id: str) -> None:
    connection.execute(
        update(runs).where(runs.c.inspection_id == inspection_id).values(accepted=False)
    )
    moved = transition(
        connection,
        inspection_id,
        _S.BUILT,
        _S.QUEUED,
        Actor.REAPER,
        values={"host_id": None, "environment_id": None, "stack_digest": None, "plan": None},
        detail={"message": "the measurer of the host that built it gave no sign of life"},
    )
    if moved is not None:
        announce(connection, inspection_id, AttemptKind.BUILD)
