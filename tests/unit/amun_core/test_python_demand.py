from __future__ import annotations

import pytest

from amun_core.python_demand import python_taken


@pytest.mark.parametrize(
    ("demand", "taken"),
    [
        (">=3.8", True), (">=3.11.4", True), (">=3.11.8", False), ("> 3.12", False), (">3.11", True),
        ("==3.10.*", False), ("==3.12.*", False), ("~=3.8.0", False), ("===3.11.7", True),
        # upper bounds are bounds, where pip can read them
        ("<3.11", False), (">=3.8,<3.11", False), ("!=3.11.*", False), (">=3.12,<4", False),
        ("<3.12", True), (">=3.8,<4", True), ("<=3.11.6", False), (">=3.6.*,<3.11", True),
        # mended
        ("!=3.0*", True), (">=2.7,!=3.0*,!=3.1*", True), (">=3.6.*", True), (">=3.12.*", False),
        (">=3.6,", True), ("'>=3.6'", True), (">=3.6<4", True),
        # nobody can tell
        ("three or more", None), (">=3.8.x", None), ("3.8", None), ("=>3.6", None),
        (">=3.6 <4", None), ("~=3", None), ("!=2.7.*.*", None),
    ],
)  # fmt: skip
def test_a_demand_is_obeyed_where_it_can_be_read_and_mended_where_not(
    demand: str, taken: bool | None
) -> None:
    assert python_taken(demand, "3.11.7") is taken


def test_an_odd_python_is_taken_by_everything_and_a_plus_is_nothing() -> None:
    assert python_taken(">=3.8", "odd") is True
    assert python_taken(">=3.11.4", "3.11.4+") is True
    assert python_taken(">=3.15", "3.15.0b1") is False
