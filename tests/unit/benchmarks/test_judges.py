from __future__ import annotations

from amun_statistics.replay import replayed
from benchmarks.judges import (
    Score,
    by_itself,
    interleaved,
    of_asv,
    of_pyperf,
    sequential,
)


def test_all_judges_get_the_same_runs() -> None:
    blocks = [[1.0 + 0.01 * run + 0.001 * block for run in range(4)] for block in range(130)]
    for end in replayed(blocks, 20, seed=1):
        first, number = 4 * end.start, 4 * end.decision.blocks
        used = list(range(first, first + number))
        for deal in (interleaved, sequential):
            a, b = deal(end)
            assert len(a) == len(b)
            assert sorted(a + b) == used
        a, b = sequential(end)
        assert max(a) < min(b)


def test_interleaved_is_as_the_coins_fell() -> None:
    (end,) = replayed([[1.0] * 4] * 10, 1, seed=3)
    a, b = interleaved(end)
    for block, abba in enumerate(end.coins):
        outer = {4 * block, 4 * block + 3}
        assert outer <= set(a if abba else b)
    assert by_itself(2)(end) == ([0, 1], [2, 3])


def test_each_tool_gets_what_it_would_keep_of_a_run() -> None:
    iterations = [float(number) for number in range(200)]
    assert of_pyperf(iterations) == [74.5, 124.5, 174.5]
    assert of_asv(iterations) == [109.5, 129.5, 149.5, 169.5, 189.5]


def test_who_speaks_always_and_who_never_speaks_lose() -> None:
    ours, loud, silent = (Score(default=True) for _ in range(3))
    for score, at_1, at_5 in (
        (ours, "equivalent", "slower"),
        (loud, "faster", "slower"),
        (silent, "unchanged", "unchanged"),
    ):
        score.count(1.0, [at_1] * 10)
        score.count(1.05, [at_5] * 9 + ["unchanged"])
    assert (ours.right, loud.right, silent.right) == (0.9, -0.1, 0.0)
    assert silent.loses_to(ours)
    assert not ours.loses_to(silent)
    assert not loud.loses_to(ours)  # it finds as many, and not all were found
    assert ours.false_verdicts < loud.false_verdicts
