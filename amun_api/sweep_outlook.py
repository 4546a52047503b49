"""How long a sweep will still take, judged by what it took so far."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from amun_core.states import InspectionState
from knowledge_graph.sweep_records import MemberView, SweepView, TurnTime

_S = InspectionState
_UNBUILT = frozenset({_S.ACCEPTED, _S.QUEUED, _S.BUILDING})


def seconds_left(
    view: SweepView, members: Sequence[MemberView], times: Sequence[TurnTime]
) -> float | None:
    """Time of the builds and runs that are left, s; None before the first of each told its own."""
    living = [one for one in members if not one.known and not one.inspection.state.terminal]
    if not living:
        return 0.0
    builds = [time.seconds for time in times if not time.measuring]
    runs: dict[str, list[float]] = {}
    for time in times:
        if time.measuring:
            runs.setdefault(time.inspection_id, []).append(time.seconds)
    if not runs:
        return None
    usual = fmean(fmean(of_one) for of_one in runs.values())
    unbuilt = sum(one.inspection.state in _UNBUILT for one in living)
    if unbuilt and not builds:
        return None
    left = unbuilt * fmean(builds) if unbuilt else 0.0
    for one in living:
        own = runs.get(one.inspection.inspection_id)
        left += runs_left(view, one) * (fmean(own) if own else usual)
    return left


def runs_left(view: SweepView, member: MemberView) -> int:
    """Runs that a living member still has before it."""
    wanted = view.rounds * (view.waves if member.index == view.reference else 1)
    return max(0, wanted - member.inspection.runs_accepted)


def runs_asked(view: SweepView) -> int:
    """Runs of all members together, were none to fail."""
    measured = view.members - view.known
    return view.rounds * (measured - 1 + view.waves) if measured else 0
