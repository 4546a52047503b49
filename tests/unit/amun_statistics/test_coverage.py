from __future__ import annotations

import pytest

from amun_statistics.coverage import ESTIMATORS, Coverage, _text, table


def test_a_row_for_each_estimator_shape_and_number() -> None:
    rows = list(table(20, numbers=(6, 8)))
    assert len(rows) == len(ESTIMATORS) * 4 * 2
    assert {row.n for row in rows} == {6, 8}
    assert {row.trials for row in rows} == {20, 4}
    assert all(0 <= row.coverage <= 1 and row.width_percent > 0 for row in rows)


def test_the_same_seed_gives_the_same_table() -> None:
    first = list(table(50, estimators=["ratio of paired blocks"], numbers=[6]))
    assert first == list(table(50, estimators=["ratio of paired blocks"], numbers=[6]))
    assert first != list(table(50, estimators=["ratio of paired blocks"], numbers=[6], seed=9))


def test_too_few_runs_have_no_row() -> None:
    with pytest.raises(ValueError, match="5 runs have no interval"):
        next(table(10, estimators=["median of runs"], numbers=[5]))


def test_the_printed_row() -> None:
    row = Coverage("median of runs", "normal", 6, 10_000, 0.96, 7.25)
    head, line = _text([row])
    assert head.split() == ["estimator", "shape", "n", "trials", "coverage", "%", "±", "width", "%"]
    assert line.split() == ["median", "of", "runs", "normal", "6", "10000", "96.0", "0.4", "7.25"]
