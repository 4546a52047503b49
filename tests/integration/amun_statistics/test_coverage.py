"""Headline 95 % intervals hold the truth in at least 93 % of simulated inspections.

Runs of four shapes of noise, correlated by 0.5 within a run, from 6 runs up. The table is printed:
`pytest -s`, or in full by `python -m amun_statistics.coverage`.
"""

from __future__ import annotations

import pytest

from amun_statistics.bootstrap import FEWEST_RUNS
from amun_statistics.coverage import NUMBERS, Coverage, _text, table

PROMISED = 0.93


def printed(rows: list[Coverage]) -> list[Coverage]:
    print()
    for line in _text(rows):
        print(line)
    return rows


@pytest.mark.parametrize(
    "estimator", ["median of runs", "ratio of paired blocks", "ratio of unpaired runs"]
)
def test_headline_intervals_hold_the_truth(estimator: str) -> None:
    rows = printed(list(table(8000, estimators=[estimator])))
    assert [row.n for row in rows] == [*NUMBERS] * 4
    low = [row for row in rows if row.coverage < PROMISED]
    assert low == []


@pytest.mark.parametrize("estimator", ["median of runs", "ratio of paired blocks"])
def test_more_runs_make_narrower_intervals(estimator: str) -> None:
    few, many = 10, 50
    rows = list(table(2000, estimators=[estimator], numbers=[few, many]))
    for narrow, wide in zip(rows[1::2], rows[::2], strict=True):
        assert (wide.n, narrow.n, wide.shape) == (few, many, narrow.shape)
        assert narrow.width_percent < 0.7 * wide.width_percent


def test_the_bootstrap_is_offered_only_where_it_holds_the_truth() -> None:
    numbers = (FEWEST_RUNS, 6, 10, 20)
    rows = printed(list(table(3000, estimators=["hierarchical bootstrap"], numbers=numbers)))
    assert len(rows) == 4 * len(numbers)
    assert [row for row in rows if row.coverage < PROMISED] == []
    too_few = printed(list(table(3000, estimators=["hierarchical bootstrap"], numbers=[2])))
    assert min(row.coverage for row in too_few) < PROMISED
