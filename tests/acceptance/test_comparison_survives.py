"""A comparison of NumPy with itself: it ends with a verdict, also when its measurer is killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.support.service import Service

pytestmark = pytest.mark.network
NewService = Callable[..., Service]
BLOCKS = 10
ENDS = {"succeeded", "failed", "crashed", "cancelled"}


def arm(lock: str) -> dict[str, Any]:
    """Runs of some tenths of a second."""
    return {
        "name": "numpy",
        "specification": {
            "engine": "process",
            "python": {"lock": {"format": "requirements.txt", "content": lock}},
            "indicator": {
                "name": "matmul",
                "framework": "numpy",
                "parameters": {"matrix_size": 256, "reps": 60},
            },
        },
    }


def ask(service: Service, lock: str, **changes: Any) -> str:
    """The id of a comparison of one stack with itself."""
    request = {
        "a": arm(lock),
        "b": arm(lock),
        "maximum_blocks": BLOCKS,
        "condition": "any",
        **changes,
    }
    return str(service.post(request, "/comparisons")["id"])


def wait(
    service: Service, comparison_id: str, until: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline:
        shown: dict[str, Any] = service.get(f"/comparisons/{comparison_id}")
        if until(shown) or shown["state"] in ENDS:
            return shown
        time.sleep(0.05)
    pytest.fail(f"{comparison_id} is still {shown['state']}: {shown}")


def assert_its_blocks(service: Service, shown: dict[str, Any], number: int) -> None:
    """Each block once, each of runs of its own that both arms have."""
    blocks = service.get(f"/comparisons/{shown['id']}/blocks")["blocks"]
    assert [block["index"] for block in blocks] == list(range(number))
    for name in ("a", "b"):
        used = [run for block in blocks for run in block[f"{name}_runs"]]
        assert len(used) == len(set(used)) == 2 * number
        runs = service.get(f"/inspections/{shown[name]['inspection_id']}/runs")["runs"]
        seconds = {run["index"]: run["elapsed_s"] for run in runs if run["accepted"]}
        told = [value for block in blocks for value in block[f"{name}_s"]]
        assert told == [seconds[run] for run in used]


def test_a_comparison_ends_with_a_verdict_document(
    new_service: NewService, numpy_lock: str
) -> None:
    service = new_service()
    service.up()
    shown = wait(service, ask(service, numpy_lock, labels={"gate": "a/a"}), lambda _: False)
    assert shown["state"] == "succeeded", shown
    assert shown["verdict"] in {"slower", "faster", "equivalent", "inconclusive"}
    assert shown["ended_because"] in {"decided", "cap"}
    assert shown["low"] < shown["ratio"] < shown["high"]
    assert [look["blocks"] for look in shown["looks"]] == [BLOCKS]
    assert shown["differing_packages"] == []
    assert shown["shared_packages"] >= 1
    assert shown["host"]["calibration"] is None
    assert_its_blocks(service, shown, BLOCKS)
    # what is stored is judged too, and widened
    arms = {name: {"inspection": shown[name]["inspection_id"]} for name in ("a", "b")}
    stored = service.get(f"/comparisons/{service.post(arms, '/comparisons')['id']}")
    assert (stored["design"], stored["widened_by"]) == ("stored", 1.1)
    assert stored["low"] < stored["ratio"] < stored["high"]


def test_a_killed_measurer_loses_no_block_and_counts_none_twice(
    new_service: NewService, numpy_lock: str
) -> None:
    service = new_service(AMUN_LEASE_SECONDS="3", AMUN_REAP_INTERVAL_SECONDS="0.5")
    service.up()
    comparison_id = ask(service, numpy_lock, seed=3)
    before = wait(service, comparison_id, lambda shown: shown["blocks"] >= 3)
    assert 3 <= before["blocks"] < BLOCKS, before
    kept = service.get(f"/comparisons/{comparison_id}/blocks")["blocks"]
    measurer = service.process("measurer")
    measurer.kill()
    measurer.wait(10)
    shown = wait(service, comparison_id, lambda _: False)
    assert shown["state"] == "succeeded", shown
    assert shown["blocks"] == BLOCKS
    assert_its_blocks(service, shown, BLOCKS)
    after = service.get(f"/comparisons/{comparison_id}/blocks")["blocks"]
    assert after[: len(kept)] == kept
    for name in ("a", "b"):
        inspection = service.get(f"/inspections/{shown[name]['inspection_id']}")
        outcomes = [one["outcome"] for one in inspection["attempts"] if one["kind"] == "measure"]
        assert outcomes == ["lost", "completed"]
    service.down()
    assert service.leftovers() == []


def test_a_calibration_is_stored_with_the_host_and_shown_beside_a_verdict(
    new_service: NewService, numpy_lock: str
) -> None:
    service = new_service()
    service.up()
    calibration = wait(service, ask(service, numpy_lock, kind="calibration"), lambda _: False)
    assert (calibration["state"], calibration["ended_because"]) == ("succeeded", "fixed")
    result = calibration["calibration_result"]
    assert result["blocks"] == BLOCKS
    assert result["least_detectable_effect"] > 1.02
    plans = [
        service.get(f"/inspections/{calibration[name]['inspection_id']}/plan")["build"]
        for name in ("a", "b")
    ]
    assert plans[0]["environment_key"] != plans[1]["environment_key"]
    assert plans[0]["stack_digest"] == plans[1]["stack_digest"]
    (host,) = service.get("/hosts")["hosts"]
    assert host["calibrations"] == [result]
    arms = {name: {"inspection": calibration[name]["inspection_id"]} for name in ("a", "b")}
    answer = requests.post(f"{service.url}/api/v1/comparisons", json=arms, timeout=30)
    stored = service.get(f"/comparisons/{answer.json()['id']}")
    assert stored["host"]["calibration"] == result
    assert stored["widened_by"] == result["least_detectable_effect"]
