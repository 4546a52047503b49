from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_client import quantities


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (61.234, "61.23"),
        (282.34, "282.3"),
        (0.0012344, "0.001234"),
        (123456.0, "123500"),
        (9.99996, "10.000"),
        (-3.14159, "-3.142"),
        (float("inf"), "inf"),
    ],
)
def test_significant(value: float, text: str) -> None:
    assert quantities.significant(value) == text


@given(st.floats(1e-9, 1e9))
def test_significant_is_near(value: float) -> None:
    assert float(quantities.significant(value)) == pytest.approx(value, rel=6e-4)


def test_times_share_the_unit_of_the_first() -> None:
    assert quantities.in_one_unit([0.0039, 0.0012, 0.016]) == (["3.900", "1.200", "16.00"], "ms")
    assert quantities.in_one_unit([2.0]) == (["2.000"], "s")
    assert quantities.in_one_unit([1.5e-7]) == (["150.0"], "ns")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (3725, "1 h 2 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_time_span(seconds: float | None, text: str) -> None:
    assert quantities.time_span(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "-"), (512, "512 B"), (1536, "1.50 KiB"), (37_800_000, "36.0 MiB")],
)
def test_size(number: int | None, text: str) -> None:
    assert quantities.size(number) == text


def test_ago_and_between() -> None:
    now = datetime(2030, 1, 1, 12, 0, 10, tzinfo=UTC)
    assert quantities.ago("2030-01-01T12:00:00Z", now) == "10 s ago"
    assert quantities.ago("2030-01-01T11:58:00Z", now) == "2 min 10 s ago"
    assert quantities.ago(None, now) == "-"
    assert quantities.between("2030-01-01T12:00:00Z", None, now) == 10.0
    assert quantities.between("2030-01-01T12:00:00Z", "2030-01-01T12:00:03Z") == 3.0


def test_short_digest() -> None:
    assert quantities.short_digest("amun-stack-1:0123456789abcdef") == "0123456789"
    assert quantities.short_digest(None) == "-"


@pytest.mark.parametrize("value", [1e308, 1e-320, 5e-324, -1e300, 1e17, 1e-16, 2.0**63])
def test_no_number_takes_hundreds_of_digits(value: float) -> None:
    assert len(quantities.significant(value)) <= 12
    (text,), _ = quantities.in_one_unit([abs(value)])
    assert len(text) <= 16
    assert len(quantities.size(int(min(abs(value), 2**63)))) <= 20
