"""The script of an inspection: its name, and what it told of itself."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from amun_core.redaction import redact_text
from amun_statistics.median import median
from knowledge_graph.records import RunRecord


def shown_script(
    specification: Mapping[str, Any], plan: Mapping[str, Any] | None, runs: Sequence[RunRecord]
) -> dict[str, Any] | None:
    """What was run instead of an indicator; None where an indicator was."""
    if not specification.get("script"):
        return None
    facts = runs[-1].facts if runs else {}
    timing = facts.get("timing")
    told = {} if timing == "whole_process" else facts
    return {
        "name": script_name(specification),
        "sha256": ((plan or {}).get("run") or {}).get("script_sha256"),
        "reported_name": _text(told.get("name")),
        "component": _text(told.get("component")),
        "parameters": told.get("parameters") or {},
        "timing": timing,
        "user_s": _median(runs, "ru_utime"),
        "system_s": _median(runs, "ru_stime"),
    }


def script_name(specification: Mapping[str, Any]) -> str | None:
    """The name that was sent, or the last part of the script's address."""
    named = specification.get("script_name")
    if named:
        return str(named)
    script = str(specification.get("script") or "")
    if script.startswith("https://"):
        return posixpath.basename(urlsplit(redact_text(script)).path)[:200] or None
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _median(runs: Sequence[RunRecord], key: str) -> float | None:
    usages = [run.facts.get("usage") or {} for run in runs]
    found = [usage[key] for usage in usages if isinstance(usage.get(key), int | float)]
    return median(found) if found else None
