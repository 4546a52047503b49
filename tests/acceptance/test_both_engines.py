"""The same specification through both engines: one stack digest, samples from both."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
import time
from typing import Any

import pytest
import yaml

from tests.support.service import Service

pytestmark = [pytest.mark.container, pytest.mark.network]


def specification(lock: str, engine: str, **changes: Any) -> dict[str, Any]:
    return {
        "runs": 6,
        "engine": engine,
        "python": {"lock": {"format": "requirements.txt", "content": lock}},
        "indicator": {
            "name": "matmul",
            "framework": "numpy",
            "parameters": {"matrix_size": 128, "reps": 20},
        },
        **changes,
    }


def test_same_specification_gives_same_stack_and_samples_from_both(
    service: Service, numpy_lock: str
) -> None:
    digests, environments = set(), set()
    for engine in ("process", "container"):
        accepted = service.post(specification(numpy_lock, engine))
        shown = service.wait(accepted["id"])
        assert shown["state"] == "succeeded", shown["failure"]
        assert shown["engine"]["chosen"] == engine
        runs = service.get(f"/inspections/{accepted['id']}/runs", params={"samples": "true"})[
            "runs"
        ]
        assert [run["index"] for run in runs] == [0, 1, 2, 3, 4, 5]
        assert all(len(run["seconds"]) == 20 for run in runs)
        results = service.get(f"/inspections/{accepted['id']}/results")
        assert results["summary"]["runs"] == 6
        low, high = results["summary"]["rate_interval"]
        assert low <= results["summary"]["median_rate_gflops"] <= high
        digests.add(shown["stack_digest"])
        environments.add(results["environment"]["key"])
    assert len(digests) == 1
    assert len(environments) == 1  # this host's Python: both engines use one entry of the store


def test_docker_inspect_of_a_run_shows_no_network_limits_and_read_only_root(
    service: Service, numpy_lock: str
) -> None:
    document = specification(numpy_lock, "container", runs=1)
    document["indicator"]["parameters"] = {"matrix_size": 2048, "reps": 400}
    document["run"] = {"requests": {"cpu": "1", "memory": "1Gi"}}
    accepted = service.post(document)
    seen: dict[str, Any] = {}
    deadline = time.monotonic() + 60
    while not seen and time.monotonic() < deadline:
        names = docker(
            service, "ps", "-q", "--filter", f"label=org.amun.inspection={accepted['id']}"
        ).split()
        if names:
            found = json.loads(docker(service, "inspect", names[0]))[0]
            if found["State"]["Running"]:
                seen = found
    service.post({}, f"/inspections/{accepted['id']}/cancel")
    shown = service.wait(accepted["id"])
    assert shown["state"] == "cancelled"
    host = seen["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["Memory"] == 1024**3
    assert host["NanoCpus"] == 10**9 or host["CpuQuota"] > 0
    assert host["PidsLimit"] == 512
    assert host["CpusetCpus"] != ""
    assert host["CapDrop"] == ["ALL"]
    assert (
        docker(service, "ps", "-aq", "--filter", f"label=org.amun.inspection={accepted['id']}")
        == ""
    )


def docker(service: Service, *words: str) -> str:
    done = subprocess.run(
        ["docker", *words], env=service.environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_specification_file_is_submitted_watched_and_shown(
    service: Service, numpy_lock: str, tmp_path: Any
) -> None:
    file = tmp_path / "inspection.yaml"
    file.write_text(yaml.safe_dump(specification(numpy_lock, "process")))
    done = service.amun("inspection", "submit", str(file), "--wait", "--label", "who=me", "--json")
    assert done.returncode == 0, done.stderr
    listed = json.loads(service.amun("inspection", "list", "--json").stdout)
    mine = [entry for entry in listed["inspections"] if entry["labels"] == {"who": "me"}]
    assert len(mine) == 1
    table = service.amun("inspection", "results", mine[0]["id"]).stdout
    assert "GFLOPS" in table
    assert "95 %" in table
    assert service.amun("inspection", "log", mine[0]["id"]).stdout.strip()


def test_status_says_which_engines_work(service: Service) -> None:
    engines = service.status()["engines"]
    assert engines["process"]["usable"] is True
    assert engines["container"]["usable"] is True
    shown = service.amun("status").stdout
    assert "container" in shown
    assert "process" in shown


def test_measuring_is_one_run_at_a_time(service: Service, numpy_lock: str) -> None:
    document = specification(numpy_lock, "process", runs=3)
    ids = []
    threads = [
        threading.Thread(target=lambda: ids.append(service.post(document)["id"])) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans = []
    for inspection_id in ids:
        assert service.wait(inspection_id)["state"] == "succeeded"
        runs = service.get(f"/inspections/{inspection_id}/runs")["runs"]
        spans += [(run["started_at"], run["ended_at"]) for run in runs]
    spans.sort()
    assert len(spans) == 9
    assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(spans))
