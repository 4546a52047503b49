from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from amun_statistics.verdict import decide_in_sequence
from benchmarks import _record
from benchmarks._blocks import Arm, Block, Run, compare, measure_block
from benchmarks._record import Record


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_record, "cache", lambda: tmp_path)


def arm(seconds: float, spread: float = 0.0, seed: int = 0) -> Arm:
    draw = random.Random(seed)
    return lambda: Run(seconds * math.exp(draw.gauss(0, spread)), [seconds])


def test_a_block_keeps_its_runs_in_time_order() -> None:
    block = Block(**measure_block(arm(1.0), arm(2.0), abba=False))
    assert (block.order, block.seconds) == ("BAAB", [2.0, 1.0, 1.0, 2.0])
    assert block.iterations_us == [[2e6], [1e6], [1e6], [2e6]]
    assert block.log_ratio == pytest.approx(math.log(2))
    other = Block(**measure_block(arm(1.0), arm(2.0), abba=True))
    assert (other.order, other.log_ratio) == ("ABBA", pytest.approx(math.log(2)))


@pytest.mark.parametrize(("ratio", "verdict"), [(1.1, "slower"), (1.0, "equivalent")])
def test_a_comparison_ends_as_its_blocks_decide_in_sequence(ratio: float, verdict: str) -> None:
    ended = compare(
        "it", arm(1.0, 0.03, 1), arm(ratio, 0.03, 2), Record("it", {"r": ratio}), seed=1
    )
    assert ended.decision.verdict == verdict
    assert ended.decision == decide_in_sequence([block.log_ratio for block in ended.blocks])
    assert {block.order for block in ended.blocks} == {"ABBA", "BAAB"}


def test_a_comparison_goes_on_where_it_was_killed() -> None:
    whole = compare("it", arm(1.0, 0.05, 1), arm(1.0, 0.05, 2), Record("whole", {}), seed=1)
    kept = Record("part", {})
    for block in Record("whole", {}).lines[:7]:
        kept.append(block)

    def after_the_kill() -> Run:
        return Run(1.0)

    ended = compare("it", after_the_kill, after_the_kill, Record("part", {}), seed=1)
    assert ended.blocks[:7] == whole.blocks[:7]
    assert [block.order for block in ended.blocks] == [
        block.order for block in whole.blocks[: len(ended.blocks)]
    ]


def test_the_cap_ends_what_is_not_decided() -> None:
    ended = compare(
        "it", arm(1.0, 2.0, 1), arm(1.0, 2.0, 2), Record("it", {}), 1, cap=20, give_up=False
    )
    assert (ended.decision.verdict, ended.decision.blocks) == ("inconclusive", 20)


def test_what_the_cap_would_not_decide_is_given_up() -> None:
    a, b = arm(1.0, 0.3, 1), arm(1.019, 0.3, 2)
    ended = compare("it", a, b, Record("it", {}), seed=1)
    assert ended.decision.verdict == "inconclusive"
    assert ended.decision.blocks < 120
