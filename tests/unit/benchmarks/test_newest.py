from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from benchmarks._requirement_sets import SETS
from benchmarks.newest import compared

AMUN = {"a": "2.0", "b": "1.0", "c": "3.0"}
ORDER = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (AMUN, "equal"),
        ({**AMUN, "c": "3"}, "equal"),
        ({**AMUN, "a": "1.0", "c": "4.0"}, "order"),
        ({**AMUN, "a": "3.0"}, "different"),
        ({"a": "2.0", "b": "1.0"}, "different"),
        ({**AMUN, "d": "1"}, "different"),
    ],
)
def test_a_difference_counts_by_the_first_package_that_was_decided(
    other: dict[str, str], told: str
) -> None:
    assert compared(AMUN, ORDER, other) == told


def test_there_are_forty_sets_of_requirements() -> None:
    assert len(SETS) == 40
    assert all(Requirement(text).url is None for one in SETS.values() for text in one)
