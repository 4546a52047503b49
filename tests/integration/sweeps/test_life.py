"""The life of a sweep with a fake engine: to its end, and through every interruption."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from amun_core.errors import ConflictError, NotFoundError
from amun_core.states import AttemptKind, FailureReason, InspectionState
from amun_core.sweep import SweepState
from amun_core.sweep_order import order_of
from inspector.engines.base import RunExit
from inspector.engines.fake import FakeRun, complete
from inspector.looking import NextMeasurement
from tests.integration.sweeps.conftest import (
    DeadError,
    SweepBench,
    at_run,
    build_failure,
    crash,
    die,
)

S = InspectionState


def check_whole(sweeps: SweepBench, *, rounds: int = 3, waves: int = 1) -> None:
    """Every run of every member is there once, and of the reference one for each round."""
    for index, runs in sweeps.runs().items():
        wanted = rounds * waves if index == sweeps.view().reference else rounds
        assert [run.run_index for run in runs] == list(range(wanted))
    assert sweeps.view().state is SweepState.SUCCEEDED
    assert sweeps.view().ended_at is not None
    assert set(sweeps.states()) == {S.SUCCEEDED}


def test_a_sweep_is_measured_in_rounds_in_the_order_of_its_seed(sweeps: SweepBench) -> None:
    sweeps.submit()
    assert sweeps.view().state is SweepState.ACCEPTED
    sweeps.work()
    check_whole(sweeps)
    wanted = [member for number in range(3) for member in order_of(range(4), 5, number)]
    assert sweeps.made() == wanted
    assert len({order_of(range(4), 5, number) for number in range(3)}) > 1
    view = sweeps.view()
    assert (view.members, view.known, view.runs_accepted) == (4, 0, 12)


def test_nothing_is_measured_before_all_of_a_wave_are_built(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.dispatch()
    for kind, inspection_id in sweeps.hints[:3]:
        sweeps.take(kind, inspection_id)
    last = sweeps.hints[3]
    sweeps.hints.clear()
    sweeps.dispatch()
    assert {kind for kind, _ in sweeps.hints} == {AttemptKind.MEASURE}
    sweeps.work()
    assert sweeps.made() == []
    assert sweeps.view().state is SweepState.PREPARING
    sweeps.take(*last)
    sweeps.work()
    check_whole(sweeps)


def test_a_member_is_never_claimed_alone(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.dispatch()
    for kind, inspection_id in sweeps.hints:
        sweeps.take(kind, inspection_id)
    for member in sweeps.members():
        claim = sweeps.store.claim(
            member.inspection.inspection_id,
            AttemptKind.MEASURE,
            worker="w",
            lease_seconds=60,
            host_id=sweeps.bench.workplace.host.host_id,
        )
        assert claim is None


def test_one_hint_is_one_round_so_that_others_have_their_turn(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.dispatch()
    for kind, inspection_id in sweeps.hints:
        sweeps.take(kind, inspection_id)
    sweeps.hints.clear()
    sweeps.dispatch()
    sweeps.take(*sweeps.hints[-1])
    assert len(sweeps.made()) == 4
    sweeps.hints.clear()
    sweeps.dispatch()
    assert len(sweeps.hints) == 1


def test_waves_are_built_one_after_the_other_with_the_reference_in_each(
    sweeps: SweepBench,
) -> None:
    sweeps.submit(stacks=7, in_flight=2, reference="numpy 2.3.0")
    assert sweeps.view().waves == 3
    sweeps.dispatch()
    assert len(sweeps.hints) == 3  # two stacks and the reference
    sweeps.work()
    check_whole(sweeps, waves=3)
    made = sweeps.made()
    wave_of = {member.index: member.wave for member in sweeps.members()}
    for number in range(9):
        of_round = made[3 * number : 3 * number + 3]
        assert 3 in of_round
        assert {wave_of[one] for one in of_round if one != 3} == {number // 3}


@pytest.mark.parametrize("number", [1, 2, 5, 8, 12])
def test_a_worker_that_dies_loses_the_run_in_hand_only(sweeps: SweepBench, number: int) -> None:
    sweeps.submit()
    sweeps.bench.engine.behaviour = at_run(number, die)
    with pytest.raises(DeadError):
        sweeps.work()
    assert sum(map(len, sweeps.runs().values())) == number - 1
    sweeps.hints.clear()  # they died with it
    sweeps.work()
    assert len(sweeps.made()) == number  # nothing goes on before the lease has ended
    sweeps.reap()
    sweeps.bench.engine.behaviour = complete
    sweeps.work()
    check_whole(sweeps)
    made = sweeps.made()
    assert made[number - 1] == made[number]  # the order is taken up where it was left
    assert len(made) == 13


def test_a_worker_that_dies_between_a_run_and_its_word_makes_it_only_once(
    sweeps: SweepBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps.submit()
    told = 0
    end_turn = sweeps.store.end_turn

    def silent(turn: object) -> None:
        nonlocal told
        told += 1
        if told in {3, 12}:  # in the first round, and at the very last run
            raise DeadError
        end_turn(turn)  # type: ignore[arg-type]

    monkeypatch.setattr(sweeps.store, "end_turn", silent)
    for _ in range(2):
        with pytest.raises(DeadError):
            sweeps.work()
        sweeps.hints.clear()
        sweeps.reap()
    sweeps.work()
    check_whole(sweeps)
    assert len(sweeps.made()) == 12


def test_many_deaths_at_one_member_do_not_end_it_as_long_as_it_goes_on(
    sweeps: SweepBench,
) -> None:
    sweeps.submit(stacks=2, runs=6)
    for _ in range(6):
        sweeps.bench.engine.behaviour = at_run(2, die)
        try:
            sweeps.work()
        except DeadError:
            sweeps.hints.clear()
            sweeps.reap()
    sweeps.bench.engine.behaviour = complete
    sweeps.work()
    check_whole(sweeps, rounds=6)


def test_a_fault_of_ours_again_and_again_ends_the_member(sweeps: SweepBench) -> None:
    sweeps.submit()
    victim = sweeps.members()[2].inspection.inspection_id

    def fault(run: FakeRun) -> RunExit:
        if run.labels.inspection_id == victim:
            raise RuntimeError("no such thing")
        return complete(run)

    sweeps.bench.engine.behaviour = fault
    sweeps.work()
    assert sweeps.states() == [S.SUCCEEDED, S.SUCCEEDED, S.CRASHED, S.SUCCEEDED]
    assert sweeps.view().state is SweepState.SUCCEEDED


def test_a_member_that_fails_is_out_and_the_others_keep_their_places(sweeps: SweepBench) -> None:
    sweeps.submit()
    out = order_of(range(4), 5, 1)[1]
    sweeps.bench.engine.behaviour = at_run(6, crash)  # the second of the second round
    sweeps.work()
    states = sweeps.states()
    assert states.pop(out) is S.FAILED
    assert set(states) == {S.SUCCEEDED}
    failure = sweeps.members()[out].inspection.failure
    assert failure is not None
    assert failure.reason is FailureReason.RUN_CRASHED
    wanted = [member for number in range(3) for member in order_of(range(4), 5, number)]
    assert sweeps.made() == wanted[:6] + [member for member in wanted[6:] if member != out]
    assert len(sweeps.runs()[out]) == 1


def test_a_stack_that_cannot_be_built_keeps_nobody_waiting(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.dispatch()
    *first, last = sweeps.hints
    sweeps.hints.clear()
    for hint in first:
        sweeps.take(*hint)
    sweeps.work()  # the hints of three that are built: in vain
    sweeps.bench.engine.failure = build_failure()
    sweeps.take(*last)
    sweeps.bench.engine.failure = None
    sweeps.work()
    assert sorted(sweeps.states()) == [S.FAILED, S.SUCCEEDED, S.SUCCEEDED, S.SUCCEEDED]
    assert sweeps.view().state is SweepState.SUCCEEDED


def test_a_wave_of_which_nothing_can_be_built_gives_way_to_the_next(sweeps: SweepBench) -> None:
    sweeps.submit(stacks=5, in_flight=2)
    wave_of = {m.inspection.inspection_id: (m.wave, m.index) for m in sweeps.members()}
    while True:
        sweeps.dispatch()
        if not sweeps.hints:
            break
        kind, inspection_id = sweeps.hints.pop(0)
        wave, index = wave_of[inspection_id]
        doomed = wave == 0 and index != 0
        sweeps.bench.engine.failure = build_failure() if doomed else None
        sweeps.take(kind, inspection_id)
    assert sweeps.view().state is SweepState.SUCCEEDED
    assert sorted(sweeps.states()).count(S.FAILED) == 2
    # nobody of the first wave was there to be compared with
    assert [run.run_index for run in sweeps.runs()[0]] == [3, 4, 5]
    assert sweeps.members()[0].inspection.runs == 3


def test_where_only_the_reference_can_be_built_nothing_is_measured_and_the_sweep_has_failed(
    sweeps: SweepBench,
) -> None:
    sweeps.submit(stacks=3)
    reference = sweeps.members()[0].inspection.inspection_id
    sweeps.dispatch()
    for kind, inspection_id in [*sweeps.hints]:
        sweeps.bench.engine.failure = None if inspection_id == reference else build_failure()
        sweeps.take(kind, inspection_id)
    sweeps.hints.clear()
    sweeps.work()
    # of a reference without a run nobody may say that it succeeded
    assert sweeps.states() == [S.CANCELLED, S.FAILED, S.FAILED]
    assert sweeps.view().state is SweepState.FAILED
    assert sweeps.made() == []
    assert sweeps.view().ended_at is not None


def test_paused_means_that_no_new_run_and_no_new_build_begins(sweeps: SweepBench) -> None:
    sweeps.submit()

    def pause(run: FakeRun) -> RunExit:
        sweeps.store.pause_sweep(sweeps.sweep_id)
        return complete(run)

    sweeps.bench.engine.behaviour = at_run(5, pause)
    sweeps.work()
    assert sweeps.view().state is SweepState.PAUSED
    assert sum(map(len, sweeps.runs().values())) == 5  # the run in hand was finished
    sweeps.store.pause_sweep(sweeps.sweep_id)
    assert sweeps.store.waiting_builds(sweeps.bench.workplace.host.host_id) == []
    sweeps.store.resume_sweep(sweeps.sweep_id)
    assert sweeps.view().state is SweepState.MEASURING
    sweeps.work()
    check_whole(sweeps)
    assert len(sweeps.made()) == 12
    with pytest.raises(ConflictError, match="has ended"):
        sweeps.store.resume_sweep(sweeps.sweep_id)


def test_paused_before_anything_is_built(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.store.pause_sweep(sweeps.sweep_id)
    sweeps.work()
    assert set(sweeps.states()) == {S.QUEUED}
    sweeps.store.resume_sweep(sweeps.sweep_id)
    sweeps.work()
    check_whole(sweeps)


def test_cancelled_in_a_run(sweeps: SweepBench) -> None:
    sweeps.submit(stacks=5, in_flight=2)

    def cancel(run: FakeRun) -> RunExit:
        sweeps.store.cancel_sweep(sweeps.sweep_id)
        run.wait(lambda: False)  # until it is told to stop
        raise AssertionError

    sweeps.bench.engine.behaviour = at_run(5, cancel)
    sweeps.work()
    view = sweeps.view()
    assert view.state is SweepState.CANCELLED
    assert view.ended_at is not None
    assert set(sweeps.states()) == {S.CANCELLED}
    assert sum(map(len, sweeps.runs().values())) == 4
    sweeps.store.cancel_sweep(sweeps.sweep_id)  # again is fine
    with pytest.raises(ConflictError, match="is cancelled"):
        sweeps.store.pause_sweep(sweeps.sweep_id)
    with pytest.raises(NotFoundError):
        sweeps.store.cancel_sweep("sweep-00000000")


@pytest.mark.parametrize("number", [1, 3, 4, 12])
def test_cancelled_in_a_run_that_ends_before_it_hears_of_it(
    sweeps: SweepBench, number: int
) -> None:
    sweeps.submit()

    def cancel(run: FakeRun) -> RunExit:
        sweeps.store.cancel_sweep(sweeps.sweep_id)
        return complete(run)

    sweeps.bench.engine.behaviour = at_run(number, cancel)
    sweeps.work()
    assert set(sweeps.states()) == {S.CANCELLED}
    assert sweeps.view().state is SweepState.CANCELLED
    assert sum(map(len, sweeps.runs().values())) == number


def test_cancelled_in_a_build_that_ends_before_it_hears_of_it(
    sweeps: SweepBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps.submit()
    finish_build = sweeps.store.finish_build

    def cancel(*arguments: Any, **options: Any) -> None:
        sweeps.store.cancel_sweep(sweeps.sweep_id)
        finish_build(*arguments, **options)

    monkeypatch.setattr(sweeps.store, "finish_build", cancel)
    sweeps.work()
    assert set(sweeps.states()) == {S.CANCELLED}
    assert sweeps.view().ended_at is not None


def test_one_member_is_cancelled_in_its_run_or_build(
    sweeps: SweepBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps.submit()
    members = [member.inspection.inspection_id for member in sweeps.members()]
    finish_build = sweeps.store.finish_build

    def built(claim: Any, *arguments: Any, **options: Any) -> None:
        if claim.inspection_id == members[1]:
            sweeps.store.request_cancel(members[1])
        finish_build(claim, *arguments, **options)

    def running(run: FakeRun) -> RunExit:
        if run.labels.inspection_id == members[2]:
            sweeps.store.request_cancel(members[2])
        return complete(run)

    monkeypatch.setattr(sweeps.store, "finish_build", built)
    sweeps.bench.engine.behaviour = running
    sweeps.work()
    assert sweeps.states() == [S.SUCCEEDED, S.CANCELLED, S.CANCELLED, S.SUCCEEDED]
    assert len(sweeps.runs()[1]) == 0
    assert len(sweeps.runs()[2]) == 1


def test_one_member_may_be_cancelled_alone(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.store.request_cancel(sweeps.members()[3].inspection.inspection_id)
    sweeps.work()
    assert sweeps.states() == [S.SUCCEEDED, S.SUCCEEDED, S.SUCCEEDED, S.CANCELLED]
    assert sweeps.view().state is SweepState.SUCCEEDED


def test_a_drained_measurer_gives_the_run_back(sweeps: SweepBench) -> None:
    sweeps.submit()

    def drain(run: FakeRun) -> RunExit:
        sweeps.bench.workplace.drain.start()
        run.wait(lambda: False)
        raise AssertionError

    sweeps.bench.engine.behaviour = at_run(7, drain)
    sweeps.dispatch()
    while len(sweeps.made()) < 7:
        sweeps.take(*sweeps.hints.pop(0))
        sweeps.dispatch()
    assert set(sweeps.states()) == {S.BUILT}
    assert sum(map(len, sweeps.runs().values())) == 6


def test_a_lost_hint_is_made_up_for_by_one(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.work(most=4)
    sweeps.hints.clear()
    sweeps.store.mark_published([one.outbox_id for one in sweeps.store.pending_outbox()])
    sweeps.work()
    assert sweeps.made() == []
    measure_next = NextMeasurement(sweeps.bench.workplace)
    while measure_next() or sweeps.work():
        pass
    check_whole(sweeps)


def test_what_is_known_is_not_measured(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.work()
    known = {index: sweeps.members()[index].inspection.inspection_id for index in (0, 2)}
    first = sweeps.sweep_id
    sweeps.bench.engine.started.clear()
    sweeps.submit(known=known | {1: sweeps.members()[1].inspection.inspection_id}, reference=None)
    assert sweeps.sweep_id != first
    sweeps.work()
    assert sweeps.view().known == 3
    assert [member.known for member in sweeps.members()] == [True, True, True, False]
    assert sweeps.view().state is SweepState.SUCCEEDED


def test_a_sweep_of_which_everything_is_known_is_over_at_once(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.work()
    known = {member.index: member.inspection.inspection_id for member in sweeps.members()}
    sweeps.submit(known=known)
    view = sweeps.view()
    assert (view.state, view.known, view.runs_accepted) == (SweepState.SUCCEEDED, 4, 0)
    assert view.ended_at is not None
    assert sweeps.work() == 0
    assert all(len(runs) == 3 for runs in sweeps.runs().values())


def test_all_is_built_and_measured_on_one_host(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.dispatch()
    first, second = sweeps.hints[0][1], sweeps.hints[1][1]
    sweeps.take(AttemptKind.BUILD, first)
    assert sweeps.view().host_id == sweeps.bench.workplace.host.host_id
    elsewhere = sweeps.store.claim(
        second, AttemptKind.BUILD, worker="w", lease_seconds=60, host_id="another"
    )
    assert elsewhere is None
    assert (
        sweeps.store.claim_turn(sweeps.sweep_id, worker="w", lease_seconds=60, host_id="another")
        is None
    )


def test_runs_of_a_round_follow_one_another_in_time(sweeps: SweepBench) -> None:
    sweeps.submit()
    sweeps.work()
    order = order_of(range(4), 5, 0)
    starts = [sweeps.runs()[member][0].started_at for member in order]
    assert all(one <= other for one, other in pairwise(starts))
