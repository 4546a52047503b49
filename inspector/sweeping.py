"""Sweeping: the runs of one round, one after the other, each under a claim of its own.

A measurer that dies loses the run in hand. After a round the queue has its turn: other inspections
do not wait for the end of a sweep, and the runs of one round stay next to each other in time.
"""

from __future__ import annotations

import time
from functools import partial

import structlog

from amun_core.errors import AttemptFailedError
from inspector.claim import Holding, patiently, work_under
from inspector.logs import InspectionLog
from inspector.run import find_environment, host_lease, make_run, read_plan
from inspector.workplace import Workplace
from knowledge_graph.sweep_records import SweepTurn


def work_on_sweep(workplace: Workplace, inspection_id: str) -> bool:
    """Make what is left of the present round of the sweep of which `inspection_id` is a member.

    False where it is of none. Nothing is made where the sweep is paused, or waits for builds.
    """
    store = workplace.store
    sweep_id = patiently(workplace, inspection_id, lambda: store.sweep_of(inspection_id))
    if sweep_id is None:
        return False
    measure_round(workplace, inspection_id, sweep_id)
    return True


def measure_round(workplace: Workplace, inspection_id: str, sweep_id: str) -> bool:
    """Make what is left of the present round. False where there is nothing to do here now."""
    made = False
    with structlog.contextvars.bound_contextvars(sweep_id=sweep_id):
        while not workplace.drain.started():
            asked_at = time.monotonic()
            turn = patiently(workplace, inspection_id, lambda: _claim(workplace, sweep_id))
            if turn is None:
                break
            made = True
            work_under(
                workplace,
                turn.claim,
                partial(_take_turn, turn),
                since=asked_at,
            )
            if turn.next.ends_round and not turn.next.ends_wave:
                break
    return made


def _claim(workplace: Workplace, sweep_id: str) -> SweepTurn | None:
    return workplace.store.claim_turn(
        sweep_id,
        worker=workplace.worker,
        lease_seconds=workplace.settings.lease_seconds,
        host_id=workplace.host.host_id,
    )


def _take_turn(turn: SweepTurn, workplace: Workplace, holding: Holding) -> None:
    """Make the run, and give the member back for its next round."""
    log = InspectionLog(workplace.store, holding.claim)
    index = turn.next.run_index
    try:
        plan = read_plan(holding)
        engine = workplace.engines.get(plan.build.engine)
        environment = find_environment(workplace, holding, engine, plan, log)
        with host_lease(workplace, holding, log):
            make_run(workplace, holding, engine, plan, environment, index, log)
    except AttemptFailedError as error:
        log.line(f"{error.reason}: {error}")
        raise
    finally:
        log.flush()
    holding.write(lambda: workplace.store.end_turn(turn))
