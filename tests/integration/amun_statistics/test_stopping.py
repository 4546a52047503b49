"""An interval holds the truth also where the inspection stopped because it had become narrow.

The table is printed: `pytest -s`, or in full by `python -m amun_statistics.coverage`.
"""

from __future__ import annotations

import pytest

from amun_statistics import stopping
from amun_statistics.stopping_coverage import (
    CAPS,
    SPREADS,
    StoppedCoverage,
    stopped_table,
    stopped_text,
)

PROMISED = 0.93


def printed(rows: list[StoppedCoverage]) -> list[StoppedCoverage]:
    print()
    for line in stopped_text(iter(rows)):
        print(line)
    return rows


@pytest.mark.parametrize(("maximum_runs", "trials"), [(60, 4000), (240, 1500)])
def test_stopping_does_not_destroy_the_coverage(maximum_runs: int, trials: int) -> None:
    assert maximum_runs in CAPS
    rows = printed(list(stopped_table(trials, caps=[maximum_runs])))
    assert len(rows) == 4 * len(SPREADS)
    assert [row for row in rows if row.coverage < PROMISED] == []
    # both ends of the table are there: goals met at once, and goals hardly ever met
    assert max(row.reached for row in rows) == 1.0
    assert min(row.reached for row in rows) < 0.1


def test_without_the_wider_ranks_it_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "CONFIDENCE_AT_LOOK", 0.95)
    rows = printed(list(stopped_table(4000, caps=[60], spreads=[0.04, 0.05])))
    assert min(row.coverage for row in rows) < PROMISED
