"""Stored inspections: judged at once, widened, never silently across unlike conditions."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from amun_api.stored_arms import UNKNOWN_HOST, widening
from amun_api.v1 import comparison_models
from amun_core.comparison import ComparisonKind
from amun_core.states import AttemptKind
from amun_statistics.unpaired import unpaired_ratio
from tests import factories
from tests.support import comparisons
from tests.support.inspections import DOCUMENT, plan_of

URL = "/api/v1/comparisons"
OTHER = "amun-host-1:bb22"


def inspection(
    store,
    seconds: tuple[float, ...],
    *,
    indicator: dict[str, Any] | None = None,
    version: str = "1",
    host: str = factories.HOST,
    description: dict[str, Any] | None = None,
    cuda: str | None = None,
    driver: str | None = None,
) -> str:
    """A succeeded inspection with one run for each of `seconds`."""
    document = {**DOCUMENT, "indicator": indicator or DOCUMENT["indicator"]}
    inspection_id = factories.queued(store, runs=len(seconds))
    claim = factories.claimed(store, inspection_id)
    plan = json.loads(plan_of(document).model_dump_json())
    plan["run"]["indicator_version"] = version
    store.save_plan(claim, json.dumps(plan), engine="process", engine_why="asked")
    told = description or {"hostname": "bench-1", "cpu_brand": "Imagined"}
    store.finish_build(claim, factories.built(host_id=host, host=told))
    claim = store.claim(
        inspection_id, AttemptKind.MEASURE, worker="w", lease_seconds=60, host_id=host
    )
    for index, elapsed in enumerate(seconds):
        runtime = {"runtime_environment": {"cuda_version": cuda}}
        gpu = {"name": "G", "driver_version": driver}
        facts = {} if driver is None else {"accelerators": {"before": [gpu], "after": [gpu]}}
        record = factories.run_record(index, elapsed_seconds=elapsed, document=runtime, facts=facts)
        store.record_run(claim, record)
    store.finish_measure(claim)
    return inspection_id


def runs(centre: float, count: int = 6) -> tuple[float, ...]:
    return tuple(centre * (1 + (index - count / 2) / 1000) for index in range(count))


def compare(client, a: str, b: str) -> dict[str, Any]:
    answer = client.post(URL, json={"a": {"inspection": a}, "b": {"inspection": b}})
    assert answer.status_code == 202, answer.text
    assert answer.json["state"] == "succeeded"
    document = client.get(answer.headers["Location"]).json
    comparison_models.Comparison.model_validate(document)
    return document


def test_two_inspections_are_judged_at_once_and_widened(client, store):
    a, b = inspection(store, runs(1.0)), inspection(store, runs(1.2))
    document = compare(client, a, b[-8:])
    assert (document["design"], document["interleaved"]) == ("stored", False)
    assert (document["a"]["inspection_id"], document["b"]["inspection_id"]) == (a, b)
    assert document["ended_because"] == "stored"
    assert document["verdict"] == "slower"
    assert document["widened_by"] == UNKNOWN_HOST
    found = unpaired_ratio(runs(1.0), runs(1.2))
    assert document["ratio"] == pytest.approx(found.ratio)
    assert document["low"] == pytest.approx(found.low / 1.1)
    assert document["high"] == pytest.approx(found.high * 1.1)
    assert "not interleaved" in document["notes"][0]
    assert "by the factor 1.1" in document["notes"][1]


def test_what_the_widening_swallows_is_inconclusive(client, store):
    document = compare(client, inspection(store, runs(1.0)), inspection(store, runs(1.08)))
    assert (document["verdict"], document["direction"]) == ("inconclusive", None)
    assert document["low"] < 1 < document["high"]


def test_a_calibrated_host_widens_by_what_it_can_detect(client, store):
    comparisons.succeeded(store, kind=ComparisonKind.CALIBRATION)
    document = compare(client, inspection(store, runs(1.0)), inspection(store, runs(1.08)))
    assert document["widened_by"] == 1.034
    assert document["verdict"] == "slower"
    assert "newest calibration" in document["notes"][1]


def test_too_few_runs_have_a_ratio_and_no_interval(client, store):
    document = compare(client, inspection(store, runs(1.0, 3)), inspection(store, runs(2.0, 3)))
    assert (document["verdict"], document["low"], document["widened_by"]) == (
        "inconclusive",
        None,
        None,
    )
    assert document["ratio"] == pytest.approx(2.0, rel=0.01)
    assert "too few" in document["notes"][1]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"version": "2"}, "indicator version"),
        (
            {
                "indicator": {
                    "name": "matmul",
                    "framework": "numpy",
                    "parameters": {"matrix_size": 64, "dtype": "float64"},
                }
            },
            "parameters",
        ),
        ({"host": OTHER, "description": {"hostname": "x", "cpu_brand": "Other"}}, "hardware"),
        (
            {
                "host": OTHER,
                "description": {
                    "hostname": "x",
                    "cpu_brand": "Imagined",
                    "accelerators": [{"kind": "gpu", "name": "G", "driver_version": "570"}],
                },
            },
            "driver",
        ),
        ({"cuda": "12.8"}, "CUDA"),
    ],
)
def test_unlike_conditions_are_not_comparable(client, store, changes, what):
    document = compare(
        client, inspection(store, runs(1.0)), inspection(store, runs(1.5), **changes)
    )
    assert document["verdict"] == "not_comparable"
    assert what in {one["what"] for one in document["not_comparable_because"]}
    # of what cannot be compared there is no ratio, nowhere
    assert (document["ratio"], document["low"], document["high"]) == (None, None, None)
    assert document["direction"] is None
    assert any("same conditions" in note for note in document["notes"])


def test_another_driver_on_the_same_host_is_told_by_the_runs(client, store):
    a, b = (inspection(store, runs(1.0), driver=driver) for driver in ("570.86", "580.65"))
    assert compare(client, a, b)["not_comparable_because"] == [
        {"what": "driver", "a": '["570.86"]', "b": '["580.65"]'}
    ]


def test_what_differs_is_told_and_nothing_else(client, store):
    other = {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 128}}
    a, b = inspection(store, runs(1.0)), inspection(store, runs(1.5), indicator=other)
    assert compare(client, a, b)["not_comparable_because"] == [
        {"what": "parameters", "a": '{"matrix_size":64}', "b": '{"matrix_size":128}'}
    ]


def test_iterations_and_frameworks_may_differ(client, store):
    other = {
        "name": "matmul",
        "framework": "torch",
        "parameters": {"matrix_size": 64, "reps": 9, "device": "cpu"},
    }
    a, b = inspection(store, runs(1.0)), inspection(store, runs(1.5), indicator=other)
    # the store says numpy for both, the plans differ: parameters that one alone has would differ
    document = compare(client, a, b)
    differing = [one["a"] for one in document["not_comparable_because"]]
    assert all("reps" not in (text or "") for text in differing)


def test_two_alike_hosts_are_widened_as_if_nothing_were_known(client, store):
    comparisons.succeeded(store, kind=ComparisonKind.CALIBRATION)
    alike = {"hostname": "bench-2", "cpu_brand": "Imagined"}
    document = compare(
        client,
        inspection(store, runs(1.0)),
        inspection(store, runs(1.5), host=OTHER, description=alike),
    )
    assert document["verdict"] == "slower"
    assert document["widened_by"] == UNKNOWN_HOST
    assert document["host"] is None
    assert "two hosts" in document["notes"][1]


def test_what_cannot_be_judged_is_refused_with_its_place(client, store, ids):
    measured = inspection(store, runs(1.0))

    def faults(a: str, b: str) -> dict[str, str]:
        answer = client.post(URL, json={"a": {"inspection": a}, "b": {"inspection": b}})
        assert answer.status_code == 422, answer.text
        return {error["pointer"]: error["message"] for error in answer.json["errors"]}

    found = faults(ids["running"], "inspection-00000000")
    assert "is running" in found["/a/inspection"]
    assert "no inspection" in found["/b/inspection"]
    assert "has no run" in faults(ids["failed"], measured)["/a/inspection"]
    assert list(faults(measured, measured)) == ["/b/inspection"]


def test_the_widening_of_an_unknown_host() -> None:
    factor, why = widening(None, None, ())
    assert factor == UNKNOWN_HOST
    assert "no calibration" in why
    assert math.log(factor) > 0
