"""What the end of a member means to its sweep: the next wave, the reference's end, the sweep's own.

Called by transitions.py in the transaction of the transition, so that no death can come between. A
transaction locks the inspections that it moves first and the sweep afterwards, never the other way.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, or_, select, update

from amun_core.states import TERMINAL_STATES, AttemptKind, InspectionState
from amun_core.sweep import SweepWish
from knowledge_graph.announcements import announce
from knowledge_graph.column_types import database_now
from knowledge_graph.models import inspections
from knowledge_graph.sweep_tables import sweep_members, sweeps

_TERMINAL = sorted(TERMINAL_STATES)


def member_ended(connection: Connection, sweep_id: str, *, badly: bool) -> None:
    """A member has ended: give the next wave to the builders where its wave has ended with it.

    Where it ended badly, a round may have waited for nothing but its build.
    """
    sweep = connection.execute(
        select(sweeps.c.wish, sweeps.c.wave, sweeps.c.waves, sweeps.c.reference)
        .where(sweeps.c.id == sweep_id)
        # of two members that end at once the second one must see the end of the first
        .with_for_update(key_share=True)
    ).one()
    wave = sweep.wave
    if sweep.wish != SweepWish.CANCELLED:
        while wave < sweep.waves - 1 and not _lives(connection, sweep_id, sweep.reference, wave):
            wave += 1
            release_wave(connection, sweep_id, wave)
    touched: dict[str, object] = {"wave": wave, "updated_at": database_now()}
    if not _any_lives(connection, sweep_id):
        touched["ended_at"] = database_now()
    elif not _lives(connection, sweep_id, sweep.reference, wave):
        _let_reference_end(connection, sweep_id, sweep.reference)
    elif badly:
        announce_sweep(connection, sweep_id)
    connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(**touched))


def release_wave(connection: Connection, sweep_id: str, wave: int) -> None:
    """Announce the members of a wave that wait for it to the builders."""
    waiting = _members(sweep_id).where(
        sweep_members.c.wave == wave,
        inspections.c.state == InspectionState.ACCEPTED.value,
    )
    for inspection_id in connection.execute(waiting).scalars().all():
        announce(connection, inspection_id, AttemptKind.BUILD)


def goes_on() -> ColumnElement[bool]:
    """Whether an inspection is of no sweep, or of one that was neither paused nor cancelled."""
    stopped = exists().where(sweeps.c.id == inspections.c.sweep_id, sweeps.c.wish.is_not(None))
    return or_(inspections.c.sweep_id.is_(None), ~stopped)


def keep_sweep_on_host(connection: Connection, sweep_id: str, host_id: str) -> bool:
    """Bind a sweep to the host that claims a member first; False if it is another one's."""
    bound = connection.execute(
        update(sweeps)
        .where(
            sweeps.c.id == sweep_id,
            or_(sweeps.c.host_id.is_(None), sweeps.c.host_id == host_id),
        )
        .values(host_id=host_id)
    )
    return bound.rowcount == 1


def announce_sweep(connection: Connection, sweep_id: str) -> None:
    """A hint that some member can be run: whoever takes it looks for the one whose turn it is."""
    waiting = connection.execute(
        select(inspections.c.id)
        .where(
            inspections.c.sweep_id == sweep_id,
            inspections.c.state == InspectionState.BUILT.value,
        )
        .order_by(inspections.c.sequence)
        .limit(1)
    ).scalar()
    if waiting is not None:
        announce(connection, waiting, AttemptKind.MEASURE)


def _members(sweep_id: str) -> Select[Any]:
    return (
        select(inspections.c.id)
        .join(sweep_members, sweep_members.c.inspection_id == inspections.c.id)
        .where(sweep_members.c.sweep_id == sweep_id)
        .order_by(sweep_members.c.member_index)
    )


def _lives(connection: Connection, sweep_id: str, reference: int, wave: int) -> bool:
    """Whether a member other than the reference lives in the waves up to `wave`."""
    living = _members(sweep_id).where(
        sweep_members.c.wave <= wave,
        sweep_members.c.member_index != reference,
        inspections.c.state.not_in(_TERMINAL),
    )
    return connection.execute(living.limit(1)).first() is not None


def _any_lives(connection: Connection, sweep_id: str) -> bool:
    living = _members(sweep_id).where(inspections.c.state.not_in(_TERMINAL))
    return connection.execute(living.limit(1)).first() is not None


def _let_reference_end(connection: Connection, sweep_id: str, reference: int) -> None:
    """Nobody is left to be compared with: a measurer shall write the reference's end."""
    waiting = _members(sweep_id).where(
        sweep_members.c.member_index == reference,
        inspections.c.state == InspectionState.BUILT.value,
    )
    for inspection_id in connection.execute(waiting).scalars().all():
        announce(connection, inspection_id, AttemptKind.MEASURE)
