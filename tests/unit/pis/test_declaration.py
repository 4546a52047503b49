"""Declared parameters read what people send, and say what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from pis.declaration import Indicator, Parameter

SIZE = Parameter("size", "integer", 8, "Size.", unit="1", minimum=1, maximum=64)
SCALE = Parameter("scale", "number", 1.5, "Scale.")
MODE = Parameter("mode", "text", "fast", "Mode.", choices=("fast", "exact"))
FLAG = Parameter("flag", "boolean", False, "Flag.")
INDICATOR = Indicator(
    name="sample",
    title="PiSample",
    version="1",
    stability="canary",
    summary="",
    parameters=(SIZE, SCALE, MODE, FLAG),
    work=lambda parameters: int(parameters["size"]),
    formula="n",
    source="",
)


@pytest.mark.parametrize(
    ("parameter", "given", "read"),
    [
        (SIZE, 8, 8),
        (SIZE, "8", 8),
        (SIZE, " 8 ", 8),
        (SIZE, 8.0, 8),
        (SCALE, 2, 2.0),
        (SCALE, "2.5", 2.5),
        (MODE, "exact", "exact"),
        (FLAG, True, True),
        (FLAG, "True", True),
        (FLAG, "false", False),
    ],
)
def test_read(parameter: Parameter, given: Any, read: Any) -> None:
    value = parameter.read(given)
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(
    ("parameter", "given", "message"),
    [
        (SIZE, "eight", "'eight' is not a whole number"),
        (SIZE, 8.5, "8.5 is not a whole number"),
        (SIZE, True, "True is not a whole number"),
        (SIZE, [8], r"\[8\] is not a whole number"),
        (SIZE, 0, "0 is less than 1"),
        (SIZE, "65", "'65' is more than 64"),
        (SCALE, "nan", "'nan' is not a finite number"),
        (SCALE, float("inf"), "inf is not a finite number"),
        (SCALE, True, "True is not a finite number"),
        (MODE, "slow", "'slow' is not one of fast, exact"),
        (MODE, 3, "3 is not text"),
        (FLAG, 1, "1 is neither true nor false"),
    ],
)
def test_fault(parameter: Parameter, given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        parameter.read(given)


def test_defaults_are_filled_in_the_order_of_declaration() -> None:
    values, faults = INDICATOR.check({"flag": "true", "size": None}, {})
    assert list(values.items()) == [("size", 8), ("scale", 1.5), ("mode", "fast"), ("flag", True)]
    assert faults == []


def test_all_faults_at_once() -> None:
    values, faults = INDICATOR.check({"size": 0, "mode": "slow", "speed": 1, "depth": 2}, {})
    known = "no such parameter; known: size, scale, mode, flag"
    assert faults == [
        ("size", "0 is less than 1"),
        ("mode", "'slow' is not one of fast, exact"),
        ("depth", known),
        ("speed", known),
    ]
    assert values == {"scale": 1.5, "flag": False}


def test_a_framework_may_have_fewer_choices() -> None:
    _, faults = INDICATOR.check({"mode": "exact"}, {"mode": ("fast",)})
    assert faults == [("mode", "'exact' is not one of fast")]
