"""In which condition a verdict holds, in the words of its first line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_core.condition import Condition

Document = Mapping[str, Any]

_CLEAR = ("slower", "faster")
SHARED_ONLY = "only when the CPUs are shared"


def condition_text(comparison: Document, judged: str) -> str:
    """The judgement with the condition that it holds in."""
    if comparison["design"] == "stored":
        return judged + _stored(comparison)
    asked = comparison.get("condition", Condition.ANY)
    only = shared_only(comparison)
    if asked == Condition.QUIET:
        more = f"; B was {only} {SHARED_ONLY}" if only else ""
        return f"{judged}, on a quiet host{more}"
    if asked == Condition.SHARED:
        return f"{judged}, while a load of the service's own shared the CPUs"
    if only:
        return f"{only} {SHARED_ONLY}: {judged}"
    return f"{judged}, {_any(comparison)}"


def shared_only(comparison: Document) -> str | None:
    """The verdict, slower or faster, that holds with shared CPUs and not on the quiet host."""
    parts = comparison.get("by_condition") or {}
    quiet, shared = parts.get("quiet"), parts.get("shared")
    if not quiet or not shared or shared["verdict"] not in _CLEAR:
        return None
    return None if quiet["verdict"] == shared["verdict"] else str(shared["verdict"])


def condition_word(comparison: Document) -> str:
    """One word for a list: `quiet`, `shared`, `mixed`, `stored`."""
    if comparison["design"] == "stored":
        return "stored"
    if comparison.get("condition") in {Condition.QUIET, Condition.SHARED}:
        return str(comparison["condition"])
    shared, blocks = comparison.get("shared_blocks", 0), comparison["blocks"]
    return "quiet" if not shared else "shared" if shared == blocks else "mixed"


def _any(comparison: Document) -> str:
    word = condition_word(comparison)
    if word == "quiet":
        return "on a quiet host"
    if word == "shared":
        return "while other work shared the CPUs"
    return (
        f"{comparison['shared_blocks']} of {comparison['blocks']} blocks while other work shared "
        "the CPUs"
    )


def _stored(comparison: Document) -> str:
    runs = sum(comparison[arm].get("runs", 0) for arm in ("a", "b"))
    disturbed = sum(comparison[arm].get("disturbed_runs", 0) for arm in ("a", "b"))
    return f", {disturbed} of {runs} runs disturbed" if disturbed else ""
