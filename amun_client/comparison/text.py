"""Comparisons in lists and one by one, as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amun_client.comparison.condition import condition_word, shared_only
from amun_client.comparison.gate import Outcome
from amun_client.comparison.sentence import (
    band_text,
    change_text,
    effect_text,
    evidence_text,
    interval_text,
    percent,
    ratio_text,
)
from amun_client.disturbance_text import flags
from amun_client.quantities import ago, between, in_one_unit, significant
from amun_client.result_text import failure_rows, indicator_text
from amun_core.comparison import ComparisonState
from amun_core.condition import MEANINGS, Condition

Document = Mapping[str, Any]

#: So many differing pins are listed; --json has them all.
MOST_PINS = 12

ENDINGS = {
    "decided": "the interval decided it",
    "futile": "more blocks up to the cap would not have decided it",
    "cap": "the number of blocks that was allowed is reached",
    "time": "the time that was allowed is spent",
    "fixed": "a fixed number of blocks was asked for",
    "stored": "judged by what the two inspections measured before",
    "busy": "the time for waiting for a quiet host is spent",
}


def comparison_rows(
    one: Document,
    gate: Sequence[tuple[str, Outcome]] = (),
    whys: Mapping[str, str] | None = None,
) -> list[tuple[str, str]]:
    """Everything below the sentence: what it rests on, and where to look next."""
    rows = [("comparison", str(one["id"])), ("A", arm_text(one["a"])), ("B", arm_text(one["b"]))]
    if indicator := one["a"].get("indicator"):
        rows.append(("indicator", indicator_text(indicator)))
    elif script := one["a"].get("script"):
        rows.append(("script", str(script)))
    if one["ratio"] is not None and one["verdict"] != "not_comparable":
        interval = interval_text(one["low"], one["high"])
        rows.append(("B / A", f"{ratio_text(one['ratio'])} {interval}"))
    rows.append(("band", f"differences up to {band_text(one['band'])} do not matter"))
    rows.append(("blocks", _blocks(one)))
    rows += _conditions(one)
    if one["ended_because"]:
        rows.append(("ended", ENDINGS.get(one["ended_because"], str(one["ended_because"]))))
    rows += [("gate", f"{policy}: {outcome}") for policy, outcome in gate]
    rows.append(("host", host_text(one["host"], one["a"].get("indicator"))))
    if result := one.get("calibration_result"):
        rows += calibration_rows(result)
    rows += _pins(one, whys or {})
    rows += _failures(one)
    rows += [("note", str(note)) for note in one["notes"]]
    rows.append(("look next", "\n".join(next_commands(one))))
    return rows


def arm_text(arm: Document) -> str:
    """Name, inspection, median time and rate."""
    parts = [str(arm["name"]), str(arm["inspection_id"])]
    if arm.get("median_s") is not None:
        (median,), unit = in_one_unit([arm["median_s"]])
        parts.append(f"median {median} {unit}")
    if arm.get("median_rate_gflops") is not None:
        rate = f"{significant(arm['median_rate_gflops'])} {arm.get('rate_unit') or ''}"
        parts.append(rate.rstrip() if arm.get("rate_unit") else f"rate {rate.rstrip()}")
    return ", ".join(parts)


def host_text(host: Document | None, indicator: Document | None = None) -> str:
    """The host with what it can tell apart."""
    if not host:
        return "none yet"
    name = str(host["name"] or host["id"])
    calibration = host.get("calibration")
    if not calibration:
        return f"{name}, not calibrated: `amun calibrate` tells what it can detect"
    text = (
        f"{name}, calibrated {ago(calibration['measured_at'])}: false verdicts "
        f"{percent(calibration['false_verdict_rate'])} (at most "
        f"{percent(calibration['false_verdict_upper'])}), least detectable effect "
        f"{effect_text(calibration)}"
    )
    measured = calibration["indicator"]
    if indicator and measured.get("name") != indicator.get("name"):
        return f"{text}, measured with {indicator_text(measured)}"
    return text


def calibration_rows(result: Document) -> list[tuple[str, str]]:
    """The figures of a calibration."""
    rate = percent(result["false_verdict_rate"])
    upper = percent(result["false_verdict_upper"])
    rows = [
        ("measured with", indicator_text(result["indicator"])),
        ("replayed", f"{result['comparisons']} comparisons from {result['blocks']} blocks"),
        ("false verdicts", f"{rate}, at most {upper} (95 %)"),
        ("equivalent", percent(result["equivalent_rate"])),
        ("least effect", f"{effect_text(result)} would be detected"),
    ]
    if result.get("block_spread") is not None:
        rows.append(("block spread", percent(result["block_spread"])))
    return rows


def _blocks(one: Document) -> str:
    if one["design"] == "stored":
        widened = one["widened_by"]
        text = evidence_text(one)
        return f"{text}, interval widened {significant(widened, 3)}-fold" if widened else text
    text = f"{one.get('counted_blocks', one['blocks'])} of at most {one['maximum_blocks']}"
    shared = one.get("shared_blocks", 0)
    if one.get("condition") == Condition.QUIET:
        return f"{text}, {shared} more were not quiet" if shared else text
    disturbed = one["disturbed_blocks"]
    return f"{text}, {disturbed} of them disturbed (marked, not left out)" if disturbed else text


def _conditions(one: Document) -> list[tuple[str, str]]:
    """Which condition was asked for; both judged apart where both were met."""
    if one["design"] == "stored" or one["state"] != ComparisonState.SUCCEEDED:
        return []
    condition = Condition(one.get("condition", Condition.ANY))
    rows = [("condition", f"{condition}: {MEANINGS[condition]}")]
    parts = one.get("by_condition") or {}
    if not all(parts.get(name) for name in ("quiet", "shared")):
        return rows
    for name, label in (("quiet", "quiet blocks"), ("shared", "shared CPUs")):
        part = parts[name]
        interval = interval_text(part["low"], part["high"])
        text = f"{part['verdict']}, {ratio_text(part['ratio'])} {interval}, {part['blocks']} blocks"
        rows.append((label, text))
    return rows


def _pins(one: Document, whys: Mapping[str, str]) -> list[tuple[str, str]]:
    pins = one["differing_packages"] or ()
    both = [pin for pin in pins if pin["a"] is not None and pin["b"] is not None]
    lines = []
    for pin in both[:MOST_PINS]:
        why = whys.get(pin["name"])
        lines.append(f"{pin['name']} {pin['a']} -> {pin['b']}" + (f"  ({why})" if why else ""))
    if len(both) > MOST_PINS:
        lines.append(f"and {len(both) - MOST_PINS} more (--json has all)")
    for arm, other in (("a", "b"), ("b", "a")):
        alone = [f"{pin['name']} {pin[arm]}" for pin in pins if pin[other] is None]
        if alone:
            lines.append(f"only in {arm.upper()}: {', '.join(alone)}")
    rows = [("differing pins", "\n".join(lines))] if lines else []
    if one["shared_packages"]:
        rows.append(("shared pins", str(one["shared_packages"])))
    return rows


def _failures(one: Document) -> list[tuple[str, str]]:
    return [
        (f"{arm.upper()} {name}", value)
        for arm in ("a", "b")
        if (failure := one[arm].get("failure"))
        for name, value in failure_rows(failure)
    ]


def next_commands(one: Document) -> list[str]:
    """The commands that tell more."""
    commands = [f"amun comparison show {one['id']} --json"]
    if one["design"] == "blocks" and one["blocks"]:
        commands.insert(0, f"amun comparison blocks {one['id']}")
    failed = [one[arm] for arm in ("a", "b") if one[arm].get("failure")]
    return [*commands, *(f"amun inspection log {arm['inspection_id']}" for arm in failed)]


def list_table(
    comparisons: Sequence[Document], now: datetime | None = None
) -> tuple[list[str], list[list[str]]]:
    """Header and rows of `amun comparison list`."""
    header = ["id", "state", "a", "b", "verdict", "b/a", "blocks", "created"]
    rows = [
        [
            str(one["id"]),
            str(one["state"]),
            str(one["a"]["name"]),
            str(one["b"]["name"]),
            _verdict(one),
            _ratio(one),
            str(one["blocks"]),
            ago(one["created_at"], now),
        ]
        for one in comparisons
    ]
    return header, rows


def _verdict(one: Document) -> str:
    """`slower (quiet)`: no verdict without its condition."""
    if one["kind"] == "calibration":
        return "calibration"
    if one["ended_because"] == "busy" and one["ratio"] is None:
        return "host busy"
    if one["verdict"] in {None, "not_comparable"}:
        return str(one["verdict"] or "-").replace("_", " ")
    only = shared_only(one)
    if only and one.get("condition") == Condition.ANY:
        return f"{only} (shared CPUs only)"
    return f"{one['verdict']} ({condition_word(one)})"


def _ratio(one: Document) -> str:
    comparable = one["ratio"] is not None and one["verdict"] != "not_comparable"
    return ratio_text(one["ratio"]) if comparable else "-"


def block_table(
    blocks: Sequence[Document], *, detail: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the blocks; times in milliseconds. `detail`: each sign in its words."""
    header = ["block", "order", "a_ms", "b_ms", "change", "disturbed"]
    rows = [
        [
            str(block["index"]),
            str(block["order"]),
            " ".join(significant(1000 * seconds) for seconds in block["a_s"]),
            " ".join(significant(1000 * seconds) for seconds in block["b_s"]),
            change_text(math.exp(block["log_ratio"])),
            (", ".join(block["disturbed"]) or "-") if detail else flags(block["disturbed"]),
        ]
        for block in blocks
    ]
    return header, rows


def spent_seconds(one: Document) -> float:
    """Seconds from the start of measuring to the end, 0 where it did not begin."""
    return between(one.get("started_at"), one.get("ended_at")) or 0.0
