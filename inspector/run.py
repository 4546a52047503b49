"""Measuring: every missing run of a built inspection, one fresh process or container each.

A run is stored as soon as it has ended, so that an attempt which dies loses only the run in hand.
Where a precision is asked for, runs are added until it is reached (`inspector.precision` decides).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.plan import Plan
from amun_core.specification import Precision
from amun_core.states import AttributedTo, FailureReason, RunState
from inspector import accelerators
from inspector.build import allowed_extra
from inspector.claim import Holding, StopReason
from inspector.collect import RunContext, collect
from inspector.conditions import conditions
from inspector.engines.base import Engine, Environment, RunFolder, RunLabels, StoppedError
from inspector.indicators import declared_iterations, indicator_digest
from inspector.leftovers import full_disk_named
from inspector.logs import InspectionLog
from inspector.precision import (
    Iterations,
    RunFact,
    decision_after,
    fact_of,
    goal_of,
    in_words,
    iterations_of,
    with_iterations,
)
from inspector.run_folder import fresh_folder, write_request
from inspector.workplace import Workplace
from knowledge_graph.queries import GraphQueries
from knowledge_graph.rate_units import unit_of_facts
from knowledge_graph.records import Failure, RunRecord

#: Pause between two tries for the host's measuring lease, s.
LEASE_POLL_SECONDS = 0.2
#: Where a run in a container finds its script.
CONTAINER_SCRIPT = "/amun/in/script.py"


def measure(workplace: Workplace, holding: Holding) -> None:
    """Carry out the measuring stage of the inspection in hand."""
    log = InspectionLog(workplace.store, holding.claim)
    claim = holding.claim
    try:
        plan = read_plan(holding)
        engine = workplace.engines.get(plan.build.engine)
        environment = find_environment(workplace, holding, engine, plan, log)
        with host_lease(workplace, holding, log):
            precision = plan.run.precision
            if precision is not None:
                _until_precise(workplace, holding, engine, plan, environment, precision, log)
            for index in missing_runs(holding) if precision is None else ():
                holding.check()
                make_run(workplace, holding, engine, plan, environment, index, log)
    except AttemptFailedError as error:
        log.line(f"{error.reason}: {error}")
        raise
    finally:
        log.flush()
    holding.write(lambda: workplace.store.finish_measure(claim))


def read_plan(holding: Holding) -> Plan:
    """The stored plan. It was stored before the inspection became built."""
    if holding.claim.plan is None:
        raise EngineError(f"{holding.claim.inspection_id} is built and has no plan")
    return Plan.model_validate_json(holding.claim.plan)


def missing_runs(holding: Holding) -> list[int]:
    """The run indexes that have no accepted run yet, in order."""
    claim = holding.claim
    return [index for index in range(claim.runs) if index not in claim.accepted_runs]


def _until_precise(
    workplace: Workplace,
    holding: Holding,
    engine: Engine,
    plan: Plan,
    environment: Environment,
    precision: Precision,
    log: InspectionLog,
) -> None:
    """Make the runs that are missing, and add one after the other until told to stop."""
    claim, store = holding.claim, workplace.store
    facts = _stored_facts(workplace, holding)
    goal, wanted = goal_of(plan.run, precision), claim.runs
    declared = declared_iterations(plan.run.indicator.name) if plan.run.indicator else None
    while True:
        for index in range(wanted):
            if index not in facts:
                holding.check()
                iterations = iterations_of(plan, precision, index, facts, declared)
                record = make_run(
                    workplace, holding, engine, plan, environment, index, log, iterations
                )
                facts[index] = fact_of(record)
        decision = decision_after(goal, facts.values())
        log.line(in_words(decision, goal))
        if decision.stopped_by is not None:
            return
        # one at a time: what has been promised must be made, also when the time is up
        wanted = holding.write(partial(store.extend_runs, claim, wanted + 1))


def _stored_facts(workplace: Workplace, holding: Holding) -> dict[int, RunFact]:
    """What the accepted runs of earlier attempts say."""
    claim = holding.claim
    if not claim.accepted_runs:
        return {}

    def read() -> dict[int, RunFact]:
        with GraphQueries(workplace.settings.resolved_database_url) as queries:
            runs = queries.runs(claim.inspection_id)
        return {run.run_index: fact_of(run) for run in runs if run.accepted}

    return holding.write(read)


def find_environment(
    workplace: Workplace, holding: Holding, engine: Engine, plan: Plan, log: InspectionLog
) -> Environment:
    """The environment in this host's cache; made again from the plan where the cache lacks it."""
    log.begin("environment")
    environment = engine.find(plan.build)
    if environment is not None:
        return environment
    log.line("not in this host's cache any more: made again from the plan")
    try:
        with log.streaming(), workplace.quiet.building(holding.should_stop):
            return engine.prepare(plan.build, log.write, holding.should_stop)
    except EngineError:
        workplace.engines.forget(engine.name)
        raise


