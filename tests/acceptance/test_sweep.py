"""A sweep of NumPy stacks through a real service, killed half-way: no run twice, none missing."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import Service, kill_tree

pytestmark = pytest.mark.network
NewService = Callable[..., Service]
#: Drawn; the reference may be one of them.
DRAWN, ROUNDS = 4, 3
ENDS = {"succeeded", "failed", "cancelled"}
#: Versions that the sweep is about; each is one stack.
WHAT = "numpy>=2.0,<2.3"


def submit(service: Service, *words: str, select: str = f"sample:{DRAWN}") -> dict[str, Any]:
    """What the service answered to `amun sweep submit`."""
    done = service.amun(
        "sweep", "submit", WHAT, "--select", select, "--seed", "5", "--indicator", "matmul",
        "-p", "matrix_size=128", "-p", "reps=60", "--engine", "process",
        "--runs", str(ROUNDS), "--json", *words,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    accepted: dict[str, Any] = json.loads(done.stdout)
    return accepted


def wait(service: Service, sweep_id: str, until: Callable[[dict[str, Any]], bool]) -> Any:
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline:
        shown = service.get(f"/sweeps/{sweep_id}")
        if until(shown) or shown["state"] in ENDS:
            return shown
        time.sleep(0.05)
    pytest.fail(f"{sweep_id} is still {shown['state']}: {shown}")


def check_whole(service: Service, sweep_id: str, stacks: int) -> dict[str, Any]:
    """Each stack once in each round, in an order of its own."""
    results: dict[str, Any] = service.get(f"/sweeps/{sweep_id}/results")
    places = Counter((run["member"], run["round"]) for run in results["runs"])
    assert places == Counter((m, r) for m in range(stacks) for r in range(ROUNDS))
    in_time = sorted(results["runs"], key=lambda run: run["started_at"])
    told = [(run["round"], run["position"]) for run in in_time]
    assert told == [(r, p) for r in range(ROUNDS) for p in range(stacks)]
    orders = [
        tuple(run["member"] for run in in_time if run["round"] == number)
        for number in range(ROUNDS)
    ]
    assert len(set(orders)) > 1
    for member in results["members"]:
        runs = service.get(f"/inspections/{member['inspection_id']}/runs")["runs"]
        assert len(runs) == ROUNDS  # also none that was not accepted
        facts = {run["facts"]["runtime"]["component_version"] for run in runs}
        assert facts == {member["pins"]["numpy"]}
    return results


def test_a_sweep_that_is_killed_half_way_finishes_and_is_not_measured_again(
    new_service: NewService, tmp_path: Path
) -> None:
    service = new_service(AMUN_LEASE_SECONDS="3", AMUN_REAP_INTERVAL_SECONDS="0.5")
    service.up()
    sweep_id = submit(service)["id"]
    stacks = service.get(f"/sweeps/{sweep_id}")["members"]
    assert DRAWN <= stacks <= DRAWN + 1
    half = stacks * ROUNDS // 2
    before = wait(service, sweep_id, lambda shown: shown["runs"]["accepted"] >= half)
    assert half <= before["runs"]["accepted"] < stacks * ROUNDS, before
    kept = service.get(f"/sweeps/{sweep_id}/results")["runs"]
    for name in ("measurer", "api"):
        service.process(name).kill()
    kill_tree(service)
    service.up()
    shown = wait(service, sweep_id, lambda _: False)
    assert shown["state"] == "succeeded", shown
    assert shown["states"] == {"succeeded": stacks}
    results = check_whole(service, sweep_id, stacks)
    stored = {(run["member"], run["round"]): run for run in results["runs"]}
    assert all(
        stored[run["member"], run["round"]]["started_at"] == run["started_at"] for run in kept
    )

    table = tmp_path / "results.csv"
    done = service.amun("sweep", "report", sweep_id, "--output", str(table), "--rows", "runs")
    assert done.returncode == 0, done.stderr
    assert len(table.read_text().splitlines()) == 1 + stacks * ROUNDS

    again = submit(service)  # the same stacks, of which the graph has results now
    assert (again["known"], again["state"]) == (stacks, "succeeded")
    service.down()
    assert service.leftovers() == []


def test_a_sweep_is_paused_resumed_and_cancelled(new_service: NewService) -> None:
    service = new_service()
    service.up()
    sweep_id = submit(service, select="sample:2")["id"]
    wait(service, sweep_id, lambda shown: shown["runs"]["accepted"] >= 2)
    assert service.amun("sweep", "pause", sweep_id).stdout.split() == [sweep_id, "paused"]
    wait(service, sweep_id, lambda shown: not shown["states"].get("running"))
    paused = service.get(f"/sweeps/{sweep_id}")["runs"]["accepted"]
    time.sleep(1.5)
    assert service.get(f"/sweeps/{sweep_id}")["runs"]["accepted"] == paused
    service.amun("sweep", "resume", sweep_id)
    wait(service, sweep_id, lambda shown: shown["runs"]["accepted"] > paused)
    service.amun("sweep", "cancel", sweep_id)
    shown = wait(service, sweep_id, lambda _: False)
    assert shown["state"] in {"cancelled", "succeeded"}
    kept = service.get(f"/sweeps/{sweep_id}/results")["runs"]
    assert len(kept) == shown["runs"]["accepted"] > paused
