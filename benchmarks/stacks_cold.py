"""How long an exact count takes from an empty cache, against a bare fetch of the same addresses.

Five problems on the configured index. Each time in a process of its own: a count from an empty cache,
then the very same requests by the same client with all addresses known and nothing done with the
answers; the two alternate. The value is the worst ratio of medians. Then, from the full cache, counts
with one version excluded, and a count from the exported snapshot alone, which
must be the same.

An index that changes in between is told: the counts and the snapshot of every run must be equal.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import print_report, spread
from benchmarks.stacks import ROOTS, Root

GOAL_RATIO = 1.25
GOAL_WARM_SECONDS = 1.5

Line = dict[str, Any]


def measured(kind: str, *options: str) -> Line:
    """One measurement in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks._cold", kind, *options],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    line: Line = json.loads(ended.stdout.splitlines()[-1])
    print(f"{kind} {' '.join(options[:2])}: {line['seconds']:.2f} s", file=sys.stderr)
    return line


def cold_and_bare(root: Root, folder: Path, rounds: int) -> tuple[list[Line], list[Line]]:
    """Counts from an empty cache, and bare fetches of what they asked for, in turn."""
    cold, fetched = [], []
    asked, snapshot = str(folder / "asked.json"), str(folder / "index.zip")
    for number in range(rounds):
        cache = str(folder / f"cache-{number}")
        cold.append(
            measured(
                "crawl", "--root", root.name, "--folder", cache, "--asked", asked, "--snapshot", snapshot
            )
        )  # fmt: skip
        fetched.append(measured("bare", "--asked", asked))
    return cold, fetched


def described(root: Root, rounds: int) -> Line:
    """Everything of one root."""
    with tempfile.TemporaryDirectory(prefix="amun-cold-") as name:
        folder = Path(name)
        cold, fetched = cold_and_bare(root, folder, rounds)
        last = ("--root", root.name, "--folder", str(folder / f"cache-{rounds - 1}"))
        warm = [measured("warm", *last, "--exclude", cold[-1]["excluded"]) for _ in range(rounds)]
        offline = measured("offline", *last, "--snapshot", str(folder / "index.zip"))
    counts = {line["count"] for line in cold}
    return {
        "ratio": round(_median(cold) / _median(fetched), 4),
        "cold_s": spread([line["seconds"] for line in cold]),
        "bare_s": spread([line["seconds"] for line in fetched]),
        "warm_s": spread([line["seconds"] for line in warm]),
        "warm_without": cold[-1]["excluded"],
        "warm_requests": max(line["requests"] for line in warm),
        "offline_s": round(offline["seconds"], 4),
        "same_offline": offline["count"] == cold[-1]["count"]
        and offline["snapshot"] == cold[-1]["snapshot"],
        "same_each_time": len(counts) == 1,
        **{key: cold[-1][key] for key in ("count", "snapshot", "packages", "versions")},
        "requests": [line["requests"] for line in cold],
        "requests_bare": [line["requests"] for line in fetched],
        "retries": sum(line["retries"] for line in (*cold, *fetched)),
        "megabytes": round(cold[-1]["bytes"] / 1e6, 2),
        "compiling_s": round(_median(cold, "compiling_s"), 4),
    }


def _median(lines: Sequence[Line], key: str = "seconds") -> float:
    return float(statistics.median(line[key] for line in lines))


def main() -> int:
    """Measure every root and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [root.name for root in ROOTS]
    parser.add_argument("--roots", nargs="+", default=names, choices=names)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    details = {
        root.name: described(root, options.rounds) for root in ROOTS if root.name in options.roots
    }
    worst = max(line["ratio"] for line in details.values())
    slowest = max(line["warm_s"]["median"] for line in details.values())
    print_report(
        name="stacks_cold",
        value=worst,
        unit="ratio",
        goal=f"at most {GOAL_RATIO} on every root; warm within {GOAL_WARM_SECONDS} s; the same offline",
        holds=worst <= GOAL_RATIO
        and slowest <= GOAL_WARM_SECONDS
        and all(line["same_offline"] and not line["warm_requests"] for line in details.values()),
        compared_with="a bare fetch of the same addresses by the same client",
        details={"slowest_warm_s": slowest, **details},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
