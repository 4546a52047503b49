"""Portable column types: what goes in comes out, and nothing a database refuses gets in."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from amun_core.magnitudes import LEAST, MOST
from knowledge_graph.column_types import (
    Document,
    LogRatio,
    Measured,
    Moment,
    database_now,
    json_text,
    plain_text,
)

DIALECT = sqlite.dialect()
ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_plain_text_is_what_every_database_takes(text: str) -> None:
    plain = plain_text(text)
    assert "\x00" not in plain
    plain.encode()
    assert len(plain) == len(text)
    assert plain_text(plain) == plain


def test_plain_text_leaves_good_text_alone() -> None:
    assert plain_text("grün\n\t\U0001f600") == "grün\n\t\U0001f600"
    assert plain_text("a\x00\ud800") == "a\N{REPLACEMENT CHARACTER}?"


def test_json_text_has_no_number_that_is_none() -> None:
    value = {"a": float("nan"), "b": [float("inf"), -1.5], "c": (1, {"d": float("-inf")})}
    assert json.loads(json_text(value)) == {"a": None, "b": [None, -1.5], "c": [1, {"d": None}]}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
        max_leaves=8,
    )
)
def test_a_document_is_a_json_value(value: object) -> None:
    bound = Document().process_bind_param(value, DIALECT)
    assert json_text(bound) == json_text(value)


@given(
    st.datetimes(
        min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
    )
)
def test_a_moment_comes_back_in_utc(moment: datetime) -> None:
    stored = Moment().process_bind_param(moment, DIALECT)
    found = Moment().process_result_value(stored, DIALECT)
    assert found is not None
    assert found.utcoffset() == timedelta(0)
    assert abs(found - moment) <= timedelta(microseconds=1)


def test_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Moment().process_bind_param(datetime(2026, 3, 1), DIALECT)  # noqa: DTZ001
    assert Moment().process_bind_param(None, DIALECT) is None
    assert Moment().process_result_value(None, DIALECT) is None


def test_the_clock_is_the_databases() -> None:
    statement = select(database_now())
    assert "julianday('now')" in str(statement.compile(dialect=DIALECT))
    # not now(), which stands still within a transaction
    assert "clock_timestamp()" in str(statement.compile(dialect=postgresql.dialect()))


@given(st.floats() | st.none())
def test_a_measured_number_is_within_bounds_or_null(value: float | None) -> None:
    kept = Measured().process_bind_param(value, DIALECT)
    assert kept is None or kept == 0 or LEAST <= kept <= MOST
    assert Measured().process_result_value(kept, DIALECT) == kept
    if value is not None and LEAST <= value <= MOST:
        assert kept == value


@given(st.floats(allow_nan=False))
def test_a_ratio_of_any_database_can_be_shown(value: float) -> None:
    kept = LogRatio().process_result_value(value, DIALECT)
    assert kept is not None
    assert 0 < math.exp(kept) < 1e31
