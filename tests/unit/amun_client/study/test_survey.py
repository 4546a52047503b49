from __future__ import annotations

from typing import Any

from amun_client.study.catalogue import SIZES
from amun_client.study.forecast import remaining_seconds
from amun_client.study.plan import Cell, Plan
from amun_client.study.survey import inspections_of, survey_of
from tests.support.studies import IDENTITY, inspection

STACK = {"reason": "out_of_memory", "attributed_to": "stack", "message": "killed"}
OURS = {"reason": "engine", "attributed_to": "host", "message": "no disk"}


def plan(values: tuple[int, ...] = (64, 128), rounds: int = 2) -> Plan:
    return Plan(SIZES, "numpy", values, rounds, 1, dict(SIZES.parameters))


def test_what_succeeded_is_done_and_what_runs_is_waited_for() -> None:
    survey = survey_of([inspection(64, 1), inspection(128, 1, "running", ended_at=None)])
    assert survey.done == {Cell(1, 64): "inspection-00640001"}
    assert survey.active == {Cell(1, 128): "inspection-01280001"}
    assert set(survey.missing(plan())) == {Cell(1, 128), Cell(2, 64), Cell(2, 128)}
    assert survey.seconds == {64: [4.0]}


def test_the_time_of_building_is_no_part_of_the_forecast() -> None:
    built = inspection(64, 1, run_started_at="2030-01-01T12:00:03Z")
    assert survey_of([built]).seconds == {64: [1.0]}


def test_missing_cells_keep_the_order_of_the_plan() -> None:
    wanted = plan((64, 128, 256), 3)
    survey = survey_of([inspection(128, 1)])
    cells = wanted.cells()
    cells.remove(Cell(1, 128))
    assert survey.missing(wanted) == cells


def test_what_was_cancelled_or_crashed_is_measured_again_as_another_attempt() -> None:
    ends = [
        inspection(64, 1, "cancelled"),
        inspection(128, 1, "crashed"),
        inspection(128, 2, "failed", failure=OURS),
    ]
    survey = survey_of(ends)
    assert len(survey.missing(plan())) == 4
    assert survey.attempts == {Cell(1, 64): 1, Cell(1, 128): 1, Cell(2, 128): 1}
    assert survey.given_up == {}


def test_a_value_that_fails_by_its_own_fault_is_left_out_of_all_rounds() -> None:
    survey = survey_of([inspection(128, 1, "failed", failure=STACK), inspection(64, 1)])
    assert survey.given_up == {128: "out_of_memory: killed"}
    assert survey.missing(plan()) == [Cell(2, 64)]


def test_what_is_under_way_is_waited_for_also_where_its_value_was_given_up() -> None:
    survey = survey_of([inspection(128, 1, "failed", failure=STACK), inspection(128, 2, "running")])
    assert Cell(2, 128) in survey.missing(plan())


def test_what_has_no_labels_of_a_study_is_passed_over() -> None:
    strange = [
        inspection(64, 1, labels={}),
        inspection(64, 1, labels={"study.round": "x", "study.value": "1"}),
    ]
    survey = survey_of(strange)
    assert survey.done == {}
    assert survey.attempts == {}


def test_all_pages_are_read() -> None:
    class Pages:
        def page(self, **filters: Any) -> dict[str, Any]:
            assert filters["label"] == [f"study.id={IDENTITY}"]
            first = filters["cursor"] is None
            return {
                "inspections": [inspection(64, 2 if first else 1)],
                "next_cursor": "more" if first else None,
            }

    found = list(inspections_of(Pages(), IDENTITY))
    assert [one["labels"]["study.round"] for one in found] == ["2", "1"]


def test_the_rest_is_forecast_from_what_was_measured() -> None:
    missing = [Cell(2, 64), Cell(2, 128), Cell(2, 256)]
    assert remaining_seconds(missing, {}) is None
    # medians 2 and 6 s, and their mean for the value that was not measured yet
    assert remaining_seconds(missing, {64: [2.0, 1.0, 90.0], 128: [6.0]}) == 12.0
    assert remaining_seconds([], {64: [2.0]}) == 0
