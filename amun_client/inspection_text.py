"""Inspections in lists and one by one, as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amun_client.quantities import (
    ago,
    between,
    short_digest,
    significant,
    time_span,
    time_text,
)
from amun_client.result_text import engine_text, failure_rows, indicator_text

Document = Mapping[str, Any]


def list_table(
    inspections: Sequence[Document], now: datetime | None = None
) -> tuple[list[str], list[list[str]]]:
    """Header and rows of `amun inspection list`."""
    header = ["id", "state", "indicator", "runs", "engine", "stack", "median", "rate"]
    header += ["created", "parameters"]
    rows = []
    for one in inspections:
        indicator = one["indicator"]
        rows.append(
            [
                str(one["id"]),
                state_word(one),
                f"{indicator['name']}/{indicator['framework']}" if indicator else "-",
                f"{one['runs']['accepted']}/{one['runs']['requested']}",
                str(one["engine"]["chosen"] or one["engine"]["requested"]),
                _stack(one),
                *_medians(one.get("figures")),
                ago(one["created_at"], now),
                _parameters(one),
            ]
        )
    return header, rows


def _stack(one: Document) -> str:
    """The package that is measured and how many there are; the digest where they are not told."""
    packages = (one.get("figures") or {}).get("packages") or {}
    if not packages:
        return short_digest(one["stack_digest"])
    framework = str((one["indicator"] or {}).get("framework") or "")
    named = sorted((name for name in packages if name.split("-")[0] == framework), key=len)
    first = named[0] if named else min(packages)
    more = f" +{len(packages) - 1}" if len(packages) > 1 else ""
    return f"{first} {packages[first]}{more}"


def _medians(figures: Document | None) -> list[str]:
    if figures is None:
        return ["-", "-"]
    seconds, rate, unit = figures["median_s"], figures["median_rate"], figures["rate_unit"]
    return [
        "-" if seconds is None else time_text(seconds),
        "-" if rate is None else f"{significant(rate)} {unit or ''}".rstrip(),
    ]


def _parameters(one: Document) -> str:
    parameters = (one.get("figures") or {}).get("parameters") or {}
    return ", ".join(f"{name}={value}" for name, value in parameters.items()) or "-"


def state_word(inspection: Document) -> str:
    """The state, and for a failure its reason."""
    failure = inspection.get("failure")
    return f"{inspection['state']} ({failure['reason']})" if failure else str(inspection["state"])


def inspection_rows(one: Document, now: datetime | None = None) -> list[tuple[str, str]]:
    """Everything about one inspection but its samples."""
    rows = [
        ("inspection", str(one["id"])),
        ("state", f"{one['state']}: {one['state_meaning']}"),
        ("runs", f"{one['runs']['accepted']} of {one['runs']['requested']} accepted"),
        ("engine", f"{engine_text(one['engine'])} (asked for: {one['engine']['requested']})"),
    ]
    if one["indicator"]:
        rows.append(("indicator", indicator_text(one["indicator"])))
    if one["host"]:
        rows.append(("host", str(one["host"]["name"] or one["host"]["id"])))
    if one["labels"]:
        rows.append(("labels", ", ".join(f"{key}={value}" for key, value in one["labels"].items())))
    rows.append(("stack", str(one["stack_digest"] or "-")))
    rows.append(("specification", str(one["specification_hash"])))
    rows += _times(one, now)
    if one["failure"]:
        rows += failure_rows(one["failure"])
    if crash := one.get("crash_message"):  # a service of before it could tell has none
        rows.append(("crash", str(crash)))
    rows += [
        ("warning", f"{warning['pointer']}: {warning['message']}") for warning in one["warnings"]
    ]
    rows += [("attempt", _attempt(attempt, now)) for attempt in one.get("attempts", ())]
    return rows


def _times(one: Document, now: datetime | None) -> list[tuple[str, str]]:
    rows = [("created", f"{one['created_at']} ({ago(one['created_at'], now)})")]
    if one["build_started_at"]:
        # a builder that died leaves no end
        last = one["build_ended_at"] or one["ended_at"]
        rows.append(("building", time_span(between(one["build_started_at"], last, now))))
    if one["run_started_at"]:
        rows.append(("running", time_span(between(one["run_started_at"], one["ended_at"], now))))
    return rows


def _attempt(attempt: Document, now: datetime | None) -> str:
    span = time_span(between(attempt["started_at"], attempt["ended_at"], now))
    text = f"{attempt['kind']} {attempt['number']} by {attempt['worker']}: {attempt['outcome'] or 'goes on'} ({span})"
    failure = attempt["failure"]
    why = failure["message"] if failure else attempt.get("crash_message")
    return f"{text}: {why}" if why else text
