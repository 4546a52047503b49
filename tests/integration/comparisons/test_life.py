"""The life of a comparison with a fake engine: to its end, and through every interruption."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator

import pytest

from amun_core.comparison import ComparisonState, EndedBecause
from amun_core.states import AttemptKind, FailureReason, InspectionState
from inspector import comparing, quiet_host
from inspector.comparing import work_on_pair
from inspector.comparison_policy import order_of
from inspector.engines.base import RunExit
from inspector.engines.fake import FakeRun, complete, completed_result, exited
from tests.integration.comparisons.conftest import HOST, Bench
from tests.support.databases import expire_lease

S = InspectionState
Behaviour = Callable[[FakeRun], RunExit]


class DeadError(BaseException):
    """The worker is gone: nothing of it writes any more."""


def timed(run: FakeRun, seconds: float) -> RunExit:
    """A run of which every iteration takes `seconds`."""
    result = completed_result(run.request)
    result["samples"]["values"] = [seconds] * 5
    run.folder.result.write_text(json.dumps(result), encoding="utf-8")
    run.folder.stdout.write_text("{}\n", encoding="utf-8")
    run.folder.stderr.write_text("", encoding="utf-8")
    return exited()


def at_run(number: int, then: Behaviour, otherwise: Behaviour = complete) -> Behaviour:
    """Do `then` at the run of this number (from 1), counted over both arms."""
    seen = 0

    def behave(run: FakeRun) -> RunExit:
        nonlocal seen
        seen += 1
        return then(run) if seen == number else otherwise(run)

    return behave


def measure(bench: Bench, comparison_id: str, arm: int = 0) -> None:
    assert work_on_pair(bench.workplace, bench.view(comparison_id).arms[arm].inspection_id)


def check_blocks(bench: Bench, comparison_id: str, number: int) -> None:
    """Every block is there once, in its order, of runs of its own."""
    view, blocks = bench.view(comparison_id), bench.blocks(comparison_id)
    assert [block.index for block in blocks] == list(range(number))
    assert [block.order for block in blocks] == [order_of(5, index) for index in range(number)]
    for arm, used in (
        (view.a, [run for block in blocks for run in block.a_runs]),
        (view.b, [run for block in blocks for run in block.b_runs]),
    ):
        assert len(used) == len(set(used)) == 2 * number
        accepted = {run.run_index for run in bench.queries.arm_values(arm.inspection_id)}
        assert set(used) <= accepted


def test_two_equal_stacks_end_equivalent_at_the_first_look(bench: Bench) -> None:
    comparison_id = bench.built()
    measure(bench, comparison_id)
    view = bench.view(comparison_id)
    assert view.state is ComparisonState.SUCCEEDED
    assert view.ended_because is EndedBecause.DECIDED
    assert view.outcome is not None
    assert view.outcome["verdict"] == "equivalent"
    assert view.blocks == view.outcome["blocks"] == 10
    check_blocks(bench, comparison_id, 10)
    assert [arm.runs_accepted for arm in view.arms] == [20, 20]
    assert [arm.state for arm in view.arms] == [S.SUCCEEDED, S.SUCCEEDED]
    assert "log ratio +0.0000" in bench.log(view.b.inspection_id)


def test_a_slower_stack_is_called_slower(bench: Bench) -> None:
    comparison_id = bench.built()
    slow = bench.view(comparison_id).b.inspection_id
    bench.engine.behaviour = lambda run: timed(
        run, 0.0022 if run.labels.inspection_id == slow else 0.002
    )
    measure(bench, comparison_id, arm=1)
    outcome = bench.view(comparison_id).outcome
    assert outcome is not None
    assert (outcome["verdict"], outcome["direction"]) == ("slower", "slower")
    assert outcome["ratio"] == pytest.approx(1.1)


def test_the_runs_follow_the_coin(bench: Bench) -> None:
    comparison_id = bench.built(maximum_blocks=4)
    view = bench.view(comparison_id)
    measure(bench, comparison_id)
    letters = {view.a.inspection_id: "A", view.b.inspection_id: "B"}
    made = "".join(letters[labels.inspection_id] for labels in bench.engine.started)
    assert made == "".join(order_of(5, index) for index in range(4))
    assert bench.view(comparison_id).ended_because is EndedBecause.CAP


def test_a_hint_before_both_are_built_is_no_work(bench: Bench) -> None:
    comparison_id = bench.submit()
    measure(bench, comparison_id)
    assert bench.engine.started == []
    bench.build(comparison_id)
    measure(bench, comparison_id)
    assert bench.view(comparison_id).state is ComparisonState.SUCCEEDED


def test_an_ordinary_inspection_is_no_arm(bench: Bench) -> None:
    assert not work_on_pair(bench.workplace, "inspection-00000000")


@pytest.mark.parametrize("number", [13, 14, 15, 16])
def test_a_worker_that_dies_in_a_block_loses_that_block_only(bench: Bench, number: int) -> None:
    comparison_id = bench.built()
    arms = bench.view(comparison_id).arms

    def die(run: FakeRun) -> RunExit:
        raise DeadError

    bench.engine.behaviour = at_run(number, die)  # in the fourth block
    with pytest.raises(DeadError):
        measure(bench, comparison_id)
    check_blocks(bench, comparison_id, 3)
    assert bench.view(comparison_id).state is ComparisonState.MEASURING
    for arm in arms:
        expire_lease(bench.database_url, arm.inspection_id)
    assert {one.now for one in bench.store.reap(maximum_attempts=3)} == {S.BUILT}
    hinted = {hint.inspection_id for hint in bench.store.pending_outbox() if hint.kind == "measure"}
    assert hinted >= {arm.inspection_id for arm in arms}

    bench.engine.behaviour = complete
    measure(bench, comparison_id, arm=1)
    assert bench.view(comparison_id).ended_because is EndedBecause.DECIDED
    check_blocks(bench, comparison_id, 10)
    lost = number - 13  # runs of the broken block that were stored: kept, counted in no block
    accepted = sum(arm.runs_accepted for arm in bench.view(comparison_id).arms)
    assert accepted == 40 + lost


def test_a_lease_lost_in_a_block_stops_the_work_without_a_word(bench: Bench) -> None:
    comparison_id = bench.built()
    arm = bench.view(comparison_id).b.inspection_id

    def outlive_the_lease(run: FakeRun) -> RunExit:
        expire_lease(bench.database_url, arm)
        bench.store.reap(maximum_attempts=3)
        return complete(run)

    bench.engine.behaviour = at_run(6, outlive_the_lease)
    measure(bench, comparison_id)
    assert len(bench.blocks(comparison_id)) == 1
    assert bench.view(comparison_id).outcome is None


def test_a_failed_run_ends_the_comparison_and_is_shown_at_its_arm(bench: Bench) -> None:
    comparison_id = bench.built()

    def crash(run: FakeRun) -> RunExit:
        run.folder.stderr.write_text("Segmentation fault\n", encoding="utf-8")
        return exited(None, signal=11)

    bench.engine.behaviour = at_run(5, crash)
    measure(bench, comparison_id)
    view = bench.view(comparison_id)
    assert view.state is ComparisonState.FAILED
    reasons = {arm.failure.reason for arm in view.arms if arm.failure}
    assert reasons == {FailureReason.RUN_CRASHED, FailureReason.OTHER_ARM_ENDED}
    failed = next(
        arm for arm in view.arms if arm.failure and arm.failure.reason == FailureReason.RUN_CRASHED
    )
    assert "SIGSEGV" in failed.failure.message if failed.failure else False
    assert len(bench.blocks(comparison_id)) == 1


def test_an_environment_that_was_changed_ends_it_too(bench: Bench) -> None:
    comparison_id = bench.built()
    key = bench.engine.prepared[1]
    bench.engine.tampered[key] = ("numpy/core.py differs",)
    measure(bench, comparison_id)
    failure = bench.view(comparison_id).b.failure
    assert failure is not None
    assert failure.reason is FailureReason.ENVIRONMENT_CHANGED


def test_an_arm_that_cannot_be_built_ends_the_other(bench: Bench) -> None:
    from amun_core.errors import AttemptFailedError
    from inspector.build import build
    from inspector.claim import work_on

    comparison_id = bench.submit()
    a, b = bench.view(comparison_id).arms
    bench.store.mark_queued([a.inspection_id, b.inspection_id])
    bench.engine.failure = AttemptFailedError(FailureReason.BUILD_FAILED, "gcc ended with 1")
    assert work_on(bench.workplace, a.inspection_id, AttemptKind.BUILD, build)
    assert not work_on(bench.workplace, b.inspection_id, AttemptKind.BUILD, build)
    view = bench.view(comparison_id)
    assert view.state is ComparisonState.FAILED
    assert view.b.failure is not None
    assert view.b.failure.reason is FailureReason.OTHER_ARM_ENDED


def test_cancelled_in_a_block(bench: Bench) -> None:
    comparison_id = bench.built()

    def cancel(run: FakeRun) -> RunExit:
        bench.store.request_cancel_comparison(comparison_id)
        run.wait(lambda: False)  # until it is told to stop
        raise AssertionError

    bench.engine.behaviour = at_run(7, cancel)
    measure(bench, comparison_id)
    view = bench.view(comparison_id)
    assert view.state is ComparisonState.CANCELLED
    assert [arm.state for arm in view.arms] == [S.CANCELLED, S.CANCELLED]
    assert len(bench.blocks(comparison_id)) == 1


def test_a_drained_measurer_gives_both_back(bench: Bench) -> None:
    comparison_id = bench.built()

    def drain(run: FakeRun) -> RunExit:
        bench.workplace.drain.start()
        run.wait(lambda: False)
        raise AssertionError

    bench.engine.behaviour = at_run(7, drain)
    measure(bench, comparison_id)
    view = bench.view(comparison_id)
    assert [arm.state for arm in view.arms] == [S.BUILT, S.BUILT]
    check_blocks(bench, comparison_id, 1)


def test_a_fault_of_ours_is_tried_again_and_then_crashed(bench: Bench) -> None:
    comparison_id = bench.built()

    def fault(run: FakeRun) -> RunExit:
        raise RuntimeError("no such thing")

    for _ in range(bench.workplace.settings.maximum_attempts):
        bench.engine.behaviour = at_run(1, fault)
        measure(bench, comparison_id)
    view = bench.view(comparison_id)
    assert view.state is ComparisonState.CRASHED
    assert view.a.message == "RuntimeError: no such thing"


def test_the_time_ends_it_after_the_block_in_hand(bench: Bench) -> None:
    comparison_id = bench.built(maximum_seconds=1)

    def slow(run: FakeRun) -> RunExit:
        import time

        time.sleep(0.3)
        return complete(run)

    bench.engine.behaviour = slow
    measure(bench, comparison_id)
    view = bench.view(comparison_id)
    assert view.ended_because is EndedBecause.TIME
    assert view.blocks == 1
    assert view.outcome is not None
    assert view.outcome["verdict"] == "inconclusive"


def test_disturbed_runs_mark_their_block(bench: Bench) -> None:
    comparison_id = bench.built(maximum_blocks=2)

    def disturbed(run: FakeRun) -> RunExit:
        complete(run)
        result = json.loads(run.folder.result.read_text(encoding="utf-8"))
        result["before"]["throttling"] = {"throttled_periods": 1}
        result["after"]["throttling"] = {"throttled_periods": 4}
        run.folder.result.write_text(json.dumps(result), encoding="utf-8")
        return exited()

    bench.engine.behaviour = at_run(5, disturbed)
    measure(bench, comparison_id)
    first, second = bench.blocks(comparison_id)
    assert first.disturbed == ()
    assert len(second.disturbed) == 1
    assert second.disturbed[0].startswith("run 2 of ")


BUSY = "other processes used 97.5% of the CPU time"


def looks(monkeypatch: pytest.MonkeyPatch, *signs: str | None) -> list[str | None]:
    """What the looks at the host find, in this order; quiet from then on."""
    pending = list(signs)

    def look(*_: object) -> str | None:
        return pending.pop(0) if pending else None

    monkeypatch.setattr(comparing, "sharing_now", look)
    monkeypatch.setattr(quiet_host.wait_for_quiet, "__defaults__", (look,))
    monkeypatch.setattr(quiet_host, "PAUSE_SECONDS", 0.001)
    return pending


def test_blocks_beside_other_work_have_no_say_for_a_quiet_host(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # quiet before the first block, other work after it; then it is waited for, and found
    looks(monkeypatch, None, BUSY, BUSY, BUSY, None)
    comparison_id = bench.built(condition="quiet", wait_quiet_seconds=3600, maximum_blocks=10)
    measure(bench, comparison_id)
    view, blocks = bench.view(comparison_id), bench.blocks(comparison_id)
    assert view.outcome is not None
    assert [block.shared for block in blocks] == [True] + [False] * 10
    assert view.outcome["blocks"] == 10
    assert view.ended_because in {EndedBecause.DECIDED, EndedBecause.CAP}
    assert f"waits for a quiet host: {BUSY}" in bench.log(view.a.inspection_id)


def test_a_host_that_stays_busy_ends_it_without_a_verdict(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(monkeypatch, *[BUSY] * 100_000)
    comparison_id = bench.built(condition="quiet", wait_quiet_seconds=0)
    measure(bench, comparison_id)
    view = bench.view(comparison_id)
    assert (view.state, view.ended_because) == (ComparisonState.SUCCEEDED, EndedBecause.BUSY)
    assert view.outcome is not None
    assert (view.outcome["ratio"], view.outcome["verdict"]) == (None, "inconclusive")
    assert bench.blocks(comparison_id) == []


def test_a_shared_host_is_made_on_purpose(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    @contextlib.contextmanager
    def load() -> Iterator[None]:
        begun.append("load")
        yield

    monkeypatch.setattr(comparing, "shared_cpus", load)
    comparison_id = bench.built(condition="shared", maximum_blocks=3)
    measure(bench, comparison_id)
    assert len(begun) == len(bench.blocks(comparison_id)) == 3
    outcome = bench.view(comparison_id).outcome
    assert outcome is not None
    assert outcome["blocks"] == 3


def test_a_calibration_builds_twice_and_is_stored_with_the_host(bench: Bench) -> None:
    comparison_id = bench.built(versions=("2.4.6", "2.4.6"), kind="calibration", maximum_blocks=12)
    assert len(set(bench.engine.prepared)) == 2
    measure(bench, comparison_id)
    view = bench.view(comparison_id)
    assert view.ended_because is EndedBecause.FIXED
    check_blocks(bench, comparison_id, 12)
    assert view.a.stack_digest == view.b.stack_digest
    (calibration,) = bench.queries.calibrations(HOST.host_id)
    assert calibration.comparison_id == comparison_id
    assert calibration.document["blocks"] == 12
    assert calibration.least_detectable_effect == pytest.approx(1.02)


def test_a_comparison_of_one_stack_shares_its_environment(bench: Bench) -> None:
    comparison_id = bench.built(versions=("2.4.6", "2.4.6"))
    assert len(bench.engine.prepared) == 1
    measure(bench, comparison_id)
    assert bench.view(comparison_id).state is ComparisonState.SUCCEEDED
