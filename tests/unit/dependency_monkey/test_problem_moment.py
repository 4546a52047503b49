from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dependency_monkey.problem_moment import read_moment

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-06-01", datetime(2024, 6, 2, tzinfo=UTC)),
        ("2024-06-01T01:02:03Z", datetime(2024, 6, 1, 1, 2, 3, tzinfo=UTC)),
        ("2024-06-01T01:02:03+02:00", datetime(2024, 5, 31, 23, 2, 3, tzinfo=UTC)),
        (date(2024, 6, 1), datetime(2024, 6, 2, tzinfo=UTC)),
        (datetime(2024, 6, 1), datetime(2024, 6, 1, tzinfo=UTC)),  # noqa: DTZ001 - as TOML has it
        ("P30D", NOW - timedelta(days=30)),
        ("P1W", NOW - timedelta(weeks=1)),
        ("PT24H", NOW - timedelta(hours=24)),
        ("24 hours", NOW - timedelta(hours=24)),
        ("1 week", NOW - timedelta(weeks=1)),
        ("30 days ago", NOW - timedelta(days=30)),
        ("1w 2d 3h", NOW - timedelta(days=9, hours=3)),
    ],
)
def test_moments(value: object, moment: datetime) -> None:
    assert read_moment(value, NOW) == moment


@pytest.mark.parametrize(
    "value",
    ["", "soon", "1 fortnight", "P", "PT", "2024-13-01", "24", 7, None, True, [], "999999 weeks"],
)
def test_what_is_none(value: object) -> None:
    with pytest.raises(ValueError):
        read_moment(value, NOW)
