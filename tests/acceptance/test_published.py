"""Documents that users of the prior system published, and a client that speaks its interface."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.service import Service

pytestmark = [pytest.mark.container, pytest.mark.network]

SCRIPT = """
import json, time
begin = time.perf_counter()
total = sum(i * i for i in range(200000))
elapsed = (time.perf_counter() - begin) * 1000
print(json.dumps({"name": "PiSum", "component": "python", "@parameters": {"n": 200000},
                  "@result": {"rate": 0.4 / elapsed, "elapsed": elapsed}}))
"""
USAGE = {
    "ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss", "ru_minflt",
    "ru_majflt", "ru_nswap", "ru_inblock", "ru_oublock", "ru_msgsnd", "ru_msgrcv", "ru_nsignals",
    "ru_nvcsw", "ru_nivcsw",
}  # fmt: skip


def inspect_get(service: Service, path: str) -> Any:
    answer = requests.get(f"{service.url}/api/v1/inspect/{path}", timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Amun-Version"]
    return answer.json()


def test_all_published_specifications_are_accepted_unchanged_and_end_understandably(
    service: Service, published: Path
) -> None:
    files = sorted((published / "specifications").glob("*.json"))
    assert len(files) == 6
    begin, waiting = time.monotonic(), []
    for file in files:
        document = json.loads(file.read_text())
        own = service.post(document)
        old = service.post(document, "/inspect")
        assert old["parameters"]["batch_size"] == 20
        assert old["inspection_id"].startswith(f"inspection-{document['identifier']}-")
        waiting += [(document["base"], own["id"]), (document["base"], old["inspection_id"])]
    for base, inspection_id in waiting:
        shown = service.wait(inspection_id, 60)
        assert shown["state"] == "failed"
        assert shown["failure"]["reason"] == "base_image_not_found"
        assert shown["failure"]["attributed_to"] == "request"
        assert base in shown["failure"]["message"]
        assert "Traceback" not in shown["failure"]["message"]
    assert time.monotonic() - begin < 60


def test_an_existing_client_gets_three_results(service: Service) -> None:
    accepted = service.post(
        {
            "base": "debian-python:bookworm",
            "identifier": "old-client",
            "batch_size": 3,
            "script": SCRIPT,
            "environment": [{"name": "TOKEN", "value": "do-not-show"}],
        },
        "/inspect",
    )
    inspection_id = accepted["inspection_id"]
    assert "do-not-show" not in json.dumps(accepted)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        status = inspect_get(service, f"{inspection_id}/status")["status"]
        build, job = status["build"], status["job"]
        # The workflow ends a moment after its last run, as it did in the prior system.
        if status["workflow"] and status["workflow"]["phase"] not in {"Pending", "Running"}:
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"never finished: {status}, {service.get(f'/inspections/{inspection_id}')}")
    assert build["state"] == "terminated"
    assert job["completions"] == job["succeeded"] == 3
    assert status["workflow"]["phase"] == "Succeeded"
    assert status["workflow"]["progress"] == "3/3"
    assert inspect_get(service, f"{inspection_id}/job/batch-size")["batch_size"] == 3
    assert "do-not-show" not in json.dumps(inspect_get(service, f"{inspection_id}/specification"))
    assert inspect_get(service, f"{inspection_id}/build/log")["log"]
    for item in range(3):
        result = inspect_get(service, f"{inspection_id}/job/{item}/result")["result"]
        assert result["exit_code"] == 0
        assert result["stdout"]["name"] == "PiSum"
        assert set(result["usage"]) >= USAGE
        assert set(result["hwinfo"]) >= {"cpu_features", "cpu_info", "cpu_type", "platform"}
        assert result["runtime_environment"]["python_version"] == "3.11"
        assert result["runtime_environment"]["operating_system"]["name"]
        assert len(result["script_sha256"]) == 64
    missing = requests.get(f"{service.url}/api/v1/inspect/{inspection_id}/job/3/result", timeout=30)
    assert missing.status_code == 404
    assert set(missing.json()) == {"error", "parameters"}
