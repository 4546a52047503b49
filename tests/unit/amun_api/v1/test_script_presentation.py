"""What a result says of a script, and the unit of its rate, on every page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amun_core.result import InspectionResult
from amun_core.states import AttemptKind
from tests import factories

SCRIPT = "print(1)"


def measured(store, *facts: dict[str, Any], script: str = SCRIPT, name: str | None = None) -> str:
    specification: dict[str, Any] = {"script": script, "runs": len(facts)}
    if name:
        specification["script_name"] = name
    inspection_id = factories.queued(
        store,
        runs=len(facts),
        indicator=None,
        framework=None,
        specification=json.dumps(specification),
        labels={"own": "yes"},
    )
    store.finish_build(factories.claimed(store, inspection_id), factories.built())
    claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    for index, told in enumerate(facts):
        record = factories.run_record(index, rate_gflops=17.5, elapsed_seconds=0.5, facts=told)
        store.record_run(claim, record)
    store.finish_measure(claim)
    return inspection_id


def results(client, inspection_id: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/inspections/{inspection_id}/results")
    assert answer.status_code == 200, answer.text
    InspectionResult.model_validate(answer.json)
    return answer.json


def told(unit: object = None, **more: Any) -> dict[str, Any]:
    result = {"rate": 17.5} if unit is None else {"rate": 17.5, "unit": unit}
    return {
        "name": "PiMine",
        "component": "pandas",
        "parameters": {"n": 3},
        "result": result,
        **more,
    }


def test_what_a_script_told_is_shown_with_its_name(store, client):
    found = results(client, measured(store, told("passes/s", timing="own"), name="prog2.py"))
    assert found["indicator"] is None
    assert found["rate_unit"] == "passes/s"
    assert found["script"]["name"] == "prog2.py"
    assert found["script"]["reported_name"] == "PiMine"
    assert (found["script"]["component"], found["script"]["parameters"]) == ("pandas", {"n": 3})


def test_a_whole_process_tells_its_cpu_time_and_no_name_of_its_own(store, client):
    usage = {"ru_utime": 0.4, "ru_stime": 0.1}
    facts = {"name": "script", "timing": "whole_process", "result": {}, "usage": usage}
    found = results(client, measured(store, facts, {**facts, "usage": {"ru_utime": 0.6}}))
    assert found["rate_unit"] is None
    script = found["script"]
    assert (script["timing"], script["reported_name"]) == ("whole_process", None)
    assert (script["user_s"], script["system_s"]) == (pytest.approx(0.5), 0.1)


def test_an_address_names_its_script(store, client):
    address = "https://user:secret@example.com/a/prog.py?token=abc"
    found = results(client, measured(store, told(), script=address))
    assert found["script"]["name"] == "prog.py"


@pytest.mark.parametrize("unit", [None, 5, "", "x" * 41, "a\nb", ["s"], {"a": 1}])
def test_without_a_unit_none_is_shown_anywhere(store, client, unit):
    inspection_id = measured(store, told(unit))
    assert results(client, inspection_id)["rate_unit"] is None
    answer = client.get("/api/v1/summaries?label=own=yes").json
    assert answer["groups"][0]["rate_unit"] is None
    assert answer["groups"][0]["values"][0]["rate_unit"] is None


def test_runs_of_two_units_have_none_together(store, client):
    assert results(client, measured(store, told("a/s"), told("b/s")))["rate_unit"] is None


def test_the_unit_stands_in_summaries_and_comparisons(store, client):
    ids = [measured(store, *[told("passes/s")] * 4) for _ in range(2)]
    (group,) = client.get("/api/v1/summaries?label=own=yes").json["groups"]
    assert group["rate_unit"] == "passes/s"
    request = {"a": {"inspection": ids[0]}, "b": {"inspection": ids[1]}}
    answer = client.post("/api/v1/comparisons", json=request)
    assert answer.status_code < 300, answer.text
    shown = client.get(f"/api/v1/comparisons/{answer.json['id']}").json
    assert [shown[arm]["rate_unit"] for arm in "ab"] == ["passes/s"] * 2
    assert [shown[arm]["median_rate_gflops"] for arm in "ab"] == [17.5] * 2


def test_an_indicator_is_in_gflops(store, client):
    inspection_id = factories.queued(store, runs=1)
    store.finish_build(factories.claimed(store, inspection_id), factories.built())
    claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    store.record_run(claim, factories.run_record(0))
    store.finish_measure(claim)
    found = results(client, inspection_id)
    assert (found["rate_unit"], found["script"]) == ("GFLOPS", None)
