"""Comparisons as their JSON documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from amun_api.v1.comparison_conditions import counted, shown_conditions
from amun_api.v1.comparison_notes import notes_of
from amun_api.v1.presentation import shown_failure, shown_indicator
from amun_api.v1.script_presentation import script_name
from amun_core.comparison import COMPARISON_SCHEMA, ComparisonKind, ComparisonState
from amun_statistics.median import median
from amun_statistics.sequential import LOOKS
from amun_statistics.verdict import Decision, decide
from knowledge_graph.comparison_records import Block, CalibrationView, ComparisonView, RunValues
from knowledge_graph.rate_units import common_unit, unit_of_facts
from knowledge_graph.records import InspectionView

CONFIDENCE = 0.95

Packages = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Evidence:
    """What a comparison's document needs beside its row; by inspection id, stack and host."""

    blocks: Sequence[Block] = ()
    runs: Mapping[str, Sequence[RunValues]] = field(default_factory=dict)
    packages: Mapping[str, Packages] = field(default_factory=dict)
    calibrations: Sequence[CalibrationView] = ()


def comparison_path(comparison_id: str) -> str:
    """Where a comparison is found."""
    return f"/api/v1/comparisons/{comparison_id}"


def comparison_links(comparison_id: str) -> dict[str, str]:
    """Where a comparison leads."""
    path = comparison_path(comparison_id)
    return {"self": path, "blocks": f"{path}/blocks", "cancel": f"{path}/cancel"}


def shown_comparison(view: ComparisonView, evidence: Evidence) -> dict[str, Any]:
    """One comparison."""
    differing, shared = _packages(view, evidence)
    host = _host(view, evidence)
    document = {
        "schema": COMPARISON_SCHEMA,
        "id": view.comparison_id,
        "kind": view.kind,
        "state": view.state,
        "design": view.design,
        "interleaved": view.design == "blocks",
        "a": _arm(view.a_name, view.a, evidence),
        "b": _arm(view.b_name, view.b, evidence),
        "differing_packages": differing,
        "shared_packages": shared,
        **_judgement(view, evidence),
        "confidence": CONFIDENCE,
        "band": view.band,
        "blocks": view.blocks,
        "maximum_blocks": view.maximum_blocks,
        "ended_because": view.ended_because,
        **shown_conditions(view, evidence.blocks),
        "disturbed_blocks": sum(bool(block.disturbed) for block in evidence.blocks),
        "host": host,
        "calibration_result": _own_calibration(view, evidence),
        "seed": view.seed,
        "labels": view.labels,
        "warnings": view.warnings,
        **_times(view),
        "links": comparison_links(view.comparison_id),
    }
    document["notes"] = [*document["notes"], *notes_of(document)]
    return document


def shown_block(block: Block) -> dict[str, Any]:
    """One block."""
    return {
        "index": block.index,
        "order": block.order,
        "a_s": block.a_seconds,
        "b_s": block.b_seconds,
        "log_ratio": block.log_ratio,
        "a_runs": block.a_runs,
        "b_runs": block.b_runs,
        "disturbed": block.disturbed,
        "started_at": block.started_at,
        "ended_at": block.ended_at,
    }


def shown_calibration(calibration: CalibrationView) -> dict[str, Any]:
    """What a host's calibration says."""
    return {
        "comparison_id": calibration.comparison_id,
        "measured_at": calibration.measured_at,
        **calibration.document,
    }


def _arm(name: str, view: InspectionView, evidence: Evidence) -> dict[str, Any]:
    runs = evidence.runs.get(view.inspection_id, ())
    seconds = [run.elapsed_seconds for run in runs if run.elapsed_seconds is not None]
    rates = [run.rate_gflops for run in runs if run.rate_gflops is not None]
    return {
        "name": name,
        "inspection_id": view.inspection_id,
        "state": view.state,
        "stack_digest": view.stack_digest,
        "specification_hash": view.specification_hash,
        "indicator": _indicator(view),
        "script": None if view.indicator else script_name(from_json(view.specification)),
        "host_id": view.host_id,
        "failure": shown_failure(view.failure),
        "runs": len(runs),
        "disturbed_runs": sum(bool(run.disturbed) for run in runs),
        "median_s": median(seconds) if seconds else None,
        "median_rate_gflops": median(rates) if rates else None,
        "rate_unit": common_unit(
            [unit_of_facts(run.facts, indicator=view.indicator is not None) for run in runs]
        ),
    }


