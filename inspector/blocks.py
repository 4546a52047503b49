"""One block: four fresh runs of two arms next to each other in time, with no build between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from amun_core.comparison import ARMS, Arm
from amun_core.errors import AttemptFailedError
from amun_core.plan import Plan
from amun_core.states import FailureReason, attributed_to
from amun_statistics.blocks import block_log_ratio
from inspector.claim import failure_of
from inspector.engines.base import Engine, Environment
from inspector.logs import InspectionLog
from inspector.pair_holding import ArmHolding
from inspector.run import refuse_changed, start_run
from inspector.workplace import Workplace
from knowledge_graph.comparison_records import Block
from knowledge_graph.records import Failure, RunRecord


class ArmFailedError(Exception):
    """A run, or the environment, of one arm failed: the comparison ends with it."""

    def __init__(self, arm: Arm, failure: Failure) -> None:
        super().__init__(f"arm {arm}: {failure.message}")
        self.arm = arm
        self.failure = failure


@dataclass
class ArmInHand:
    """An arm that is ready to run. `next_index` is the first run index that was never used.

    A block that a dead worker left half-way is measured anew: its runs stay, with their indexes.
    """

    name: Arm
    holding: ArmHolding
    engine: Engine
    plan: Plan
    environment: Environment
    log: InspectionLog
    next_index: int


@dataclass(frozen=True, slots=True)
class _Made:
    arm: Arm
    record: RunRecord
    seconds: float


def measure_block(
    workplace: Workplace, arms: Mapping[Arm, ArmInHand], index: int, order: str
) -> Block:
    """Make the four runs of a block and store them under their arms. ArmFailedError; StoppedError."""
    for arm in arms.values():
        arm.log.begin(f"block {index}")
        _promise(workplace, arm, order.count(arm.name.upper()))

    def waiting() -> None:
        for arm in arms.values():
            arm.log.line("waits for the end of a build: no block beside a build")
            arm.log.flush()

    first = next(iter(arms.values()))
    # held for the whole block: a build between two of its runs would be a difference of its own
    with workplace.quiet.measuring(first.holding.should_stop, waiting):
        made = [_make(workplace, arms["a" if letter == "A" else "b"]) for letter in order]
    return _block(index, order, made)


def _promise(workplace: Workplace, arm: ArmInHand, runs: int) -> None:
    """Let the inspection grow by the runs of this block before they are stored."""
    claim, wanted = arm.holding.claim, arm.next_index + runs
    arm.holding.write(lambda: workplace.store.extend_runs(claim, wanted))


def _make(workplace: Workplace, arm: ArmInHand) -> _Made:
    arm.holding.check()
    index, arm.next_index = arm.next_index, arm.next_index + 1
    try:
        refuse_changed(arm.engine, arm.plan, arm.environment)
        record = start_run(workplace, arm.holding, arm.engine, arm.plan, arm.environment, index)
    except AttemptFailedError as error:
        raise ArmFailedError(arm.name, failure_of(error)) from error
    arm.holding.write(lambda: workplace.store.record_run(arm.holding.claim, record))
    if record.failure is not None:
        if record.failure.reason is FailureReason.ENVIRONMENT_CHANGED:
            arm.engine.discard(arm.plan.build, arm.environment)
        raise ArmFailedError(arm.name, record.failure)
    if not record.elapsed_seconds:
        raise ArmFailedError(arm.name, _timeless(index))
    arm.log.line(f"run {index}: {record.elapsed_seconds:.6g} s an iteration")
    return _Made(arm.name, record, record.elapsed_seconds)


def _timeless(index: int) -> Failure:
    reason = FailureReason.SCRIPT_OUTPUT_INVALID
    return Failure(
        reason,
        attributed_to(reason),
        f"run {index} tells no elapsed time: there is nothing to compare",
    )


def _block(index: int, order: str, made: list[_Made]) -> Block:
    def of(arm: Arm) -> list[_Made]:
        return [one for one in made if one.arm == arm]

    a, b = (tuple(one.seconds for one in of(arm)) for arm in ARMS)
    moments: list[datetime] = [one.record.started_at for one in made]
    return Block(
        index=index,
        order=order,
        a_runs=tuple(one.record.run_index for one in of("a")),
        b_runs=tuple(one.record.run_index for one in of("b")),
        a_seconds=a,
        b_seconds=b,
        log_ratio=block_log_ratio(a, b),
        disturbed=tuple(
            f"run {one.record.run_index} of {one.arm}: {sign}"
            for one in made
            for sign in one.record.disturbed
        ),
        started_at=min(moments),
        ended_at=max(one.record.ended_at for one in made),
    )
