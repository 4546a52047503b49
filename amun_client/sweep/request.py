"""From stacks and options to the request that is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from amun_client.errors import UsageFaultError
from amun_client.submission import Overrides, build, pair
from amun_client.sweep.members import Member, framework_of
from amun_core.sweep import SWEEP_REQUEST_SCHEMA

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """What the options say; None leaves it to the service."""

    overrides: Overrides
    runs: int | None = None
    in_flight: int | None = None
    band: float | None = None
    seed: int | None = None
    again: bool = False
    labels: tuple[str, ...] = ()
    identifier: str | None = None


def request_of(
    members: Sequence[Member],
    reference: str,
    context: Mapping[str, Any],
    options: SweepOptions,
    origin: Mapping[str, Any],
) -> Document:
    """The request. `context` is a specification of which all but the lock is shared."""
    common = _common(members, context, options)
    given = {
        "runs": options.runs,
        "in_flight": options.in_flight,
        "band": options.band,
        "seed": options.seed,
        "again": options.again or None,
        "identifier": options.identifier or common.pop("identifier", None),
        "labels": {
            **(common.pop("labels", None) or {}),
            **dict(pair(text, "--label") for text in options.labels),
        }
        or None,
        "origin": dict(origin) or None,
    }
    known = {name: value for name, value in given.items() if value is not None}
    return {
        "schema": SWEEP_REQUEST_SCHEMA,
        **known,
        "reference": reference,
        "common": common,
        "members": [member.document() for member in members],
    }


def _common(
    members: Sequence[Member], context: Mapping[str, Any], options: SweepOptions
) -> Document:
    overrides = options.overrides
    kept = dict(context)
    if overrides.indicator is not None or overrides.script is not None:
        for name in ("script", "script_file", "script_name"):
            kept.pop(name, None)  # what is timed is said anew
    if overrides.script is not None:
        if overrides.indicator is not None:
            raise UsageFaultError("--script: a sweep has an indicator or a script, not both")
        kept.pop("indicator", None)
    if overrides.indicator is not None or "indicator" in kept:
        named = (kept.get("indicator") or {}).get("framework")
        if overrides.framework is None and named is None:
            overrides = replace(overrides, framework=framework_of(members))
    common = build(kept, Path.cwd(), overrides)
    if not (common.get("indicator") or common.get("script")):
        raise UsageFaultError(
            "--indicator is missing: what is to be measured?",
            hint="`amun indicator list` shows what there is; --indicator matmul -p matrix_size=512; "
            "a program of your own: --script prog.py",
        )
    python = common.get("python")
    if isinstance(python, dict):
        # each stack brings its own
        lockless = {
            name: value
            for name, value in python.items()
            if name not in {"lock", "lock_file", "requirements", "requirements_locked"}
        }
        common["python"] = lockless
    return common
