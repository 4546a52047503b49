"""What a sweep measured: each stack against the reference, and every run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from amun_api.v1.presentation import shown_failure
from amun_api.v1.sweep_effects import shown_effects
from amun_api.v1.sweep_presentation import shown_member, shown_reference
from amun_core.states import InspectionState
from amun_core.sweep_order import order_of
from amun_statistics.median import median, median_interval
from amun_statistics.sweep_contrasts import (
    CONFIDENCE,
    FALSE_DISCOVERY_RATE,
    Contrast,
    contrasts,
    rounds_needed,
)
from knowledge_graph.rate_units import common_unit, plain_unit
from knowledge_graph.sweep_records import MemberView, SweepRun, SweepView

Runs = Mapping[str, Sequence[SweepRun]]


def shown_results(view: SweepView, members: Sequence[MemberView], runs: Runs) -> dict[str, Any]:
    """The result document."""
    ratios = _log_ratios(view, members, runs)
    found = contrasts({index: list(of_one.values()) for index, of_one in ratios.items()}, view.band)
    ranks = _ranks(view, found)
    return {
        "schema": "amun.sweep-results/1",
        "id": view.sweep_id,
        "state": view.state,
        "reference": shown_reference(view, members),
        "band": view.band,
        "confidence": CONFIDENCE,
        "false_discovery_rate": FALSE_DISCOVERY_RATE,
        "members": [
            {
                **_result(view, member, _runs_of(member, runs), found.get(member.index)),
                "rank": ranks.get(member.index),
            }
            for member in members
        ],
        "sorted_by": "ratio",
        "effects": shown_effects(view, members, ratios),
        "runs": [
            shown
            for member in members
            for shown in _shown_runs(view, member, members, runs, ratios.get(member.index, {}))
        ],
        "notes": _notes(view, members, runs, found),
    }


def _ranks(view: SweepView, found: Mapping[int, Contrast]) -> dict[int, int]:
    """Place of each stack by its ratio, the reference's being 1; only rounds are compared."""
    if not found:
        return {}
    ratios = {index: one.ratio for index, one in found.items()} | {view.reference: 1.0}
    return {index: place for place, index in enumerate(sorted(ratios, key=ratios.__getitem__), 1)}


def _runs_of(member: MemberView, runs: Runs) -> Sequence[SweepRun]:
    return runs.get(member.inspection.inspection_id, ())


def _round(view: SweepView, member: MemberView, run: SweepRun) -> int | None:
    """The number of a run's round in the whole sweep."""
    if member.known or member.wave is None:
        return None
    if member.index == view.reference:
        return run.run_index
    return member.wave * view.rounds + run.run_index


def _log_ratios(
    view: SweepView, members: Sequence[MemberView], runs: Runs
) -> dict[int, dict[int, float]]:
    """Member -> round -> log seconds minus the reference's, of rounds in which both have a time."""
    reference = members[view.reference]
    if reference.known:
        return {}
    standard = {
        run.run_index: run.elapsed_seconds
        for run in _runs_of(reference, runs)
        if run.elapsed_seconds
    }
    found: dict[int, dict[int, float]] = {}
    for member in members:
        if member.known or member.index == view.reference:
            continue
        for run in _runs_of(member, runs):
            number = _round(view, member, run)
            if run.elapsed_seconds and number in standard:
                ratio = math.log(run.elapsed_seconds / standard[number])
                found.setdefault(member.index, {})[number] = ratio
    return found


def _result(
    view: SweepView, member: MemberView, runs: Sequence[SweepRun], contrast: Contrast | None
) -> dict[str, Any]:
    seconds = [run.elapsed_seconds for run in runs if run.elapsed_seconds is not None]
    rates = [run.rate_gflops for run in runs if run.rate_gflops is not None]
    interval = median_interval(seconds, CONFIDENCE) if seconds else None
    return {
        **shown_member(view, member),
        "median_s": median(seconds) if seconds else None,
        "low_s": interval.low if interval else None,
        "high_s": interval.high if interval else None,
        "median_rate_gflops": median(rates) if rates else None,
        "rate_unit": common_unit([plain_unit(run.rate_unit) for run in runs]),
        "peak_rss_bytes": max(
            (run.peak_rss_bytes for run in runs if run.peak_rss_bytes), default=None
        ),
        "disturbed_runs": sum(bool(run.disturbed) for run in runs),
        "contrast": None if contrast is None else asdict(contrast),
    }


