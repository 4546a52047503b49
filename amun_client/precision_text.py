"""Precision as a person gives it and reads it: `2%`, `5m`, `37 runs, ±1.8 % (goal 2 %)`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from amun_client.errors import UsageFaultError
from amun_client.quantities import significant, time_span

Document = Mapping[str, Any]

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_STEADY_WORDS = {
    "flat": "flat",
    "warmup": "with a warm-up",
    "slowdown": "that slowed down",
    "none": "without a steady state",
}


def parse_precision(text: str) -> float:
    """`2%`, `2 %` or `0.02` as a part of the median."""
    number, percent, rest = text.strip().partition("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = math.nan
    value = math.nan if rest else value
    if not 0 < value < 1:
        raise UsageFaultError(
            f"--precision {text!r}: expected a part of the median",
            hint="--precision 2%, which is also --precision 0.02",
        )
    return value


def parse_time_limit(text: str) -> int:
    """`300`, `90s`, `5m`, `1h` as whole seconds."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h)?\s*", text)
    seconds = math.ceil(float(found.group(1)) * _UNITS[found.group(2) or ""]) if found else 0
    if seconds < 1:
        raise UsageFaultError(
            f"--max-time {text!r}: expected a time", hint="--max-time 5m, or 300 (seconds)"
        )
    return seconds


def progress_text(precision: Document) -> str:
    """`37 runs, ±1.8 % (goal 2 %)`."""
    runs = precision["runs"]
    text = f"{runs} run{'' if runs == 1 else 's'}"
    if precision["half_width"] is not None:
        text += f", ±{_percent(precision['half_width'])}"
    return f"{text} (goal {_goal(precision)})"


def precision_rows(precision: Document) -> list[tuple[str, str]]:
    """Whether the precision was reached, what ended the runs, how their iterations were chosen."""
    width, goal = precision["half_width"], _goal(precision)
    text = "no interval" if width is None else f"±{_percent(width)}"
    reached = precision["precision_reached"]
    text += f" (goal {goal}), {'reached' if reached else 'not reached'}"
    if precision["stopped_by"] is not None:
        text += f"; stopped after {precision['runs']} runs, {time_span(precision['seconds'])}: "
        text += str(precision["why"])
    rows = [("precision", text)]
    if iterations := precision["iterations"]:
        rows.append(("iterations", f"{iterations['count']} in a later run: {iterations['why']}"))
    return rows


def steady_text(states: Mapping[str, int]) -> str:
    """`5 flat, 1 with a warm-up`."""
    return ", ".join(
        f"{states[name]} {words}" for name, words in _STEADY_WORDS.items() if states.get(name)
    )


def _goal(precision: Document) -> str:
    return f"{100 * precision['goal']:g} %"


def _percent(part: float) -> str:
    return f"{significant(100 * part, 2)} %" if part < 0.1 else f"{100 * part:.0f} %"