@contextlib.contextmanager
def host_lease(workplace: Workplace, holding: Holding, log: InspectionLog) -> Iterator[None]:
    """Hold the host's measuring lease: one measuring installation a host at a time."""
    host_id, owner = workplace.host.host_id, workplace.measuring_owner

    def acquire() -> bool:
        return workplace.store.acquire_host_lease(host_id, owner, workplace.settings.lease_seconds)

    log.begin("host")
    if not holding.write(acquire):
        log.line("waits: another installation measures on this host")
        log.flush()
        while not holding.write(acquire):
            holding.check()
            time.sleep(LEASE_POLL_SECONDS)
    with holding.renewing(acquire):
        try:
            yield
        finally:
            # after a lost lease the next measurer may hold it already, under the same owner
            if holding.why is not StopReason.LEASE_LOST:
                holding.write(lambda: workplace.store.release_host_lease(host_id, owner))


def make_run(
    workplace: Workplace,
    holding: Holding,
    engine: Engine,
    plan: Plan,
    environment: Environment,
    index: int,
    log: InspectionLog,
    iterations: Iterations | None = None,
) -> RunRecord:
    """Make one run and store it. Raises AttemptFailedError if it failed."""
    log.begin(f"run {index}")
    plan = with_iterations(plan, iterations)

    def waiting() -> None:
        log.line("waits for the end of a build: no run beside a build")
        log.flush()

    with workplace.quiet.measuring(holding.should_stop, waiting):
        refuse_changed(engine, plan, environment)
        record = start_run(workplace, holding, engine, plan, environment, index)
    if iterations is not None:
        record = replace(record, facts={**record.facts, "iterations": iterations.document()})
    holding.write(lambda: workplace.store.record_run(holding.claim, record))
    log.line(_in_words(record))
    if record.failure is not None:
        if record.failure.reason is FailureReason.ENVIRONMENT_CHANGED:
            engine.discard(plan.build, environment)
        raise _as_error(record.failure)
    return record


def refuse_changed(engine: Engine, plan: Plan, environment: Environment) -> None:
    """An environment that was changed by hand is not measured; it is made again next time."""
    changes = engine.verify(plan.build, environment)
    if changes:
        engine.discard(plan.build, environment)
        raise AttemptFailedError(
            FailureReason.ENVIRONMENT_CHANGED, "the environment was changed: " + "; ".join(changes)
        )


def start_run(
    workplace: Workplace,
    holding: Holding,
    engine: Engine,
    plan: Plan,
    environment: Environment,
    index: int,
) -> RunRecord:
    """Start one run in a fresh folder, wait for its end, read what it left."""
    claim = holding.claim
    labels = RunLabels(workplace.installation_id, claim.inspection_id, claim.fence, index)
    with full_disk_named(), fresh_folder(workplace.settings.home, labels) as folder:
        write_request(folder, request_of(plan, environment, labels, folder), plan.run.script)
        facts = _outside_facts(plan, environment)
        gpus = accelerators.read()
        started_at = datetime.now(UTC)
        try:
            exit_ = engine.run(
                plan.run, plan.build, environment, folder, labels, holding.should_stop
            )
        except StoppedError:
            changes_of_script(engine, plan, environment)
            raise
        ended_at = datetime.now(UTC)
        if gpus:
            facts["accelerators"] = {"before": gpus, "after": accelerators.read()}
        context = RunContext(
            run_index=index,
            plan=plan,
            started_at=started_at,
            ended_at=ended_at,
            host=workplace.host,
            hardware_info=workplace.hardware_info(),
            program_sha256=program_sha256(plan),
            cuda_version=workplace.cuda_version(),
            facts=facts,
        )
        record = collect(folder, exit_, context)
    changed = changes_of_script(engine, plan, environment)
    return replace(record, **changed) if changed else record


