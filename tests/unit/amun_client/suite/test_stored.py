"""What the inspections of a phase mean for it."""

from __future__ import annotations

from typing import Any

import pytest

from amun_client.suite.choices import SuiteChoices
from amun_client.suite.fit import Fit, Rule
from amun_client.suite.stored import Step, by_phase, inspections, standing

RULE = Rule(1, 100)
FIT = Fit(6, 100, 1.0)


def inspection(state: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": changes.pop("id", "i"),
        "state": state,
        "host": {"id": changes.pop("host", "h")},
        "runs": {"accepted": changes.pop("runs", 6)},
        "cancel_requested": changes.pop("cancel", False),
        "labels": {
            "amun.suite.case": "3",
            "amun.suite.phase": "product",
            "amun.suite.repeats": str(changes.pop("repeats", 100)),
            "amun.suite.budget": str(changes.pop("budget", 60)),
        },
    }


def step(*found: dict[str, Any], fit: Fit | None = FIT, **chosen: Any) -> Step:
    choices = SuiteChoices(framework="numpy", **chosen)
    return standing(found, RULE, fit, choices, "h").step


WHOLE = inspection("succeeded")


@pytest.mark.parametrize(
    ("found", "chosen", "expected"),
    [
        ([], {}, Step.MEASURE),
        ([WHOLE], {}, Step.TAKE),
        ([WHOLE], {"fresh": True}, Step.MEASURE),
        ([WHOLE], {"runs": 8}, Step.MEASURE),
        ([WHOLE], {"runs": 2}, Step.TAKE),
        ([inspection("succeeded", host="other")], {}, Step.MEASURE),
        ([inspection("queued")], {}, Step.ADOPT),
        ([inspection("running", cancel=True)], {}, Step.MEASURE),
        ([inspection("cancelled")], {}, Step.MEASURE),
        ([inspection("failed")], {}, Step.MEASURE),
        ([inspection("failed"), inspection("crashed")], {}, Step.LEAVE),
        ([inspection("failed")], {"keep_failures": True}, Step.LEAVE),
        ([inspection("failed"), inspection("failed"), WHOLE], {}, Step.TAKE),
        ([inspection("succeeded", repeats=20)], {}, Step.TAKE),
        ([inspection("succeeded", repeats=20)], {"budget_seconds": 90.0}, Step.MEASURE),
        ([inspection("succeeded", runs=2)], {"budget_seconds": 90.0}, Step.MEASURE),
        ([inspection("succeeded", budget=1)], {"budget_seconds": 90.0}, Step.TAKE),
    ],
)
def test_step(found: list[dict[str, Any]], chosen: dict[str, Any], expected: Step) -> None:
    assert step(*found, **chosen) is expected


def test_without_a_fit_everything_that_is_there_is_taken() -> None:
    little = inspection("succeeded", repeats=3, runs=1, budget=1)
    assert step(little, fit=None, budget_seconds=900.0) is Step.TAKE
    assert step(inspection("failed"), fit=None) is Step.LEAVE


def test_those_of_another_host_are_counted_all_the_same() -> None:
    found = standing([inspection("succeeded", host="other")], RULE, FIT, SuiteChoices("numpy"), "h")
    assert found.earlier == 1


def test_all_pages_are_read() -> None:
    class Pages:
        def page(self, **wanted: Any) -> dict[str, Any]:
            assert wanted["label"] == ("a=b",)
            number = int(wanted["cursor"] or 0)
            more = str(number + 1) if number < 2 else None
            return {"inspections": [inspection("queued", id=str(number))], "next_cursor": more}

    assert [one["id"] for one in inspections(Pages(), ["a=b"])] == ["0", "1", "2"]


def test_inspections_by_phase() -> None:
    calibration = {**inspection("succeeded"), "labels": {}}
    assert by_phase([WHOLE, calibration]) == {(3, "product"): [WHOLE]}
