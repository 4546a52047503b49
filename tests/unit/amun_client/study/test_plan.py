from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_client.errors import UsageFaultError
from amun_client.study.catalogue import REPETITIONS, SIZES, STUDIES, study_named
from amun_client.study.plan import Cell, Plan, parse_values
from amun_core.normalisation import parse_specification


def plan(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "study": SIZES,
        "framework": "numpy",
        "values": (64, 128, 256),
        "rounds": 4,
        "runs": 1,
        "parameters": dict(SIZES.parameters),
        "request": {
            "python": {"lock": {"format": "requirements.txt", "content": "numpy==2.4.6\n"}}
        },
    }
    return Plan(**values | changes)


def test_every_value_comes_once_in_every_round() -> None:
    cells = plan().cells()
    assert [cell.round for cell in cells] == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
    for number in range(1, 5):
        assert sorted(cell.value for cell in cells if cell.round == number) == [64, 128, 256]


def test_the_order_differs_between_rounds_and_is_the_same_for_the_same_plan() -> None:
    many = plan(values=tuple(range(1, 11)))
    orders = {
        tuple(cell.value for cell in many.cells() if cell.round == number) for number in range(1, 5)
    }
    assert len(orders) == 4
    assert many.cells() == plan(values=tuple(range(1, 11))).cells()


def test_more_rounds_go_on_with_the_same_study() -> None:
    few, more = plan(rounds=2), plan(rounds=5)
    assert few.identity == more.identity
    assert more.cells()[: len(few.cells())] == few.cells()


@pytest.mark.parametrize(
    "change",
    [
        {"framework": "torch"},
        {"values": (64, 128)},
        {"runs": 2},
        {"parameters": {"dtype": "float64", "device": "cpu"}},
        {"request": {}},
        {"name": "evening"},
        {"study": dataclasses.replace(SIZES, name="other")},
    ],
)
def test_what_measures_something_else_is_another_study(change: dict[str, Any]) -> None:
    assert plan(**change).identity != plan().identity


def test_what_is_sent_is_a_valid_specification_that_names_its_place() -> None:
    wanted = plan()
    parsed = parse_specification(wanted.specification(Cell(2, 128)), surface="v1")
    # no hashes in this lock; nothing else was mended
    assert [warning.pointer for warning in parsed.warnings] == ["/python/lock/content"]
    sent = parsed.specification
    assert sent.indicator.parameters == {
        "matrix_size": 128, "dtype": "float32", "device": "cpu", "reps": 2000,
    }  # fmt: skip
    assert sent.runs == 1
    assert sent.labels == {
        "study": "sizes",
        "study.id": wanted.identity,
        "study.value": "128",
        "study.round": "2",
        "study.values": "64,128,256",
        "study.rounds": "4",
    }


def test_large_products_are_repeated_less_often_and_get_more_time() -> None:
    wanted = plan(values=(64, 512, 4096))
    repetitions = [wanted.indicator_parameters(value)["reps"] for value in wanted.values]
    assert repetitions == [2000, 372, 10]
    full = plan(values=(64, 4096), parameters={**SIZES.parameters, "reps": 2000})
    limits = [full.specification(Cell(1, value))["limits"]["run_seconds"] for value in full.values]
    assert limits == [600, 24 * 3600]


def test_repetitions_are_varied_at_the_size_of_the_original() -> None:
    wanted = plan(study=REPETITIONS, values=(10, 2000), parameters=dict(REPETITIONS.parameters))
    parameters = wanted.specification(Cell(1, 10))["indicator"]["parameters"]
    assert parameters == {"matrix_size": 512, "dtype": "float32", "device": "cpu", "reps": 10}


def test_keys_differ_by_cell_and_attempt() -> None:
    keys = {
        plan().key(Cell(number, value), attempt)
        for number in (1, 2)
        for value in (64, 128)
        for attempt in (1, 2)
    }
    assert len(keys) == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": (64, 64)}, "different"),
        ({"values": (0,)}, "from 1"),
        ({"values": ()}, "from 1"),
        ({"values": tuple(range(10_000, 10_050))}, "too many"),
        ({"parameters": {"matrix_size": 5}}, "the study varies it"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageFaultError, match=message):
        plan(**change)


@given(st.sets(st.integers(1, 100_000), min_size=1, max_size=20))
def test_values_are_read_in_rising_order(values: set[int]) -> None:
    assert parse_values(",".join(map(str, values))) == tuple(sorted(values))


@pytest.mark.parametrize("text", ["", "64,", "64 128", "big"])
def test_values_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(UsageFaultError, match="separated by commas"):
        parse_values(text)


def test_the_studies_span_the_originals() -> None:
    assert set(STUDIES) == {"repetitions", "sizes"}
    assert (SIZES.values[0], SIZES.values[-1]) == (64, 4096)
    assert 2000 in REPETITIONS.values
    assert (REPETITIONS.original.inspections, SIZES.original.inspections) == (300, 100)
    with pytest.raises(UsageFaultError, match="Did you mean 'sizes'"):
        study_named("size")
