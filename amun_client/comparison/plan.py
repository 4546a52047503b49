"""What `--dry-run` shows: the arms, the pins that differ, and what it would cost at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_client.comparison.request import Asked
from amun_client.quantities import time_span
from amun_client.result_text import indicator_text
from amun_core.comparison import CALIBRATION_BLOCKS, MOST_BLOCKS, ComparisonKind

Document = dict[str, Any]

#: A block is A B B A or B A A B.
RUNS_PER_BLOCK = 4
#: What the service takes where the request does not say it.
MAXIMUM_SECONDS = 3600


def plan_document(asked: Asked) -> Document:
    """The request and its cost."""
    return {
        "schema": "amun.comparison-plan/1",
        "request": asked.request,
        "pins": _without_locks(asked.pins),
        "cost": cost(asked.request),
    }


def cost(request: Mapping[str, Any]) -> Document:
    """The most it takes: builds, blocks, runs, seconds of measuring."""
    if "inspection" in request["a"]:
        return {"builds": 0, "maximum_blocks": 0, "maximum_runs": 0, "maximum_seconds": 0}
    calibration = request["kind"] == ComparisonKind.CALIBRATION
    default = CALIBRATION_BLOCKS if calibration else MOST_BLOCKS
    blocks = request.get("maximum_blocks") or default
    return {
        "builds": 2,
        "maximum_blocks": blocks,
        "maximum_runs": RUNS_PER_BLOCK * blocks,
        "maximum_seconds": request.get("maximum_seconds") or MAXIMUM_SECONDS,
    }


def plan_rows(asked: Asked) -> list[tuple[str, str]]:
    """The same for people."""
    request = asked.request
    rows = [(arm.upper(), _arm_text(request[arm])) for arm in ("a", "b")]
    specification = request["a"].get("specification") or {}
    if indicator := specification.get("indicator"):
        rows.append(("indicator", indicator_text(indicator)))
    elif specification.get("script"):
        rows.append(("script", str(specification.get("script_name") or "of your own")))
    if pins := asked.pins:
        rows.append(("Python", str(pins["python_version"])))
        rows.append(("shared pins", str(len(pins["shared"]))))
        lines = [
            f"{one['name']} {one['a'] or '-'} -> {one['b'] or '-'}  ({one['why']})"
            for one in pins["differing"]
        ]
        rows.append(("differing pins", "\n".join(lines) or "none"))
        rows += [("note", note) for note in pins["notes"]]
    most = cost(request)
    if most["builds"]:
        text = (
            f"{most['builds']} builds, {most['maximum_blocks']} blocks at most "
            f"({most['maximum_runs']} runs), no new block after {time_span(most['maximum_seconds'])}"
        )
        rows.append(("cost", text))
    else:
        rows.append(("cost", "nothing is measured: the stored runs are judged"))
    return rows


def _arm_text(arm: Mapping[str, Any]) -> str:
    return str(arm.get("name") or arm.get("inspection"))


def _without_locks(pins: Document | None) -> Document | None:
    """The locks stand in the request already."""
    if pins is None:
        return None
    arms = {
        arm: {key: value for key, value in pins[arm].items() if key != "lock"} for arm in ("a", "b")
    }
    return {**pins, **arms}