def _shown_runs(
    view: SweepView,
    member: MemberView,
    members: Sequence[MemberView],
    runs: Runs,
    ratios: Mapping[int, float],
) -> list[dict[str, Any]]:
    together = [
        one.index for one in members if one.wave == member.wave or one.index == view.reference
    ]
    shown = []
    for run in _runs_of(member, runs):
        number = _round(view, member, run)
        position = None
        if number is not None:
            if member.index == view.reference:
                wave = number // view.rounds
                together = [one.index for one in members if one.wave == wave or one is member]
            position = order_of(together, view.seed, number).index(member.index)
        shown.append(
            {
                "member": member.index,
                "inspection_id": run.inspection_id,
                "run_index": run.run_index,
                "round": number,
                "position": position,
                "elapsed_s": run.elapsed_seconds,
                "rate_gflops": run.rate_gflops,
                "rate_unit": plain_unit(run.rate_unit),
                "wall_s": run.wall_seconds,
                "peak_rss_bytes": run.peak_rss_bytes,
                "log_ratio": None if number is None else ratios.get(number),
                "disturbed": list(run.disturbed),
                "started_at": run.started_at,
                "ended_at": run.ended_at,
            }
        )
    return shown


def _notes(
    view: SweepView, members: Sequence[MemberView], runs: Runs, found: Mapping[int, Contrast]
) -> list[str]:
    """What a reader of the verdicts should know."""
    notes = []
    reference = members[view.reference]
    if reference.inspection.state is InspectionState.FAILED:
        notes.append(
            f"the reference, {reference.name}, failed: rounds after that have no contrasts"
        )
    if not any(runs_of_one for runs_of_one in runs.values()):
        notes += _why_nothing(members)
    elif text := _told_otherwise(view, members, runs, found):
        notes.append(text)
    if text := _disturbed(members, runs):
        notes.append(text)
    if known := sum(member.known for member in members):
        notes.append(
            f"{known} of {len(members)} stacks were known and not measured again: their times are "
            "from other days and have no contrasts"
        )
    needed = rounds_needed(len(found)) if found else 0
    if found and view.rounds < needed:
        notes.append(
            f"{view.rounds} rounds of {len(found)} stacks: a single stack that differs needs "
            f"{needed} rounds to be called so; fewer do where many differ"
        )
    return notes


def _disturbed(members: Sequence[MemberView], runs: Runs) -> str | None:
    """That a verdict holds for the load beside which its rounds were measured."""
    every = [run for member in members for run in _runs_of(member, runs)]
    busy = sum(bool(run.disturbed) for run in every)
    if not busy:
        return None
    return (
        f"{busy} of {len(every)} runs were measured while something else used the host: ratios and "
        "verdicts are of the stacks and of that load together"
    )


def _why_nothing(members: Sequence[MemberView]) -> list[str]:
    """The reason of each member of which nothing could be measured."""
    notes = ["nothing was measured"] if all(_over(one) for one in members) else []
    for one in members:
        failure = shown_failure(one.inspection.failure)
        if failure is not None:
            notes.append(f"{one.name}: {failure['reason']}: {failure['message']}")
    return notes


def _over(member: MemberView) -> bool:
    return member.inspection.state.terminal


def _told_otherwise(
    view: SweepView, members: Sequence[MemberView], runs: Runs, found: Mapping[int, Contrast]
) -> str | None:
    """Where medians over the hours of the sweep order the stacks otherwise than rounds do."""
    standard = _median(_runs_of(members[view.reference], runs))
    if standard is None:
        return None
    other = [
        members[index].name
        for index, one in found.items()
        if (own := _median(_runs_of(members[index], runs))) is not None
        and (own - standard) * (one.ratio - 1) < 0
    ]
    if not other:
        return None
    some = ", ".join(other[:3]) + (", ..." if len(other) > 3 else "")
    return (
        f"the medians are over all hours of the sweep, the ratios within rounds: for {len(other)} of "
        f"{len(found)} stacks they disagree on which is faster than the reference ({some}); the ratio holds"
    )


def _median(runs: Sequence[SweepRun]) -> float | None:
    seconds = [run.elapsed_seconds for run in runs if run.elapsed_seconds is not None]
    return median(seconds) if seconds else None
