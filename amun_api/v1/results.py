"""The result of an inspection: what its accepted runs say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import from_json

from amun_api.v1.precision import goal_of, shown_precision
from amun_api.v1.presentation import shown_engine, shown_indicator
from amun_api.v1.script_presentation import shown_script
from amun_core.result import INSPECTION_RESULT_SCHEMA
from amun_core.thread_remarks import thread_remarks
from amun_statistics.stopping import CONFIDENCE, CONFIDENCE_AT_LOOK, Goal
from amun_statistics.summary import RunsSummary, summarise_runs
from knowledge_graph.rate_units import common_unit, unit_of_facts
from knowledge_graph.records import InspectionView, RunRecord


def results_document(
    view: InspectionView,
    runs: Sequence[RunRecord],
    host: Mapping[str, Any] | None,
    packages: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """Stack, environment, host, runs and the summary of those accepted, as far as there are any.

    `packages` are name and version of all that is installed in the stack.

    The form is that of `amun_core.result.InspectionResult`, to which the tests hold it.
    """
    plan = from_json(view.plan) if view.plan is not None else None
    accepted = [run for run in runs if run.accepted]
    specification = from_json(view.specification)
    goal = goal_of(specification)
    indicator = shown_indicator(view)
    units = [unit_of_facts(run.facts, indicator=indicator is not None) for run in accepted]
    return {
        "schema": INSPECTION_RESULT_SCHEMA,
        "inspection_id": view.inspection_id,
        "state": view.state,
        "indicator": indicator,
        "script": shown_script(specification, plan, accepted),
        "rate_unit": common_unit(units),
        "stack": _stack(view, packages),
        "engine": {"chosen": view.engine, "why": shown_engine(view)["why"]},
        "environment": _environment(plan),
        "host": _host(view, host),
        "runs": [_run(run) for run in runs],
        "summary": summary(accepted, stopped=goal is not None) if accepted else None,
        "precision": _precision(goal, accepted),
    }


def summary(runs: Sequence[RunRecord], *, stopped: bool = False) -> dict[str, Any]:
    """Medians over runs with their intervals. One run counts once, however long it was.

    Where the runs themselves said when to stop, the intervals are those that hold then.
    """
    ranks = CONFIDENCE_AT_LOOK if stopped else CONFIDENCE
    rates = summarise_runs([run.rate_gflops for run in runs if run.rate_gflops is not None], ranks)
    elapsed = summarise_runs(
        [run.elapsed_seconds for run in runs if run.elapsed_seconds is not None], ranks
    )
    peaks = [run.peak_rss_bytes for run in runs if run.peak_rss_bytes is not None]
    return {
        "runs": len(runs),
        "median_rate_gflops": rates.median,
        "rate_interval": _interval(rates),
        "median_elapsed_s": elapsed.median,
        "elapsed_interval": _interval(elapsed),
        "confidence": CONFIDENCE,
        "interval_absent_because": elapsed.interval_absent_because,
        "relative_spread": elapsed.relative_spread,
        "minimum_elapsed_s": elapsed.minimum,
        "maximum_elapsed_s": elapsed.maximum,
        "peak_rss_bytes": max(peaks, default=None),
        "steady_states": Counter(
            # a script times itself: it has no series that could be judged
            str(run.facts.get("steady_state", "none"))
            for run in runs
            if run.seconds
        ),
        "disturbed_runs": sum(bool(run.disturbed) for run in runs),
    }


def _precision(goal: Goal | None, accepted: Sequence[RunRecord]) -> dict[str, Any] | None:
    times = [
        (run.elapsed_seconds, (run.ended_at - run.started_at).total_seconds()) for run in accepted
    ]
    chosen = accepted[-1].facts.get("iterations") if accepted else None
    return shown_precision(goal, times, chosen)


def _interval(summarised: RunsSummary) -> tuple[float, float] | None:
    interval = summarised.interval
    return None if interval is None else (interval.low, interval.high)


def _stack(view: InspectionView, packages: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    if view.stack_digest is None:
        return None
    return {
        "digest": view.stack_digest,
        "packages": [{"name": name, "version": version} for name, version in packages],
    }


def _environment(plan: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    build = plan["build"]
    return {
        "key": build["environment_key"],
        "mode": build["mode"],
        "base": build["base"]["reference"],
        "base_digest": build["base"]["digest"],
        "python_version": build["base"]["python"]["version"],
    }


def _host(view: InspectionView, host: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if view.host_id is None:
        return None
    description: Mapping[str, Any] = (host or {}).get("description") or {}
    return {
        "id": view.host_id,
        "name": view.hostname or "",
        "processor": description.get("cpu_brand") or "",
        "cpu_count": description.get("logical_cpus"),
    }


def _run(run: RunRecord) -> dict[str, Any]:
    return {
        "index": run.run_index,
        "state": run.state,
        "accepted": run.accepted,
        "exit_code": run.exit_code,
        "iterations": len(run.seconds),
        "warmups": run.warmups,
        "elapsed_s": run.elapsed_seconds,
        "rate_gflops": run.rate_gflops,
        "peak_rss_bytes": run.peak_rss_bytes,
        "steady_state": run.facts.get("steady_state"),
        "disturbed": run.disturbed,
        "remarks": thread_remarks(run.facts),
    }
