"""Sweeps: one run of one member is claimed at a time, in the order that the seed gives.

Between two runs a member is an ordinary inspection that is built and waits. What a worker leaves
when it dies is therefore one claim, which the reaper takes back like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from amun_core.errors import ConflictError, NotFoundError
from amun_core.states import (
    TERMINAL_STATES,
    Actor,
    AttemptKind,
    AttemptOutcome,
    InspectionState,
)
from amun_core.sweep import SweepWish
from amun_core.sweep_order import NextRun, Standing, WaveEnd, next_step
from knowledge_graph.announcements import announce
from knowledge_graph.attempts import close_attempt, open_attempt
from knowledge_graph.column_types import database_now
from knowledge_graph.models import inspections, runs
from knowledge_graph.sweep_creation import SweepCreation
from knowledge_graph.sweep_records import SweepTurn
from knowledge_graph.sweep_tables import sweep_members, sweeps
from knowledge_graph.sweep_waves import announce_sweep, goes_on
from knowledge_graph.transitions import cancel_or_ask, move, transition
from knowledge_graph.writer import hold

_TERMINAL = sorted(TERMINAL_STATES)
_WAITING = sorted({InspectionState.ACCEPTED, InspectionState.QUEUED, InspectionState.BUILT})
_BUILT, _RUNNING = InspectionState.BUILT, InspectionState.RUNNING


class Sweeping(SweepCreation):
    """Writes that concern a sweep, or a member as part of it."""

    def sweep_of(self, inspection_id: str) -> str | None:
        """The sweep of which this inspection is a member; None for any other inspection."""
        with self._reading() as connection:
            found: str | None = connection.execute(
                select(inspections.c.sweep_id).where(inspections.c.id == inspection_id)
            ).scalar()
        return found

    def claim_turn(
        self, sweep_id: str, *, worker: str, lease_seconds: float, host_id: str
    ) -> SweepTurn | None:
        """The next run of the sweep: built -> running of its member. None: nothing to do here now.

        That is so where it is paused, over, on another host, at work, or not built as far as the
        round needs. Where the wave is whole, its members succeed here.
        """
        with self._transaction() as connection:
            sweep = connection.execute(select(sweeps).where(sweeps.c.id == sweep_id)).one()
            _cancel_wished(connection, sweep)
            if sweep.wish is not None or sweep.host_id != host_id:
                return None
            rows = _rows(connection, sweep)
            step = _step(connection, sweep, rows)
            if isinstance(step, WaveEnd):
                _end_wave(connection, [row.id for row in rows if row.member_index in step.members])
            if not isinstance(step, NextRun):
                return None
            row = next(row for row in rows if row.member_index == step.member)
            # the fence: since the look, another one may have made this run and given it back
            claimed = transition(
                connection,
                row.id,
                _BUILT,
                _RUNNING,
                Actor.MEASURER,
                conditions=[
                    inspections.c.fence == row.fence,
                    inspections.c.host_id == host_id,
                    goes_on(),
                ],
                values={
                    "fence": inspections.c.fence + 1,
                    "lease_owner": worker,
                    "lease_until": database_now() + lease_seconds,
                    "run_started_at": func.coalesce(inspections.c.run_started_at, database_now()),
                },
                detail={"worker": worker, "round": step.round},
            )
            if claimed is None:
                return None
            claim = open_attempt(connection, row.id, AttemptKind.MEASURE, claimed, worker, host_id)
            return SweepTurn(sweep_id, claim, step)

    def end_turn(self, turn: SweepTurn) -> None:
        """The run is stored: running -> built, to wait for the next round or the wave's end.

        A member whose cancel was requested meanwhile is cancelled.
        """
        claim = turn.claim
        with self._transaction() as connection:
            cancel_requested = hold(connection, claim).cancel_requested
            close_attempt(connection, claim.inspection_id, claim.fence, AttemptOutcome.COMPLETED)
            new = InspectionState.CANCELLED if cancel_requested else _BUILT
            move(connection, claim, new, detail={"round": turn.next.round})
            if turn.next.ends_round:
                announce_sweep(connection, turn.sweep_id)

    def pause_sweep(self, sweep_id: str) -> None:
        """No new build and no new run begins. Paused again is fine; ConflictError if it is over."""
        with self._transaction() as connection:
            if _wish(connection, sweep_id, "paused") is not SweepWish.PAUSED:
                _set_wish(connection, sweep_id, SweepWish.PAUSED)

    def resume_sweep(self, sweep_id: str) -> None:
        """Go on after a pause. Resumed again is fine; ConflictError if it is over."""
        with self._transaction() as connection:
            if _wish(connection, sweep_id, "resumed") is SweepWish.PAUSED:
                _set_wish(connection, sweep_id, None)
                _announce_waiting_builds(connection, sweep_id)
                announce_sweep(connection, sweep_id)

    def cancel_sweep(self, sweep_id: str) -> None:
        """Cancel every member where nobody works on it, else ask its worker.

        Cancelled again is fine; ConflictError if it is over.
        """
        with self._transaction() as connection:
            # inspections before their sweep, as everywhere; rows that refer to them do not wait
            living: Select[Any] = (
                select(inspections.c.id, inspections.c.state)
                .where(inspections.c.sweep_id == sweep_id, inspections.c.state.not_in(_TERMINAL))
                .order_by(inspections.c.id)
                .with_for_update(key_share=True)
            )
            rows = connection.execute(living).all()
            if _wish(connection, sweep_id, "cancelled") is not SweepWish.CANCELLED:
                _set_wish(connection, sweep_id, SweepWish.CANCELLED)
            for row in rows:
                cancel_or_ask(connection, row.id, InspectionState(row.state))


def _rows(connection: Connection, sweep: Row[Any]) -> Sequence[Row[Any]]:
    """The members of the present wave, ended ones too, and the reference."""
    member, wave = sweep_members.c, _present_wave(connection, sweep)
    wanted = member.member_index == sweep.reference
    if wave is not None:
        wanted |= member.wave == wave
    statement: Select[Any] = (
        select(
            member.member_index,
            member.wave,
            inspections.c.id,
            inspections.c.state,
            inspections.c.fence,
        )
        .join(inspections, inspections.c.id == member.inspection_id)
        .where(member.sweep_id == sweep.id, wanted)
        .order_by(inspections.c.id)
    )
    return connection.execute(statement).all()


def _step(
    connection: Connection, sweep: Row[Any], rows: Sequence[Row[Any]]
) -> NextRun | WaveEnd | None:
    accepted = _accepted(connection, [row.id for row in rows])
    standings = [
        Standing(row.member_index, InspectionState(row.state), accepted.get(row.id, frozenset()))
        for row in rows
    ]
    others = [row.wave for row in rows if row.member_index != sweep.reference]
    if others:
        return next_step(
            others[0],
            standings,
            sweep.reference,
            rounds=sweep.rounds,
            last=sweep.waves - 1,
            seed=sweep.seed,
        )
    # nobody is left whom the reference could stand beside
    left = [one.member for one in standings if one.state is _BUILT]
    return WaveEnd(tuple(left)) if left else None


def _end_wave(connection: Connection, inspection_ids: Sequence[str]) -> None:
    """Built -> succeeded; a reference that nobody was left to run beside was never run: cancelled."""
    # all of them before the sweep, which the end of the first one locks
    connection.execute(
        select(inspections.c.id)
        .where(inspections.c.id.in_(inspection_ids))
        .order_by(inspections.c.id)
        .with_for_update(key_share=True)
    ).all()
    measured = _accepted(connection, list(inspection_ids))
    for inspection_id in inspection_ids:
        stored = select(func.count()).where(runs.c.inspection_id == inspection_id, runs.c.accepted)
        transition(
            connection,
            inspection_id,
            _BUILT,
            InspectionState.SUCCEEDED if inspection_id in measured else InspectionState.CANCELLED,
            Actor.MEASURER,
            # of a reference: the rounds of waves in which nobody else lived were not made
            values={"runs": stored.scalar_subquery()},
        )


def _present_wave(connection: Connection, sweep: Row[Any]) -> int | None:
    """The first wave in which a member beside the reference lives; None where none does."""
    found: int | None = connection.execute(
        select(func.min(sweep_members.c.wave))
        .join(inspections, inspections.c.id == sweep_members.c.inspection_id)
        .where(
            sweep_members.c.sweep_id == sweep.id,
            sweep_members.c.member_index != sweep.reference,
            inspections.c.state.not_in(_TERMINAL),
        )
    ).scalar()
    return found


def _accepted(connection: Connection, inspection_ids: list[str]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    rows = connection.execute(
        select(runs.c.inspection_id, runs.c.run_index).where(
            runs.c.inspection_id.in_(inspection_ids), runs.c.accepted
        )
    )
    for row in rows:
        found.setdefault(row.inspection_id, set()).add(row.run_index)
    return {inspection_id: frozenset(indexes) for inspection_id, indexes in found.items()}


def _announce_waiting_builds(connection: Connection, sweep_id: str) -> None:
    """What the builders turned away while it was paused."""
    waiting = connection.execute(
        select(inspections.c.id)
        .where(
            inspections.c.sweep_id == sweep_id,
            inspections.c.state == InspectionState.QUEUED.value,
        )
        .order_by(inspections.c.sequence)
    )
    for inspection_id in waiting.scalars().all():
        announce(connection, inspection_id, AttemptKind.BUILD)


def _wish(connection: Connection, sweep_id: str, wanted: str) -> SweepWish | None:
    """What is wished so far, the sweep locked. NotFoundError; ConflictError if it is over."""
    row = connection.execute(
        select(sweeps.c.wish, sweeps.c.ended_at)
        .where(sweeps.c.id == sweep_id)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise NotFoundError("sweep", sweep_id)
    wish = None if row.wish is None else SweepWish(row.wish)
    if wish is SweepWish.CANCELLED and wanted == "cancelled":
        return wish
    if row.ended_at is not None or wish is SweepWish.CANCELLED:
        what = "is cancelled" if wish is SweepWish.CANCELLED else "has ended"
        raise ConflictError(f"{sweep_id} {what}: it cannot be {wanted}")
    return wish


def _cancel_wished(connection: Connection, sweep: Row[Any]) -> None:
    """Cancel what was at work when it was wished, and came to a stop before it heard of it."""
    wished = (
        inspections.c.cancel_requested
        if sweep.wish != SweepWish.CANCELLED
        else inspections.c.state.in_(_WAITING)
    )
    waiting: Select[Any] = (
        select(inspections.c.id, inspections.c.state)
        .where(inspections.c.sweep_id == sweep.id, inspections.c.state.in_(_WAITING), wished)
        .order_by(inspections.c.id)
        .with_for_update(key_share=True)
    )
    for row in connection.execute(waiting).all():
        transition(
            connection,
            row.id,
            InspectionState(row.state),
            InspectionState.CANCELLED,
            Actor.MEASURER,
            values={"cancel_requested": True},
        )


def _set_wish(connection: Connection, sweep_id: str, wish: SweepWish | None) -> None:
    connection.execute(
        update(sweeps)
        .where(sweeps.c.id == sweep_id)
        .values(wish=None if wish is None else wish.value, updated_at=database_now())
    )