def _indicator(view: InspectionView) -> dict[str, Any] | None:
    shown = shown_indicator(view)
    if shown is None:
        return None
    plan = from_json(view.plan) if view.plan else {}
    return {**shown, "version": (plan.get("run") or {}).get("indicator_version")}


def _packages(view: ComparisonView, evidence: Evidence) -> tuple[list[dict[str, str | None]], int]:
    """The packages that differ, and the number of those that do not; as installed."""
    if view.a.stack_digest is None or view.b.stack_digest is None:
        return [], 0
    a, b = (dict(evidence.packages.get(arm.stack_digest or "", ())) for arm in view.arms)
    differing: list[dict[str, str | None]] = [
        {"name": name, "a": a.get(name), "b": b.get(name)}
        for name in sorted(a.keys() | b.keys())
        if a.get(name) != b.get(name)
    ]
    return differing, len(a.keys() | b.keys()) - len(differing)


def _judgement(view: ComparisonView, evidence: Evidence) -> dict[str, Any]:
    """The stored decision; before it what was seen at the looks so far."""
    if view.outcome is not None:
        names = ("verdict", "direction", "ratio", "low", "high", "blocks_to_decide", "looks")
        more = ("widened_by", "not_comparable_because", "notes")
        found = {name: view.outcome[name] for name in (*names, *more)}
        if found["verdict"] == "not_comparable":
            # outcomes of before hold a ratio: of what cannot be compared there is none
            found |= {"direction": None, "ratio": None, "low": None, "high": None}
        return found
    blocks = counted(view, evidence.blocks)
    looks = [] if view.kind is ComparisonKind.CALIBRATION else _looks(blocks, view.band)
    last = looks[-1] if looks else None
    return {
        "verdict": None,
        "direction": None,
        "ratio": last.ratio if last else None,
        "low": last.low if last else None,
        "high": last.high if last else None,
        "blocks_to_decide": last.blocks_to_decide if last else None,
        "looks": [_look(look) for look in looks],
        "widened_by": None,
        "not_comparable_because": [],
        "notes": [],
    }


def _looks(blocks: Sequence[Block], band: float) -> list[Decision]:
    values = [block.log_ratio for block in blocks]
    return [decide(values[:look], band) for look in LOOKS if look <= len(values)]


def _look(decision: Decision) -> dict[str, Any]:
    return {
        "blocks": decision.blocks,
        "ratio": decision.ratio,
        "low": decision.low,
        "high": decision.high,
        "verdict": decision.verdict,
    }


def _host(view: ComparisonView, evidence: Evidence) -> dict[str, Any] | None:
    """The host of both arms; None where it is not known yet, or where there are two."""
    if view.a.host_id is None or (view.b.host_id or view.a.host_id) != view.a.host_id:
        return None
    newest = newest_of(view.a.host_id, evidence.calibrations)
    return {
        "id": view.a.host_id,
        "name": view.a.hostname,
        "calibration": None if newest is None else shown_calibration(newest),
    }


def newest_of(
    host_id: str | None, calibrations: Sequence[CalibrationView]
) -> CalibrationView | None:
    """The newest calibration of a host; `calibrations` are those of any hosts, newest first."""
    return next((one for one in calibrations if one.host_id == host_id), None)


def _own_calibration(view: ComparisonView, evidence: Evidence) -> dict[str, Any] | None:
    own = (one for one in evidence.calibrations if one.comparison_id == view.comparison_id)
    found = next(own, None)
    return None if found is None else shown_calibration(found)


def _times(view: ComparisonView) -> dict[str, Any]:
    if view.design == "stored":
        started, arms_ended = view.created_at, None
    else:
        begun = [arm.run_started_at for arm in view.arms if arm.run_started_at is not None]
        started = min(begun, default=None)  # type: ignore[assignment]
        ended = [arm.ended_at for arm in view.arms if arm.ended_at is not None]
        arms_ended = max(ended, default=None) if _is_over(view) else None
    moved = [view.updated_at]
    if view.design == "blocks":
        moved += [arm.updated_at for arm in view.arms]
    return {
        "created_at": view.created_at,
        "updated_at": max(moved),
        "started_at": started,
        "ended_at": view.ended_at or arms_ended,
    }


def _is_over(view: ComparisonView) -> bool:
    return view.state in {
        ComparisonState.FAILED,
        ComparisonState.CRASHED,
        ComparisonState.CANCELLED,
    }
