"""When a comparison goes on and when it ends: pure, from the blocks so far and what was asked.

Nothing is remembered between blocks: whoever takes a comparison over decides as the one before him.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amun_core.comparison import ComparisonKind, EndedBecause
from amun_core.condition import Condition
from amun_statistics.sequential import look_due, looks_taken
from amun_statistics.verdict import Decision, decide, futile


@dataclass(frozen=True, slots=True)
class Terms:
    """What was asked: `maximum_seconds` of measuring, after which no new block begins.

    `wait_quiet_seconds` is what may be spent on waiting for quiet, and on blocks that were not.
    """

    kind: ComparisonKind
    band: float
    maximum_blocks: int
    maximum_seconds: float
    condition: Condition = Condition.ANY
    wait_quiet_seconds: float = 0.0

    def counts(self, *, shared: bool) -> bool:
        """Whether a block has a say, beside whose runs other work had the CPUs or had not."""
        return not (shared and self.condition is Condition.QUIET)


def order_of(seed: int, index: int) -> str:
    """The order of a block, by a fair coin that falls the same way whenever it is thrown again."""
    thrown = hashlib.sha256(f"{seed}:{index}".encode()).digest()[0]
    return "ABBA" if thrown % 2 else "BAAB"


def next_step(
    values: Sequence[float], seconds: float, terms: Terms, *, lost_seconds: float = 0.0
) -> EndedBecause | None:
    """None to measure another block, else why it ends.

    `values` are the log-ratios of the blocks that count, in the order in which they were measured,
    `seconds` the time that all blocks took, `lost_seconds` what went into waiting for quiet and
    into blocks that do not count. The data end a comparison at a planned look only; the cap and the
    times do not depend on what was measured.
    """
    blocks = len(values)
    busy = lost_seconds > terms.wait_quiet_seconds and terms.condition is Condition.QUIET
    if blocks == 0:
        late = lost_seconds > 0 and seconds >= terms.maximum_seconds
        return EndedBecause.BUSY if busy else EndedBecause.TIME if late else None
    full, late = blocks >= terms.maximum_blocks, seconds >= terms.maximum_seconds
    if terms.kind is ComparisonKind.CALIBRATION:
        if full:
            return EndedBecause.FIXED
        return EndedBecause.BUSY if busy else EndedBecause.TIME if late else None
    if look_due(blocks) or full:
        decision = decide(values, terms.band)
        if decision.decided:
            return EndedBecause.DECIDED
        if not full and futile(decision, terms.maximum_blocks):
            return EndedBecause.FUTILE
    if full:
        return EndedBecause.CAP
    return EndedBecause.BUSY if busy else EndedBecause.TIME if late else None


#: What is stored where no block counts.
_NOTHING: dict[str, Any] = {
    "verdict": "inconclusive",
    "direction": None,
    "ratio": None,
    "low": None,
    "high": None,
    "blocks": 0,
    "blocks_to_decide": None,
    "looks": [],
    "widened_by": None,
    "not_comparable_because": [],
    "notes": [],
}


def outcome_document(values: Sequence[float], terms: Terms) -> dict[str, Any]:
    """What the blocks that count say, as it is stored with the comparison."""
    if not values:
        return dict(_NOTHING)
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