def changes_of_script(engine: Engine, plan: Plan, environment: Environment) -> dict[str, Any]:
    """What becomes of a run whose script changed its environment, which is taken out of use.

    Only a bare process can: in a container the environment is read-only. It is told of the script
    that did it, so that the next inspection finds a fresh environment and no fault.
    """
    if plan.build.engine != "process" or plan.run.script is None:
        return {}
    changes = engine.verify(plan.build, environment)
    if not changes:
        return {}
    engine.discard(plan.build, environment)
    failure = Failure(
        FailureReason.ENVIRONMENT_CHANGED,
        AttributedTo.REQUEST,
        "the script changed the environment it ran in: " + "; ".join(changes),
        hint="Let the script write into its working folder or its home only.",
    )
    return {"state": RunState.FAILED, "accepted": False, "failure": failure}


def _outside_facts(plan: Plan, environment: Environment) -> dict[str, Any]:
    """What is known of a run from outside: the environment, and how the host is set up just now."""
    return {
        "environment": {
            "key": environment.key,
            "digest": environment.digest,
            "base_digest": plan.build.base.digest,
        },
        "conditions": conditions(),
    }


def program_sha256(plan: Plan) -> str | None:
    """The hash of what is run: the user's script, or the indicator's files."""
    if plan.run.script is not None:
        return plan.run.script_sha256
    return indicator_digest(plan.run.indicator.name) if plan.run.indicator else None


def request_of(
    plan: Plan, environment: Environment, labels: RunLabels, folder: RunFolder
) -> dict[str, Any]:
    """The request as the driver in `pis` reads it."""
    run, build = plan.run, plan.build
    expected = [[one.name, one.version] for one in build.requirements]
    script = CONTAINER_SCRIPT if build.engine == "container" else str(folder.script)
    return {
        "schema": "amun.run-request/1",
        "inspection_id": labels.inspection_id,
        "run_index": labels.run_index,
        "seed": run.seed,
        "indicator": run.indicator.model_dump(mode="json") if run.indicator else None,
        "script": script if run.script is not None else None,
        # without a lock there is nothing to compare with
        "expected": expected or None,
        "allowed_extra": list(allowed_extra(plan, environment)),
        "threads": run.threads,
        "cpu_set": list(run.cpu_set),
        "limits": {
            "memory_bytes": run.memory_bytes,
            "run_seconds": run.limits.run_seconds,
            "output_bytes": run.limits.output_bytes,
        },
    }


def _in_words(record: RunRecord) -> str:
    if record.failure is not None:
        lines = f"\n{record.failure.last_lines}" if record.failure.last_lines else ""
        return f"{record.failure.reason}: {record.failure.message}{lines}"
    rate = ""
    if record.rate_gflops is not None:
        unit = unit_of_facts(record.facts, indicator=bool(record.seconds)) or ""
        rate = f", {record.rate_gflops:.6g} {unit}".rstrip()
    if not record.seconds:
        elapsed = record.elapsed_seconds
        took = "" if elapsed is None else f"{elapsed:.6g} s"
        return f"script: {took}{rate if took else rate[2:]}, {record.wall_seconds:.2f} s in all"
    return (
        f"{len(record.seconds)} iterations, {record.warmups} of them warm-up{rate}, "
        f"{record.wall_seconds:.2f} s in all"
    )


def _as_error(failure: Failure) -> AttemptFailedError:
    return AttemptFailedError(
        failure.reason,
        failure.message,
        hint=failure.hint,
        last_lines=failure.last_lines,
        blame=failure.attributed_to,
    )
