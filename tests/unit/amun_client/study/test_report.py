from __future__ import annotations

from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.study.catalogue import REPETITIONS, SIZES
from amun_client.study.report import finding, read_report
from tests.support.studies import IDENTITY, group, inspection, rates, report

STEADY = [100.0 + (index % 20) / 100 for index in range(60)]
WILD = [100.0 + 5 * (index % 7) for index in range(60)]


def test_the_least_spread_is_named_with_those_it_is_not_told_apart_from() -> None:
    groups = [group(10, WILD), group(100, STEADY), group(1000, [2 * rate for rate in STEADY])]
    said = finding(REPETITIONS, groups)
    assert "least spread is seen at 100 repetitions: IQR / median 0.0949 %" in said
    assert said.endswith("n=60; not told apart from: 1000")


def test_a_spread_clear_of_all_others_is_called_so() -> None:
    wider = [100.0 + 4 * index for index in range(60)]
    steady = [100.0 + index / 1000 for index in range(60)]
    assert finding(REPETITIONS, [group(10, wider), group(100, steady)]).endswith(
        "clear of all others"
    )


def test_without_an_interval_the_least_spread_says_why() -> None:
    said = finding(REPETITIONS, [group(10, WILD[:5]), group(100, STEADY[:5])])
    assert "n=5; that it is the least cannot be told: 5 values: an interval" in said
    assert "not told apart" not in said


def test_the_highest_rate_is_judged_by_the_intervals_of_the_medians() -> None:
    groups = [group(64, rates(10, 0.01, 12)), group(128, rates(50, 0.01, 12))]
    assert "highest rate is seen at 128" in finding(SIZES, groups)
    assert finding(SIZES, groups).endswith("clear of all others")
    near = [group(64, STEADY), group(128, [rate + 0.01 for rate in STEADY])]
    assert finding(SIZES, near).endswith("not told apart from: 64")
    assert "cannot be told: 2 values" in finding(SIZES, [group(64, [1.0, 2.0])])


def test_nothing_measured_has_no_finding() -> None:
    assert finding(SIZES, []) == "nothing measured yet"
    assert "needs two inspections" in finding(REPETITIONS, [group(10, [1.0])])


def test_a_report_says_what_was_asked_and_what_is_missing() -> None:
    made = report("sizes", [group(64, STEADY[:3]), group(128, STEADY[:2])])
    assert (made["measured"], made["planned"], made["rounds"]) == (5, 6, 3)
    assert made["parameters"] == {"dtype": "float32", "device": "cpu"}
    assert made["host"] == "bench-1, Example CPU, 2 CPUs"
    assert made["stack"].startswith("numpy 2.4.6")
    assert "incomplete: 5 of 6 are measured" in made["notes"]
    absent = [note for note in made["notes"] if note.startswith("no interval: 3 values")]
    assert len(absent) == 2, "one for the median and one for the spread"


def test_different_hosts_stacks_and_disturbances_are_told() -> None:
    disturbed = group(128, [1.0, 2.0], hosts=["other"], stacks=["t"])
    disturbed["values"][0]["disturbed_runs"] = 1
    notes = report("sizes", [group(64, [1.0, 2.0]), disturbed])["notes"]
    assert "2 different hosts: the rows cannot be compared" in notes
    assert "2 different stacks: the rows cannot be compared" in notes
    assert "1 of 4 runs were disturbed by something else on the host" in notes


class Service:
    def __init__(self, *inspections: dict[str, Any]) -> None:
        self.inspections = list(inspections)
        self.asked: dict[str, Any] = {}

    def page(self, **_filters: Any) -> dict[str, Any]:
        return {"inspections": self.inspections, "next_cursor": None}

    def summaries(self, **filters: Any) -> dict[str, Any]:
        self.asked = filters
        return {"groups": [group(64, [1.0]), {**group(128, []), "values": []}]}

    def results(self, _identity: str) -> dict[str, Any]:
        return {"host": None, "stack": None, "indicator": None}

    def specification(self, _identity: str) -> dict[str, Any]:
        return {"indicator": {"parameters": {"matrix_size": 64, "reps": 10, "dtype": "float32"}}}


def test_a_report_is_read_by_the_id_alone() -> None:
    failure = {"reason": "out_of_memory", "attributed_to": "stack", "message": "killed"}
    service = Service(inspection(128, 1, "failed", failure=failure), inspection(64, 1))
    made = read_report(service, IDENTITY)
    assert service.asked == {"label": [f"study.id={IDENTITY}"], "by": "study.value"}
    assert [one["value"] for one in made["groups"]] == ["64"]
    assert made["left_out"] == {"128": "out_of_memory: killed"}
    assert "128 was left out: out_of_memory: killed" in made["notes"]


def test_an_unknown_study_is_told_with_where_to_look() -> None:
    with pytest.raises(UsageFaultError, match="no study 'sizes-0'") as caught:
        read_report(Service(), "sizes-0")
    assert "amun study list" in str(caught.value.hint)
