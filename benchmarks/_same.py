"""A/A blocks: the NumPy product in fresh processes, both arms the same; one record for all who ask.

One thread and a size of 256: the setting with the least noise for a second of this kind of machine,
two virtual cores, found by `python -m benchmarks pilot`. With a thread on each core a product waits
for whichever core has other work to do: its blocks spread several times as far.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._blocks import Arm, Block, Run, coin, measure_block
from benchmarks._burner import one_core_loaded
from benchmarks._environments import FRAMEWORKS, environment
from benchmarks._record import Record
from benchmarks._runs import Place

SIZE, ITERATIONS, THREADS = 256, 200, 1

#: Of each half so many that two windows of the longest comparison lie side by side.
BLOCKS = 480

#: The two halves of the record: without other work on the machine, and with one core loaded.
HALVES = ("unloaded", "loaded")


@dataclass(frozen=True)
class Workload:
    """What one run does."""

    size: int = SIZE
    iterations: int = ITERATIONS
    threads: int = THREADS

    @property
    def parameters(self) -> dict[str, int]:
        """As the indicator `matmul` takes them."""
        return {"matrix_size": self.size, "reps": self.iterations}

    @contextmanager
    def arm(self) -> Iterator[Arm]:
        """Something that makes one run, and keeps all of its iterations."""
        with tempfile.TemporaryDirectory(prefix="amun-benchmark-") as folder:
            place = Place(environment("numpy"), Path(folder), self.threads)

            def run() -> Run:
                result = place.indicator("matmul", "numpy", self.parameters)
                return Run(result["@result"]["elapsed"] / 1e3, result["samples"]["values"])

            yield run


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which blocks are meant; the same ones mean the same record."""
    parser.add_argument(
        "--blocks", type=int, default=BLOCKS, help="A/A blocks, half of them loaded"
    )
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")


def workload(options: argparse.Namespace) -> Workload:
    """What the options ask for."""
    return Workload(options.size, options.iterations, options.threads)


def record(half: str, kind: Workload, seed: int, *, fresh: bool = False) -> Record:
    """The record of one half."""
    settings: dict[str, Any] = {
        "half": half,
        "requirement": FRAMEWORKS["numpy"],
        "python": sys.version,
        "seed": seed,
        **kind.parameters,
        "threads": kind.threads,
    }
    return Record(f"same-{half}", settings, fresh=fresh)


def same_blocks(options: argparse.Namespace, *, fresh: bool = False) -> dict[str, list[Block]]:
    """Both halves of the A/A record; what is missing is measured now."""
    return {half: _half(half, options, fresh=fresh) for half in HALVES}


def _half(half: str, options: argparse.Namespace, *, fresh: bool) -> list[Block]:
    kind, wanted = workload(options), (options.blocks + 1) // 2
    kept = record(half, kind, options.seed, fresh=fresh)
    to_load = half == "loaded" and len(kept) < wanted
    with one_core_loaded(options.seed) if to_load else nullcontext(), kind.arm() as arm:
        lines = kept.fill(wanted, lambda number: _measure(half, number, wanted, arm, options.seed))
    return [Block(**line) for line in lines]


def _measure(half: str, number: int, wanted: int, arm: Arm, seed: int) -> dict[str, Any]:
    abba = coin(seed, half, number).random() < 0.5
    line = measure_block(arm, arm, abba=abba)
    if number % 10 == 9 or number + 1 == wanted:
        print(
            f"{half}: {number + 1}/{wanted} blocks, the last in {line['wall_s']:.1f} s",
            file=sys.stderr,
        )
    return line
