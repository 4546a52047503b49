"""What the samples of an inspection cost the graph: bytes stored, and time to load its result.

Ten thousand iterations of NumPy's product of two small matrices are measured through the service, in
ten runs. The bytes are those by which the compacted SQLite file shrinks when the samples are taken out
of a copy of it. The load time is that of its result document over that of an inspection without runs,
asked for in an order drawn by a coin, and the difference of the medians.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import requests

from benchmarks.overhead import locked
from benchmarks.report import print_report, spread
from benchmarks.service import local_service, post, wait

GOAL_BYTES, GOAL_SECONDS = 100_000, 0.050
RUNS, ITERATIONS = 10, 1000
MATRIX_SIZE = 64
UNTIMED = 10


def specification(lock: str) -> dict[str, Any]:
    """The inspection whose samples are weighed."""
    return {
        "runs": RUNS,
        "engine": "process",
        "python": {"lock": {"format": "requirements.txt", "content": lock}},
        "indicator": {
            "name": "matmul",
            "framework": "numpy",
            "parameters": {"matrix_size": MATRIX_SIZE, "reps": ITERATIONS},
        },
    }


def measured(session: requests.Session, url: str) -> str:
    """The id of the inspection, once it has succeeded."""
    inspection_id = post(session, url, specification(locked("numpy")))
    shown = wait(session, url, inspection_id, 900)
    if shown["state"] != "succeeded":
        raise SystemExit(f"the inspection is {shown['state']}: {shown['failure']}")
    return inspection_id


def empty(session: requests.Session, url: str) -> str:
    """The id of an inspection that ended before it had a run."""
    inspection_id = post(session, url, specification("numpy==2.4.6\n"))
    session.post(f"{url}/api/v1/inspections/{inspection_id}/cancel", timeout=30)
    wait(session, url, inspection_id, 120)
    return inspection_id


def stored(database: Path, inspection_id: str) -> dict[str, Any]:
    """Iterations, and bytes of the samples: as they are packed, and in the file."""
    with tempfile.TemporaryDirectory(prefix="amun-samples-") as folder:
        copy = Path(folder, "copy.sqlite")
        with (
            closing(sqlite3.connect(database)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            chosen = "run_id IN (SELECT id FROM runs WHERE inspection_id = ?)"
            iterations, packed = target.execute(
                f"SELECT sum(count), sum(length(seconds)) FROM samples WHERE {chosen}",  # noqa: S608
                (inspection_id,),
            ).fetchone()
            before = _compact_bytes(target)
            target.execute(f"DELETE FROM samples WHERE {chosen}", (inspection_id,))  # noqa: S608
            target.commit()
            after = _compact_bytes(target)
    return {"iterations": iterations, "packed_bytes": packed, "file_bytes": before - after}


def _compact_bytes(database: sqlite3.Connection) -> int:
    database.execute("VACUUM")
    (pages,), (size,) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    return int(pages * size)


def load(session: requests.Session, address: str) -> float:
    """Seconds of one GET."""
    begin = time.perf_counter()
    answer = session.get(address, timeout=30)
    seconds = time.perf_counter() - begin
    answer.raise_for_status()
    return seconds


def loads(
    session: requests.Session, addresses: Sequence[str], rounds: int, coin: random.Random
) -> list[list[float]]:
    """The times of each address, asked for once in each round in random order."""
    times: list[list[float]] = [[] for _ in addresses]
    for number in range(UNTIMED + rounds):
        for one in coin.sample(range(len(addresses)), len(addresses)):
            seconds = load(session, addresses[one])
            if number >= UNTIMED:  # a service keeps its caches warm
                times[one].append(seconds)
    return times


def main() -> int:
    """Measure and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="amun-samples-"))
    database = folder / "amun.sqlite"
    session = requests.Session()
    try:
        with local_service({"AMUN_DATABASE_URL": f"sqlite:///{database}"}) as url:
            full_id, empty_id = measured(session, url), empty(session, url)
            print("measured; loading results ...", file=sys.stderr)
            part = "{}/api/v1/inspections/{}/{}".format
            addresses = (
                part(url, full_id, "results"),
                part(url, empty_id, "results"),
                part(url, full_id, "runs?samples=true"),
            )
            full, bare, every = loads(
                session, addresses, options.rounds, random.Random(options.seed)
            )
            cost = stored(database, full_id)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    more = median(full) - median(bare)
    print_report(
        name="samples",
        value=cost["file_bytes"],
        unit="bytes",
        goal=f"at most {GOAL_BYTES} bytes for 10,000 iterations, and its result loads in less than "
        f"{GOAL_SECONDS * 1000:.0f} ms more than an empty one's",
        holds=cost["file_bytes"] <= GOAL_BYTES and more < GOAL_SECONDS,
        compared_with="the same database without the samples; an inspection without runs",
        details={
            **cost,
            "bytes_per_iteration": round(cost["file_bytes"] / cost["iterations"], 3),
            "runs": RUNS,
            "load_more_s": round(more, 6),
            "load_full_s": spread(full),
            "load_empty_s": spread(bare),
            "load_every_sample_s": spread(every),
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
