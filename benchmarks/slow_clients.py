"""How much slower the API answers while slow clients sit at its door.

On loopback, for a bounded time: so many clients hold connections on which a request arrives, or an
answer is read, a byte now and then. Beside them one client asks for signs of life, reads one
inspection and submits one, in turn; the same requests are timed before the slow clients come. A
request that is not answered within its time limit counts with that limit.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from benchmarks.api import SMALL, free_port, server
from benchmarks.report import print_report
from knowledge_graph.database import upgrade

GOAL = 3.0
PAUSE_SECONDS = 0.02


def ask(url: str, seconds: float, limit: float) -> list[float]:
    """Time requests one after the other for `seconds`; s each, the limit for one that failed."""
    created = requests.post(f"{url}/api/v1/inspections", json=SMALL, timeout=60)
    shown = f"{url}/api/v1/inspections/{created.json()['id']}" if created.ok else f"{url}/healthz"
    return timed(url, shown, seconds, limit)


def timed(url: str, shown: str, seconds: float, limit: float) -> list[float]:
    """The times of the requests, s."""
    found: list[float] = []
    ends = time.monotonic() + seconds
    orders: list[tuple[str, str, Any]] = [
        ("GET", f"{url}/healthz", None),
        ("GET", shown, None),
        ("POST", f"{url}/api/v1/inspections", SMALL),
    ]
    while time.monotonic() < ends:
        method, address, body = orders[len(found) % len(orders)]
        begun = time.perf_counter()
        try:
            # a connection of its own each: one that was open before would prove less
            answer = requests.request(method, address, json=body, timeout=limit)
            found.append(time.perf_counter() - begun if answer.ok else limit)
        except requests.RequestException:
            found.append(limit)
        time.sleep(PAUSE_SECONDS)
    return found


def p95(times: list[float]) -> float:
    """The 95th percentile of `times`."""
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Start the API, ask it without and with slow clients."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("AMUN_")}
    port = free_port()
    upgrade(f"sqlite:///{folder / 'amun.sqlite'}")
    environment = {**clean, "AMUN_HOME": str(folder), "AMUN_PORT": str(port)}
    url = f"http://127.0.0.1:{port}"
    slow = [sys.executable, str(Path(__file__).with_name("_slow.py")), str(port)]
    with server([sys.executable, "-m", "amun_api"], environment, port, folder / "api.log"):
        before = ask(url, options.seconds / 2, options.limit)
        shown = requests.get(f"{url}/api/v1/inspections", timeout=30).json()["inspections"][0]
        address = f"{url}/api/v1/inspections/{shown['id']}"
        held = [*slow, str(options.clients), str(options.seconds)]
        with subprocess.Popen(held, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            during = timed(url, address, options.seconds - 2, options.limit)
            closed = process.stdout.readline().strip()
        after = timed(url, address, 3, options.limit)
    return {
        "slow_clients": options.clients,
        "seconds": options.seconds,
        "p95_without_s": round(p95(before), 6),
        "p95_with_s": round(p95(during), 6),
        "p95_after_s": round(p95(after), 6),
        "median_without_s": round(statistics.median(before), 6),
        "median_with_s": round(statistics.median(during), 6),
        "asked": {"without": len(before), "with": len(during)},
        "unanswered": sum(seconds >= options.limit for seconds in during),
        "closed_by_the_server": json.loads(closed.replace("'", '"') or "{}"),
    }


def main() -> int:
    """Measure and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--limit", type=float, default=5.0, help="of one request, s")
    options = parser.parse_args()
    if not (1 <= options.clients <= 400 and 5 <= options.seconds <= 120):
        parser.error("1 to 400 clients, 5 to 120 seconds")
    with tempfile.TemporaryDirectory() as folder:
        details = measure(options, Path(folder))
    ratio = details["p95_with_s"] / details["p95_without_s"]
    print_report(
        name="slow_clients",
        value=ratio,
        unit="1",
        goal=f"p95 of other requests at most {GOAL:g} times that without slow clients",
        holds=ratio <= GOAL and details["unanswered"] == 0,
        compared_with="the same requests before the slow clients came",
        details=details,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
