"""A script of one's own, as a person reads of it: what was run, in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_client.quantities import in_one_unit

Document = Mapping[str, Any]


def script_text(script: Document) -> str:
    """`prog.py, timed as a whole process`, or `prog.py (PiMine on pandas, n=3)`."""
    name = str(script.get("name") or "of your own")
    if script.get("timing") == "whole_process":
        return f"{name}, timed as a whole process: it printed no result of its own"
    shown = ", ".join(f"{key}={value}" for key, value in (script.get("parameters") or {}).items())
    told = str(script.get("reported_name") or "")
    if told and script.get("component"):
        told = f"{told} on {script['component']}"
    described = ", ".join(part for part in (told, shown[:200]) if part)
    return f"{name} ({described})" if described else name


def cpu_text(script: Document) -> str:
    """`400 ms user, 100 ms system`: CPU time of a whole process, median over runs."""
    parts = []
    for key, word in (("user_s", "user"), ("system_s", "system")):
        if script.get(key) is not None:
            (value,), unit = in_one_unit([script[key]]) if script[key] else (["0"], "s")
            parts.append(f"{value} {unit} {word}")
    return ", ".join(parts) or "not told"


def rate_column(unit: str | None) -> str:
    """The name of a column of rates: `rate_gflops`, `rate (passes/s)`, or `rate` without a unit."""
    if unit == "GFLOPS":
        return "rate_gflops"
    return f"rate ({unit})" if unit else "rate"
