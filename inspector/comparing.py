"""Comparing: both arms of a comparison are claimed together and measured in blocks.

Each run and each block is stored as it ends. A measurer that dies costs at most the block in hand,
which the next one measures anew.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import structlog

from amun_core.comparison import ARMS, Arm, ComparisonKind, EndedBecause
from amun_core.condition import Condition
from amun_core.errors import AttemptFailedError, StaleClaimError, StorageError
from inspector.blocks import ArmFailedError, ArmInHand, measure_block
from inspector.calibrating import calibration_of
from inspector.claim import StopReason, failure_of, patiently, renewed
from inspector.comparison_policy import Terms, next_step, order_of, outcome_document
from inspector.engines.base import StoppedError
from inspector.logs import InspectionLog
from inspector.pair_holding import PairHolding
from inspector.quiet_host import sharing_now, wait_for_quiet
from inspector.run import find_environment, host_lease, read_plan
from inspector.shared_load import shared_cpus
from inspector.workplace import Workplace
from knowledge_graph.comparison_records import Block, CalibrationRecord, Outcome, PairClaim


def work_on_pair(workplace: Workplace, inspection_id: str) -> bool:
    """Claim the comparison of which `inspection_id` is an arm, and measure it.

    False where it is no arm. An arm whose other one is not built yet, or has ended, is no work.
    """
    store = workplace.store
    comparison_id = patiently(workplace, inspection_id, lambda: store.comparison_of(inspection_id))
    if comparison_id is None:
        return False
    measure_pair(workplace, inspection_id, comparison_id)
    return True


def measure_pair(workplace: Workplace, inspection_id: str, comparison_id: str) -> bool:
    """Claim a comparison and measure it. False where there is nothing to do here now."""
    store = workplace.store
    asked_at, lease = time.monotonic(), workplace.settings.lease_seconds

    def claim() -> PairClaim | None:
        return store.claim_pair(
            comparison_id,
            worker=workplace.worker,
            lease_seconds=lease,
            host_id=workplace.host.host_id,
        )

    with structlog.contextvars.bound_contextvars(comparison_id=comparison_id):
        pair = patiently(workplace, inspection_id, claim)
        if pair is None:
            return False
        holding = PairHolding(store, pair, lease, workplace.drain, asked_at)
        with renewed(holding, lease):
            _log().info("claimed", attempt=pair.a.attempt_number, blocks=len(pair.blocks))
            try:
                _carry_out(workplace, holding)
            except StaleClaimError as error:
                _log().warning("claim_lost", error=str(error))
            except StorageError as error:
                # the leases run out and the reaper gives the arms to the next worker
                _log().error("attempt_abandoned", error=str(error))
    return True


def _carry_out(workplace: Workplace, holding: PairHolding) -> None:
    """Compare; write how the attempt ended where `compare` has not done so itself."""
    store, pair = workplace.store, holding.pair
    try:
        compare(workplace, holding)
        _log().info("completed")
    except (StaleClaimError, StorageError):
        raise
    except StoppedError:
        _give_up(workplace, holding)
    except ArmFailedError as error:
        if holding.should_stop():  # what was killed on our word may look like a failure
            _give_up(workplace, holding)
            return
        arm, failure = error.arm, error.failure
        _log().info("failed", arm=arm, reason=failure.reason, message=failure.message)
        holding.write(lambda: store.fail_pair(pair, arm, failure))
    except Exception as error:
        _log().exception("crashed")
        message = f"{type(error).__name__}: {error}"
        attempts = workplace.settings.maximum_attempts
        holding.write(lambda: store.crash_pair(pair, message, maximum_attempts=attempts))


def _give_up(workplace: Workplace, holding: PairHolding) -> None:
    """End an attempt that was told to stop."""
    why, pair = holding.why, holding.pair
    _log().info("stopped", why=why)
    if why is StopReason.CANCELLED:
        holding.write(lambda: workplace.store.cancel_pair(pair))
    elif why is StopReason.DRAINING:
        holding.write(lambda: workplace.store.release_pair(pair))


def compare(workplace: Workplace, holding: PairHolding) -> None:
    """Measure blocks until the policy says that it is enough; store what they say."""
    pair = holding.pair
    logs: dict[Arm, InspectionLog] = {
        arm: InspectionLog(workplace.store, pair.of(arm)) for arm in ARMS
    }
    terms = Terms(
        pair.kind,
        pair.band,
        pair.maximum_blocks,
        pair.maximum_seconds,
        pair.condition,
        pair.wait_quiet_seconds,
    )
    try:
        arms = {arm: _open(workplace, holding, arm, logs[arm]) for arm in ARMS}
        with host_lease(workplace, holding, logs["a"]):
            blocks, ended = _measure(workplace, holding, arms, terms)
    except ArmFailedError as error:
        logs[error.arm].line(f"{error.failure.reason}: {error.failure.message}")
        raise
    finally:
        for log in logs.values():
            log.flush()
    outcome, calibration = _conclude(pair, blocks, terms, ended, arms["a"])
    holding.write(lambda: workplace.store.finish_pair(pair, outcome, calibration))


def _open(workplace: Workplace, holding: PairHolding, arm: Arm, log: InspectionLog) -> ArmInHand:
    own = holding.arm(arm)
    plan = read_plan(own)
    engine = workplace.engines.get(plan.build.engine)
    try:
        environment = find_environment(workplace, own, engine, plan, log)
    except AttemptFailedError as error:
        raise ArmFailedError(arm, failure_of(error)) from error
    used = max(own.claim.accepted_runs, default=-1)
    return ArmInHand(arm, own, engine, plan, environment, log, next_index=used + 1)


def _measure(
    workplace: Workplace, holding: PairHolding, arms: dict[Arm, ArmInHand], terms: Terms
) -> tuple[list[Block], EndedBecause]:
    pair, store = holding.pair, workplace.store
    blocks, waited, looked = list(pair.blocks), 0.0, False
    while True:
        seconds = sum(block.seconds for block in blocks)
        lost = waited + sum(b.seconds for b in blocks if not terms.counts(shared=b.shared))
        ended = next_step(counted(blocks, terms), seconds, terms, lost_seconds=lost)
        if ended is not None:
            return blocks, ended
        holding.check()
        if terms.condition is Condition.QUIET and not looked:
            took = _wait_for_quiet(holding, arms, terms.wait_quiet_seconds - lost)
            waited += took
            if lost + took > terms.wait_quiet_seconds:
                continue
        index = len(blocks)
        with shared_cpus() if terms.condition is Condition.SHARED else nullcontext():
            block = measure_block(workplace, arms, index, order_of(pair.seed, index))
        if terms.condition is Condition.QUIET:
            # runs of a moment tell too little by themselves: load that came meanwhile is here still
            sign = sharing_now()
            looked = sign is None
            block = block if sign is None else replace(block, disturbed=(*block.disturbed, sign))
        holding.write(partial(store.store_block, pair, block))
        blocks.append(block)
        for arm in arms.values():
            without_say = "" if terms.counts(shared=block.shared) else ", not quiet: no say"
            arm.log.line(f"{block.order}: log ratio {block.log_ratio:+.4f}{without_say}")


def counted(blocks: Sequence[Block], terms: Terms) -> list[float]:
    """The log-ratios of the blocks that have a say."""
    return [block.log_ratio for block in blocks if terms.counts(shared=block.shared)]


def _wait_for_quiet(holding: PairHolding, arms: dict[Arm, ArmInHand], most: float) -> float:
    def told(sign: str) -> None:
        for arm in arms.values():
            arm.log.line(f"waits for a quiet host: {sign}")
            arm.log.flush()

    return wait_for_quiet(max(0.0, most), holding.should_stop, told)


def _conclude(
    pair: PairClaim, blocks: list[Block], terms: Terms, ended: EndedBecause, arm: ArmInHand
) -> tuple[Outcome, CalibrationRecord | None]:
    document = outcome_document(counted(blocks, terms), terms)
    calibration = None
    indicator = arm.plan.run.indicator
    if pair.kind is ComparisonKind.CALIBRATION and indicator is not None:
        of_say = [block for block in blocks if terms.counts(shared=block.shared)]
        calibration = calibration_of(of_say, indicator, terms.band, pair.seed)
    return Outcome(ended, document), calibration


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
