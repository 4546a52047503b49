"""What blocks of two builds of one stack say of a host: how often it would mislead, what it can see."""

from __future__ import annotations

from collections.abc import Sequence

from amun_core.comparison import FEWEST_CALIBRATION_BLOCKS
from amun_core.specification import IndicatorRequest
from amun_statistics.blocks import block_log_ratio
from amun_statistics.detectable import block_spread, least_detectable_effect
from amun_statistics.replay import replay
from knowledge_graph.comparison_records import Block, CalibrationRecord

#: Comparisons that the blocks are lived through again as.
REPLAYED_COMPARISONS = 2_000


def calibration_of(
    blocks: Sequence[Block], indicator: IndicatorRequest, band: float, seed: int
) -> CalibrationRecord | None:
    """The calibration that these blocks make; None where the time ended them too early for one."""
    if len(blocks) < FEWEST_CALIBRATION_BLOCKS:
        return None
    replayed = replay(
        [block.in_time_order for block in blocks], REPLAYED_COMPARISONS, seed, band=band
    )
    spread = noise_of(blocks)
    effect = None if spread is None else least_detectable_effect(spread, band=band)
    document = {
        "indicator": indicator.model_dump(mode="json"),
        "blocks": len(blocks),
        "comparisons": replayed.comparisons,
        "false_verdict_rate": replayed.false_verdict_rate,
        "false_verdict_upper": replayed.false_verdict_upper,
        "equivalent_rate": replayed.equivalent_rate,
        "block_spread": spread,
        "least_detectable_effect": effect,
        "band": band,
    }
    return CalibrationRecord(indicator.name, indicator.framework, effect, document)


def noise_of(blocks: Sequence[Block]) -> float | None:
    """The spread of a block, what one build is faster than the other by included.

    Seen as measured, that difference moves all blocks alike and hides from the spread; seen in the
    order of time it changes its sign with the coin. Every later comparison is of two builds: the
    larger of the two spreads is what it meets.
    """
    measured = block_spread([block.log_ratio for block in blocks])
    in_time = block_spread(
        [block_log_ratio(four[::3], four[1:3]) for four in (b.in_time_order for b in blocks)]
    )
    return None if measured is None or in_time is None else max(measured, in_time)
