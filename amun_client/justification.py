"""Why a lock is the one to take: what was measured of it, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_client.comparison.sentence import interval_text, ratio_text
from amun_client.quantities import time_text
from amun_client.result_text import host_text, indicator_text, summary_rows

Document = Mapping[str, Any]


def of_inspection(result: Document) -> list[str]:
    """What an inspection measured."""
    identity = result["inspection_id"]
    lines = [f"The stack of {identity} ({result['state']})"]
    lines.append(f"measured: {_measured(result.get('indicator'))}")
    if summary := result.get("summary"):
        told = dict(summary_rows(summary, result.get("rate_unit")))
        names = ("median rate", "median time", "spread")
        lines += [f"{name}: {told[name]}" for name in names if name in told]
    else:
        lines.append("nothing was measured of it")
    if environment := result.get("environment"):
        base = environment["base"] or "this host"
        lines.append(f"environment: {base}, Python {environment['python_version']}")
    lines.append(f"host: {host_text(result.get('host'))}")
    return [*lines, f"evidence: amun inspection results {identity}"]


def of_member(sweep: Document, results: Document, member: Document, place: int | None) -> list[str]:
    """What a sweep measured of one of its stacks, against its reference."""
    identity = sweep["id"]
    among = sum(one["median_s"] is not None for one in results["members"])
    ranked = f", rank {place} of {among}" if place is not None else ""
    lines = [f"{member['name']}: a stack of {identity}{ranked}"]
    lines.append(f"measured: {_measured(sweep['indicator'])}, {member['runs']['accepted']} runs")
    if member["median_s"] is not None:
        lines.append(f"median time: {time_text(member['median_s'])}")
    lines.append(f"against the reference, {results['reference']['name']}: {_contrast(member)}")
    if host := sweep.get("host"):
        lines.append(f"host: {host['name'] or host['id']}")
    return [*lines, f"evidence: amun sweep report {identity}, {member['inspection_id']}"]


def _measured(indicator: Document | None) -> str:
    return indicator_text(indicator) if indicator else "a script"


def _contrast(member: Document) -> str:
    if member["is_reference"]:
        return "it is the reference itself"
    contrast = member["contrast"]
    if contrast is None:
        return "not measured beside it"
    text = f"{ratio_text(contrast['ratio'])} times its time"
    if contrast["low"] is not None:
        text += f", 95 % {interval_text(contrast['low'], contrast['high'])}"
    return f"{text}: {contrast['verdict']}"
