"""When a comparison goes on and when it ends: pure, from the blocks so far and what was asked.

Nothing is remembered between blocks: whoever takes a comparison over decides as the one before him.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amun_core.comparison import ComparisonKind, EndedBecause
from amun_statistics.sequential import look_due, looks_taken
from amun_statistics.verdict import Decision, decide, futile


@dataclass(frozen=True, slots=True)
class Terms:
    """What was asked: `maximum_seconds` of measuring, after which no new block begins."""

    kind: ComparisonKind
    band: float
    maximum_blocks: int
    maximum_seconds: float


def order_of(seed: int, index: int) -> str:
    """The order of a block, by a fair coin that falls the same way whenever it is thrown again."""
    thrown = hashlib.sha256(f"{seed}:{index}".encode()).digest()[0]
    return "ABBA" if thrown % 2 else "BAAB"


def next_step(values: Sequence[float], seconds: float, terms: Terms) -> EndedBecause | None:
    """None to measure another block, else why it ends.

    `values` are the block log-ratios in the order in which they were measured, `seconds` the time
    that those blocks took. The data end a comparison at a planned look only; the cap and the time
    do not depend on what was measured.
    """
    blocks = len(values)
    if blocks == 0:
        return None
    full, late = blocks >= terms.maximum_blocks, seconds >= terms.maximum_seconds
    if terms.kind is ComparisonKind.CALIBRATION:
        return EndedBecause.FIXED if full else EndedBecause.TIME if late else None
    if look_due(blocks) or full:
        decision = decide(values, terms.band)
        if decision.decided:
            return EndedBecause.DECIDED
        if not full and futile(decision, terms.maximum_blocks):
            return EndedBecause.FUTILE
    return EndedBecause.CAP if full else EndedBecause.TIME if late else None


def outcome_document(values: Sequence[float], terms: Terms) -> dict[str, Any]:
    """What the blocks say, as it is stored with the comparison."""
    decision = decide(values, terms.band)
    # a calibration is not looked at before its end: that is its one look
    looks = (len(values),) if terms.kind is ComparisonKind.CALIBRATION else looks_taken(len(values))
    return {
        "verdict": decision.verdict,
        "direction": decision.direction,
        "ratio": decision.ratio,
        "low": decision.low,
        "high": decision.high,
        "blocks": decision.blocks,
        "blocks_to_decide": decision.blocks_to_decide,
        "looks": [_look(decide(values[:blocks], terms.band)) for blocks in looks],
        "widened_by": None,
        "not_comparable_because": [],
        "notes": [],
    }


def _look(decision: Decision) -> dict[str, Any]:
    return {
        "blocks": decision.blocks,
        "ratio": decision.ratio,
        "low": decision.low,
        "high": decision.high,
        "verdict": decision.verdict,
    }
