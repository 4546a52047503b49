"""What the blocks of a comparison say in each condition: on a quiet host, and with shared CPUs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amun_core.condition import Condition
from amun_statistics.verdict import decide
from knowledge_graph.comparison_records import Block, ComparisonView


def counted(view: ComparisonView, blocks: Sequence[Block]) -> list[Block]:
    """The blocks that have a say in the verdict that was asked for."""
    if view.condition is Condition.QUIET:
        return [block for block in blocks if not block.shared]
    return list(blocks)


def shown_conditions(view: ComparisonView, blocks: Sequence[Block]) -> dict[str, Any]:
    """The condition that was asked for, and both conditions judged apart.

    The part that was not asked for was not looked at by plan: it explains, it decides nothing.
    """
    shared = [block for block in blocks if block.shared]
    quiet = [block for block in blocks if not block.shared]
    return {
        "condition": view.condition,
        "wait_quiet_seconds": view.wait_quiet_seconds,
        "counted_blocks": len(counted(view, blocks)),
        "shared_blocks": len(shared),
        "by_condition": {
            "quiet": _judged(quiet, view.band),
            "shared": _judged(shared, view.band),
        },
    }


def _judged(blocks: Sequence[Block], band: float) -> dict[str, Any] | None:
    if not blocks:
        return None
    decision = decide([block.log_ratio for block in blocks], band)
    return {
        "blocks": decision.blocks,
        "verdict": decision.verdict,
        "ratio": decision.ratio,
        "low": decision.low,
        "high": decision.high,
    }
