"""Which setting of an A/A block has the least noise for a second of machine time, on this machine.

All settings take turns, one block each in random order, so that they meet the same disturbances.
A comparison needs blocks in proportion to (spread / band)^2, so what a setting costs is spread^2 times
seconds a block; the value is the ratio of that cost, the default setting of the benchmarks over the
cheapest one found.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from amun_statistics.detectable import block_spread
from benchmarks._blocks import Block, measure_block
from benchmarks._same import ITERATIONS, SIZE, THREADS, Workload
from benchmarks.report import print_report

FEWEST_BLOCKS = 6

#: (size, iterations): from a tenth to half a second a run.
WORK = ((128, 500), (256, 100), (256, 200), (256, 400), (384, 60), (512, 30), (512, 100))
DEFAULT = Workload(SIZE, ITERATIONS, THREADS)


def cost(blocks: Sequence[Block]) -> float:
    """Squared spread times seconds a block."""
    seconds = statistics.median(block.wall_s for block in blocks)
    return (block_spread([block.log_ratio for block in blocks]) or 0.0) ** 2 * seconds


def described(kind: Workload, blocks: Sequence[Block]) -> dict[str, Any]:
    """One setting for the details."""
    values = [block.log_ratio for block in blocks]
    return {
        "size": kind.size,
        "iterations": kind.iterations,
        "threads": kind.threads,
        "block_spread": round(block_spread(values) or 0.0, 4),
        "largest_block": round(max(map(abs, values)), 4),
        "seconds_a_block": round(statistics.median(block.wall_s for block in blocks), 3),
        "cost": round(cost(blocks), 6),
    }


def main() -> int:
    """Measure all settings in turns and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=24, help="of each setting, 6 at least")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.blocks < FEWEST_BLOCKS:
        parser.error(f"the spread of fewer than {FEWEST_BLOCKS} blocks is not known")
    settings = [
        Workload(*work, threads) for threads, work in itertools.product(options.threads, WORK)
    ]
    kinds = list(dict.fromkeys([DEFAULT, *settings]))
    found: dict[Workload, list[Block]] = {kind: [] for kind in kinds}
    coin = random.Random(options.seed)
    with ExitStack() as arms:
        arm = {kind: arms.enter_context(kind.arm()) for kind in kinds}
        for number in range(options.blocks):
            for kind in coin.sample(kinds, len(kinds)):
                line = measure_block(arm[kind], arm[kind], abba=coin.random() < 0.5)
                found[kind].append(Block(**line))
            print(f"{number + 1}/{options.blocks} blocks of each setting", file=sys.stderr)
    kinds.sort(key=lambda kind: cost(found[kind]))
    for kind in kinds:
        print(described(kind, found[kind]), file=sys.stderr)
    value = cost(found[DEFAULT]) / cost(found[kinds[0]])
    print_report(
        name="pilot",
        value=value,
        unit="ratio of costs",
        goal="at most 4: the default setting is among the best",
        holds=value <= 4,
        compared_with="the setting with the least noise for a second of machine time",
        details={
            "blocks": options.blocks,
            "cheapest_first": [described(k, found[k]) for k in kinds],
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
