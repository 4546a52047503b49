"""When a comparison ends: by its data at a planned look only, by its cap, by its time."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.comparison import ComparisonKind, EndedBecause
from amun_core.condition import Condition
from amun_statistics.sequential import LOOKS
from inspector.comparison_policy import Terms, next_step, order_of, outcome_document

COMPARISON, CALIBRATION = ComparisonKind.COMPARISON, ComparisonKind.CALIBRATION
VALUES = st.lists(st.floats(-0.5, 0.5), max_size=LOOKS[-1])


def terms(**changes: object) -> Terms:
    values = {"kind": COMPARISON, "band": 0.02, "maximum_blocks": 120, "maximum_seconds": 3600}
    return Terms(**values | changes)  # type: ignore[arg-type]


def noise(count: int, centre: float = 0.0, spread: float = 0.01) -> list[float]:
    drawn = random.Random(5)
    return [drawn.gauss(centre, spread) for _ in range(count)]


@given(values=VALUES, cap=st.integers(1, 120), seconds=st.floats(0, 10_000))
def test_the_data_end_a_comparison_only_at_a_look(
    values: list[float], cap: int, seconds: float
) -> None:
    values = values[:cap]
    ended = next_step(values, seconds, terms(maximum_blocks=cap))
    if ended in {EndedBecause.DECIDED, EndedBecause.FUTILE}:
        assert len(values) in LOOKS or len(values) == cap
    elif ended is EndedBecause.TIME:
        assert values
        assert seconds >= 3600
    else:
        assert ended is (EndedBecause.CAP if len(values) == cap else None)


@given(values=VALUES, seconds=st.floats(0, 10_000), cap=st.integers(10, 1000))
def test_no_data_end_a_calibration(values: list[float], seconds: float, cap: int) -> None:
    values = values[:cap]
    ended = next_step(values, seconds, terms(kind=CALIBRATION, maximum_blocks=cap))
    if len(values) == cap:
        assert ended is EndedBecause.FIXED
    else:
        assert ended is (EndedBecause.TIME if values and seconds >= 3600 else None)


def test_a_comparison_is_measured_at_least_once() -> None:
    assert next_step([], 1e9, terms(maximum_seconds=1)) is None


def test_a_busy_host_ends_it_when_the_time_for_waiting_is_spent() -> None:
    quiet = terms(condition=Condition.QUIET, wait_quiet_seconds=60)
    assert next_step([], 30, quiet, lost_seconds=60) is None
    assert next_step([], 30, quiet, lost_seconds=61) is EndedBecause.BUSY
    assert next_step(noise(3), 90, quiet, lost_seconds=61) is EndedBecause.BUSY
    assert next_step([], 4000, quiet, lost_seconds=59) is EndedBecause.TIME
    # a verdict that is there is kept, whatever was lost
    values = noise(10, centre=math.log(1.2))
    assert next_step(values, 90, quiet, lost_seconds=61) is EndedBecause.DECIDED
    # who asks for any condition loses nothing to it
    assert next_step(noise(3), 90, terms(), lost_seconds=1e6) is None


@pytest.mark.parametrize(
    ("condition", "shared", "counts"),
    [
        (Condition.QUIET, False, True),
        (Condition.QUIET, True, False),
        (Condition.SHARED, True, True),
        (Condition.ANY, True, True),
        (Condition.ANY, False, True),
    ],
)
def test_which_blocks_have_a_say(condition: Condition, shared: bool, counts: bool) -> None:
    assert terms(condition=condition).counts(shared=shared) is counts


def test_nothing_that_counts_is_no_verdict() -> None:
    stored = outcome_document([], terms())
    assert stored["verdict"] == "inconclusive"
    assert stored["ratio"] is None
    assert stored.keys() == outcome_document(noise(12), terms()).keys()


def test_it_ends_at_the_first_look_that_decides() -> None:
    values = noise(16, centre=math.log(1.2))
    assert next_step(values[:9], 0, terms()) is None
    assert next_step(values[:10], 0, terms()) is EndedBecause.DECIDED
    assert outcome_document(values[:10], terms())["verdict"] == "slower"


def test_it_ends_where_the_cap_would_not_decide() -> None:
    # the centre lies on the edge of the band, and the noise is far too large for the cap
    values = noise(36, centre=math.log(1.02), spread=0.4)
    assert next_step(values[:24], 0, terms(maximum_blocks=30)) is EndedBecause.FUTILE


def test_the_last_look_is_the_cap() -> None:
    values = noise(13, centre=math.log(1.2))
    assert next_step(values, 0, terms(maximum_blocks=13)) is EndedBecause.DECIDED
    assert next_step(noise(13, spread=0.3), 0, terms(maximum_blocks=13)) is EndedBecause.CAP
    document = outcome_document(noise(13, spread=0.3), terms(maximum_blocks=13))
    assert [look["blocks"] for look in document["looks"]] == [10, 13]


def test_a_calibration_is_looked_at_once() -> None:
    document = outcome_document(noise(40), terms(kind=CALIBRATION))
    assert [look["blocks"] for look in document["looks"]] == [40]


def test_few_blocks_have_no_interval() -> None:
    document = outcome_document(noise(3), terms())
    assert (document["verdict"], document["low"], document["high"]) == ("inconclusive", None, None)
    assert document["ratio"] > 0


@given(seed=st.integers(0, 2**53 - 1), index=st.integers(0, 1000))
def test_the_coin_falls_the_same_way_when_it_is_thrown_again(seed: int, index: int) -> None:
    assert order_of(seed, index) == order_of(seed, index)
    assert order_of(seed, index) in {"ABBA", "BAAB"}


def test_the_coin_is_fair_and_without_memory() -> None:
    thrown = [order_of(seed, index) for seed in range(40) for index in range(100)]
    heads = sum(order == "ABBA" for order in thrown)
    assert abs(heads - 2000) < 5 * math.sqrt(1000)
    again = sum(one == other for one, other in pairwise(thrown))
    assert abs(again - 2000) < 5 * math.sqrt(1000)
