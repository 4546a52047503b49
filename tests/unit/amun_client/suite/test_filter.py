"""Filters over cases."""

from __future__ import annotations

from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.suite.filter import select

CASES: list[dict[str, Any]] = [
    {"index": 0, "name": "a", "flop": 10, "bytes": None, "parameters": {"n": 1, "cell": "gru"}},
    {"index": 1, "name": "b", "flop": 20, "bytes": None, "parameters": {"n": 2, "cell": "lstm"}},
    {"index": 2, "name": "a", "flop": 30, "bytes": None, "parameters": {"n": 3, "cell": "gru"}},
]
FLAGS = [
    {"index": 0, "name": "a", "flop": 1, "bytes": None, "parameters": {"t": False, "s": 0.95}},
    {"index": 1, "name": "b", "flop": 1, "bytes": None, "parameters": {"t": True, "s": 0.9}},
]


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ([], [0, 1, 2]),
        (["n=2"], [1]),
        (["n=1,3"], [0, 2]),
        (["n = 1, 3"], [0, 2]),
        (["n<=2"], [0, 1]),
        (["n>=2"], [1, 2]),
        (["cell=gru"], [0, 2]),
        (["cell=gru", "flop>=1.5e1"], [2]),
        (["name=b"], [1]),
        (["index=0"], [0]),
        (["n=7"], []),
        (["n=7", "cell=gru"], []),
    ],
)
def test_select(filters: list[str], kept: list[int]) -> None:
    assert [case["index"] for case in select(CASES, filters)] == kept


@pytest.mark.parametrize(
    ("text", "kept"), [("t=true", [1]), ("t=False", [0]), ("s=0.95", [0]), ("s=.9,.95", [0, 1])]
)
def test_values_are_read_in_the_type_of_the_case(text: str, kept: list[int]) -> None:
    assert [case["index"] for case in select(FLAGS, [text])] == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n", "not of the form KEY=VALUE"),
        ("n<3", "not of the form KEY=VALUE"),
        ("=3", "not of the form KEY=VALUE"),
        ("cel=gru", "no key 'cel'. Did you mean 'cell'?"),
        ("n=many", "'many' is not a number"),
        ("n<=1,2", "'1,2' is not a number"),
        ("cell>=gru", "only numbers can be compared with >="),
        ("bytes=4", "the cases of this suite have no bytes"),
    ],
)
def test_faults(text: str, message: str) -> None:
    with pytest.raises(UsageFaultError) as raised:
        select(CASES, [text])
    assert message in str(raised.value)


def test_flags_are_true_or_false() -> None:
    with pytest.raises(UsageFaultError, match="'1' is neither true nor false"):
        select(FLAGS, ["t=1"])
    with pytest.raises(UsageFaultError, match="only numbers can be compared"):
        select(FLAGS, ["t<=true"])


def test_a_second_filter_is_read_where_the_first_keeps_nothing() -> None:
    with pytest.raises(UsageFaultError, match="no key 'q'"):
        select(CASES, ["n=7", "q=1"])
