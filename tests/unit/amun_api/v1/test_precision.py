"""How precise an inspection has become, as the API shows it."""

from __future__ import annotations

import json

import pytest

from amun_api.v1.precision import goal_of, shown_precision
from amun_api.v1.results import summary
from amun_core.normalisation import parse_specification
from amun_core.result import ResultPrecision
from amun_core.states import AttemptKind
from amun_statistics.median import median_interval
from amun_statistics.stopping import CONFIDENCE_AT_LOOK, Goal
from tests import factories

URL = "/api/v1/inspections"
INDICATOR = {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}}


def specification(**fields):
    parsed = parse_specification({"indicator": INDICATOR, **fields}, surface="v1")
    return json.loads(parsed.canonical)


def test_the_goal_is_that_of_the_specification():
    asked = {"relative_half_width": 0.05, "maximum_runs": 30, "maximum_seconds": 60}
    assert goal_of(specification(precision=asked, runs=8)) == Goal(0.05, 30, 60, 8)
    assert goal_of(specification()) == Goal(0.02)
    assert goal_of(specification(runs=6)) is None


def test_a_number_of_runs_has_no_precision():
    assert shown_precision(None, [(1.0, 1.0)] * 6) is None


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], (None, False, None)),
        ([(1.0, 1.0)] * 6, ("target", True, 0.0)),
        ([(1.0 + index, 1.0) for index in range(9)], ("runs_cap", False, 4.0 / 5.0)),
        ([(1.0 + index, 9.0) for index in range(7)], ("time_cap", False, 3.0 / 4.0)),
        ([(None, 1.0)] * 6, ("no_value", False, None)),
    ],
)
def test_what_was_reached_and_what_stopped_it_is_said(times, expected):
    shown = shown_precision(Goal(0.02, maximum_runs=9, maximum_seconds=60), times)
    found = ResultPrecision.model_validate_json(json.dumps(shown))
    width = found.half_width
    assert (found.stopped_by, found.precision_reached) == expected[:2]
    assert width == expected[2] or width == pytest.approx(expected[2])
    assert (found.why is None) == (found.stopped_by is None)
    assert found.runs == len(times)


def test_the_interval_of_a_summary_holds_where_it_stopped():
    values = [1.0 + 0.01 * index for index in range(30)]
    runs = [
        factories.run_record(index, elapsed_seconds=value, rate_gflops=1 / value)
        for index, value in enumerate(values)
    ]
    wider = median_interval(values, CONFIDENCE_AT_LOOK)
    assert wider is not None
    stopped, fixed = summary(runs, stopped=True), summary(runs)
    assert stopped["elapsed_interval"] == (wider.low, wider.high)
    assert fixed["elapsed_interval"][0] > wider.low
    assert stopped["confidence"] == fixed["confidence"] == 0.95


def test_kinds_of_runs_and_disturbed_ones_are_counted():
    kinds = ["flat", "flat", "warmup", "none"]
    runs = [
        factories.run_record(index, facts={"steady_state": kind}, disturbed=["a"] * (index % 2))
        for index, kind in enumerate(kinds)
    ]
    made = summary([*runs, factories.run_record(4, seconds=(), facts={"steady_state": "none"})])
    assert made["steady_states"] == {"flat": 2, "warmup": 1, "none": 1}
    assert made["disturbed_runs"] == 2


def test_an_inspection_and_its_result_show_it(client, store):
    document = {"indicator": INDICATOR, "python": {"lock": LOCK}}
    inspection_id = client.post(URL, json=document).json["id"]
    assert client.get(f"{URL}/{inspection_id}").json["precision"]["runs"] == 0
    store.mark_queued([inspection_id])
    store.finish_build(factories.claimed(store, inspection_id), factories.built())
    claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    for index in range(6):
        facts = {"iterations": {"count": 50 + index, "chosen_by": "pilot", "why": ""}}
        store.record_run(claim, factories.run_record(index, facts=facts))
    shown = client.get(f"{URL}/{inspection_id}").json["precision"]
    assert (shown["runs"], shown["stopped_by"], shown["iterations"]) == (6, "target", None)
    result = client.get(f"{URL}/{inspection_id}/results").json
    assert result["precision"]["precision_reached"] is True
    assert result["precision"]["iterations"]["count"] == 55
    assert {run["steady_state"] for run in result["runs"]} == {None}


def test_a_fixed_number_of_runs_shows_null(client):
    inspection_id = client.post(URL, json={"indicator": INDICATOR, "runs": 2}).json["id"]
    assert client.get(f"{URL}/{inspection_id}").json["precision"] is None
    assert client.get(f"{URL}/{inspection_id}/results").json["precision"] is None


def test_iterations_that_were_given_are_not_chosen(client, queries):
    for chosen, adapt in (
        ({}, True),
        ({"parameters": {"reps": 5}}, False),
        ({"parameters": {}, "preset": "thoth-torch"}, False),
    ):
        body = {"indicator": {**INDICATOR, **chosen}}
        stored = queries.inspection(client.post(URL, json=body).json["id"]).specification
        assert json.loads(stored)["precision"]["adapt_iterations"] is adapt


LOCK = {"format": "requirements.txt", "content": "numpy==2.4.6\n"}
