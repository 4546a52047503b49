"""Whatever dies whenever: no run is made twice into the result, none is missing, orders hold."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from amun_core.states import InspectionState
from amun_core.sweep import SweepState
from amun_core.sweep_order import order_of
from inspector.engines.base import RunExit
from inspector.engines.fake import FakeRun, complete
from tests.integration.sweeps.conftest import DeadError, SweepBench, crash, sweep_bench
from tests.support.databases import sqlite_copy

S = InspectionState
_OUT = {S.FAILED, S.CRASHED, S.CANCELLED}
#: What may happen at a run: nothing mostly; the worker dies in it, or before it can say that it is
#: done; the stack's own crash; a pause of all; the cancelling of this one.
EVENTS = st.sampled_from(["fine"] * 5 + ["die"] * 2 + ["mute"] * 2 + ["crash", "pause", "cancel"])


class Schedule:
    """Lets the next event of a list happen at each run that is started."""

    def __init__(self, bench: SweepBench, events: Iterator[str]) -> None:
        self._bench = bench
        self._events = events
        self._mute = False
        self._end_turn = bench.store.end_turn

    def behave(self, run: FakeRun) -> RunExit:
        event = next(self._events, "fine")
        if event == "die":
            raise DeadError
        if event == "crash":
            return crash(run)
        if event == "pause":
            self._bench.store.pause_sweep(self._bench.sweep_id)
        if event == "cancel":  # this stack alone, which does not hear of it in its run
            self._bench.store.request_cancel(run.labels.inspection_id)
        self._mute = event == "mute"
        return complete(run)

    def end_turn(self, turn: object) -> None:
        if self._mute:
            self._mute = False
            raise DeadError
        self._end_turn(turn)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    stacks=st.integers(2, 5),
    in_flight=st.integers(1, 4),
    rounds=st.integers(1, 3),
    reference=st.integers(0, 1),
    events=st.lists(EVENTS, max_size=12),
    lost=st.integers(0, 2),
)
def test_random_deaths(
    migrated_file: Path,
    stacks: int,
    in_flight: int,
    rounds: int,
    reference: int,
    events: list[str],
    lost: int,
) -> None:
    with tempfile.TemporaryDirectory() as folder, capture_logs():
        url = sqlite_copy(migrated_file, Path(folder))
        with sweep_bench(url, Path(folder)) as bench:
            play(bench, stacks, in_flight, rounds, reference, events, lost)


def play(
    bench: SweepBench,
    stacks: int,
    in_flight: int,
    rounds: int,
    reference: int,
    events: list[str],
    lost: int,
) -> None:
    bench.submit(
        stacks, runs=rounds, in_flight=in_flight, reference=f"numpy 2.{reference}.0", seed=9
    )
    schedule = Schedule(bench, iter(events))
    bench.bench.engine.behaviour = schedule.behave
    with mock.patch.object(bench.store, "end_turn", schedule.end_turn):
        for _ in range(len(events) + 2):
            try:
                bench.work()
            except DeadError:
                del bench.hints[:lost]  # some die with the worker, the others are given again
                bench.reap()
            if bench.view().state is SweepState.PAUSED:
                bench.store.resume_sweep(bench.sweep_id)
    bench.work()
    check(bench, rounds)


def check(bench: SweepBench, rounds: int) -> None:
    view, members = bench.view(), bench.members()
    assert view.ended_at is not None
    assert all(member.inspection.state.terminal for member in members)
    runs = bench.runs()
    ended_well = {m.index for m in members if m.inspection.state is S.SUCCEEDED}
    # three deaths in a row at one run are held against it
    failed = {m.index for m in members if m.inspection.state in _OUT}
    assert ended_well | failed == set(range(len(members)))
    alone = ended_well <= {view.reference}
    for member in members:
        made = [run.run_index for run in runs[member.index]]
        assert len(made) == len(set(made))
        if member.index in ended_well and member.index != view.reference:
            assert made == list(range(rounds))
    if view.reference in ended_well and not alone:
        for member in members:
            if member.index in ended_well and member.wave is not None:
                # whoever came to its end had the reference beside it in each round
                wanted = {member.wave * rounds + number for number in range(rounds)}
                assert wanted <= {run.run_index for run in runs[view.reference]} or (
                    member.index == view.reference
                )
    in_time = sorted(
        (run.started_at, member.index, run.run_index, member.wave)
        for member in members
        for run in runs[member.index]
    )
    numbers = [
        (index if who == view.reference else (wave or 0) * rounds + index, who)
        for _, who, index, wave in in_time
    ]
    assert [number for number, _ in numbers] == sorted(number for number, _ in numbers)
    for number in {number for number, _ in numbers}:
        wave = number // rounds
        together = [m.index for m in members if m.wave == wave or m.index == view.reference]
        order = order_of(together, 9, number)
        places = [order.index(who) for found, who in numbers if found == number]
        assert places == sorted(places)
