from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from amun_client.errors import ClientError, ServerUnreachableError
from amun_client.study.catalogue import SIZES
from amun_client.study.plan import Cell, Plan
from amun_client.study.run import leave, measure
from amun_client.study.survey import survey_of
from amun_client.waiting import PATIENCE_SECONDS

PLAN = Plan(SIZES, "numpy", (64, 128), 2, 1, dict(SIZES.parameters))
FAILURE = {"reason": "out_of_memory", "attributed_to": "stack", "message": "killed"}


class Service:
    """Keeps inspections by their key; each ends at the second look, as `ends` says."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.ends: dict[int, tuple[str, Any]] = {}
        self.silent = 0
        self.now = 0.0
        self.order: list[Cell] = []

    def submit(self, specification: Mapping[str, Any], *, key: str) -> dict[str, Any]:
        if self.silent:
            self.silent -= 1
            raise ServerUnreachableError("away")
        labels = specification["labels"]
        if key not in self.kept:
            self.order.append(Cell(int(labels["study.round"]), int(labels["study.value"])))
            self.kept[key] = {
                "id": f"inspection-{len(self.kept):08d}",
                "state": "running",
                "labels": dict(labels),
                "failure": None,
                "created_at": "2030-01-01T12:00:00Z",
                "ended_at": None,
            }
        return self.kept[key]

    def inspection(self, identity: str) -> dict[str, Any]:
        (found,) = [one for one in self.kept.values() if one["id"] == identity]
        shown = dict(found)
        state, failure = self.ends.get(int(found["labels"]["study.value"]), ("succeeded", None))
        found.update(state=state, failure=failure, ended_at="2030-01-01T12:00:02Z")
        return shown

    def page(self, **_filters: Any) -> dict[str, Any]:
        newest_first = list(reversed([dict(one) for one in self.kept.values()]))
        return {"inspections": newest_first, "next_cursor": None}

    def cancel(self, identity: str) -> None:
        (found,) = [one for one in self.kept.values() if one["id"] == identity]
        found["state"] = "cancelled"

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


class Told:
    def __init__(self, stop_after: int | None = None) -> None:
        self.ends: list[tuple[Cell, str]] = []
        self.silences = 0
        self.stop_after = stop_after

    def begun(self, cell: Cell, survey: Any) -> None:
        if len(self.ends) == self.stop_after:
            raise KeyboardInterrupt

    def ended(self, cell: Cell, inspection: dict[str, Any], survey: Any) -> None:
        self.ends.append((cell, inspection["state"]))

    def seen(self, inspection: dict[str, Any]) -> None:
        pass

    def unreachable(self, error: Exception) -> None:
        self.silences += 1


def run(service: Service, told: Told | None = None) -> Told:
    told = told or Told()
    survey = survey_of(service.page()["inspections"])
    measure(service, PLAN, survey, told, sleep=service.sleep, clock=service.clock)
    return told


def test_every_cell_is_measured_once_in_the_order_of_the_plan() -> None:
    service = Service()
    told = run(service)
    assert service.order == PLAN.cells()
    assert [cell for cell, _ in told.ends] == PLAN.cells()
    assert {one["state"] for one in service.kept.values()} == {"succeeded"}


def test_a_second_call_measures_only_what_is_missing() -> None:
    service = Service()
    with pytest.raises(KeyboardInterrupt):
        run(service, Told(stop_after=1))
    assert len(service.order) == 1
    assert len(run(service).ends) == 3
    assert service.order == PLAN.cells()
    assert run(service).ends == []


def test_what_a_dead_client_left_under_way_is_waited_for_and_not_asked_for_again() -> None:
    service = Service()
    first = PLAN.cells()[0]
    service.submit(PLAN.specification(first), key="lost/with/its/client")
    told = run(service)
    assert told.ends[0] == (first, "succeeded")
    assert len(service.kept) == 4


def test_a_cancelled_cell_is_asked_for_again_under_another_key() -> None:
    service = Service()
    with pytest.raises(KeyboardInterrupt):
        run(service, Told(stop_after=0))
    first = PLAN.cells()[0]
    service.submit(PLAN.specification(first), key=PLAN.key(first, 1))
    assert leave(service, PLAN) == 0
    assert [one["state"] for one in service.kept.values()] == ["cancelled"]
    run(service)
    assert PLAN.key(first, 2) in service.kept
    assert len(service.kept) == 5


def test_a_value_that_cannot_be_measured_is_tried_once() -> None:
    service = Service()
    service.ends[128] = ("failed", FAILURE)
    told = run(service)
    assert sorted(cell.value for cell, _ in told.ends) == [64, 64, 128]
    assert run(service).ends == []


def test_three_bad_ends_in_a_row_stop_the_study() -> None:
    service = Service()
    service.ends = {64: ("crashed", None), 128: ("crashed", None)}
    with pytest.raises(ClientError, match="3 inspections in a row") as caught:
        run(service)
    assert "the same command goes on" in str(caught.value.hint)
    assert len(service.kept) == 3


def test_a_restart_of_the_service_is_waited_for() -> None:
    service = Service()
    service.silent = 5
    told = run(service)
    assert told.silences == 5
    assert service.order == PLAN.cells()


def test_a_service_that_stays_away_ends_the_study() -> None:
    service = Service()
    service.silent = 10_000
    with pytest.raises(ServerUnreachableError):
        run(service)
    assert service.now >= PATIENCE_SECONDS
    assert service.kept == {}
