"""Blocks of four fresh runs, measured as a comparison measures them, and comparisons of them."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from amun_statistics.blocks import block_log_ratio
from amun_statistics.sequential import LOOKS, look_due
from amun_statistics.verdict import DEFAULT_BAND, Decision, decide, futile
from benchmarks._record import Record


@dataclass(frozen=True)
class Run:
    """What one fresh process found: its seconds, and its single iterations where they are kept."""

    seconds: float
    iterations: Sequence[float] = field(default=())


Arm = Callable[[], Run]


@dataclass(frozen=True)
class Block:
    """Four runs in time order; `order` says which were A's and which B's."""

    order: str
    seconds: list[float]
    wall_s: float
    started_at: float
    load_average: float
    iterations_us: list[list[float]]

    @property
    def log_ratio(self) -> float:
        """Mean log-seconds of B less those of A."""
        arms = {
            name: [s for s, whose in zip(self.seconds, self.order, strict=True) if whose == name]
            for name in "AB"
        }
        return block_log_ratio(arms["A"], arms["B"])


def coin(seed: int, *where: object) -> random.Random:
    """The coin of one place: what was measured before a kill and what comes after fit together."""
    return random.Random(f"{seed} {where}")


def measure_block(a: Arm, b: Arm, abba: bool) -> dict[str, Any]:
    """One block, as a line of a record."""
    started_at, begin = time.time(), time.perf_counter()
    order = "ABBA" if abba else "BAAB"
    runs = [a() if whose == "A" else b() for whose in order]
    block = Block(
        order=order,
        seconds=[run.seconds for run in runs],
        wall_s=round(time.perf_counter() - begin, 3),
        started_at=round(started_at, 3),
        load_average=round(os.getloadavg()[0], 2),
        iterations_us=[[round(s * 1e6, 2) for s in run.iterations] for run in runs],
    )
    return asdict(block)


@dataclass(frozen=True)
class Comparison:
    """A comparison that has ended, and the blocks it used."""

    decision: Decision
    blocks: list[Block]

    @property
    def minutes(self) -> float:
        """How long its runs took."""
        return sum(block.wall_s for block in self.blocks) / 60


def compare(
    name: str,
    a: Arm,
    b: Arm,
    record: Record,
    seed: int,
    *,
    band: float = DEFAULT_BAND,
    cap: int = LOOKS[-1],
    give_up: bool = True,
) -> Comparison:
    """Measure blocks until a look decides, or shows that the cap would not, or the cap is reached.

    With `give_up` false nothing is given up before the cap. Blocks that `record` holds already are not measured anew.
    """
    blocks: list[Block] = []
    while True:
        number = len(blocks)
        if number == len(record):
            record.append(measure_block(a, b, abba=coin(seed, name, number).random() < 0.5))
        blocks.append(Block(**record.lines[number]))
        if not look_due(len(blocks)) and len(blocks) < cap:
            continue
        decision = decide([block.log_ratio for block in blocks], band)
        told(name, decision)
        ended = decision.decided or len(blocks) >= cap
        if ended or (give_up and futile(decision, cap)):
            return Comparison(decision, blocks)


def told(name: str, decision: Decision) -> None:
    """Say on standard error where a comparison stands."""
    interval = "" if decision.low is None else f" ({decision.low:.4f} to {decision.high:.4f})"
    print(
        f"{name}: {decision.blocks} blocks, time B / time A {decision.ratio:.4f}{interval}: "
        f"{decision.verdict}",
        file=sys.stderr,
    )
