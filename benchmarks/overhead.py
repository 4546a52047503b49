"""What the service costs: from POST to the first sample, less what a bare script needs for the same.

Each round runs, in an order drawn by a coin, (a) one inspection of one run through the API, timed
from just before POST to the end of its first timed iteration, and (b) a bare script with the
interpreter of the very environment that the inspection used, timed from its start to the end of
its first product, with the same import, the same size and data of the same kind. The value is the
median over the rounds of the difference.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from benchmarks.report import print_report, spread
from benchmarks.service import local_service, post, wait

GOAL_SECONDS = {"process": 0.3, "container": 0.8}
MATRIX_SIZE = 512

BARE = {
    "numpy": """
import time, numpy
generator = numpy.random.default_rng(0)
a = generator.random(({n}, {n}), dtype="float32"); b = generator.random(({n}, {n}), dtype="float32")
c = a @ b
print(repr(time.time()))
""",
    "tensorflow": """
import time, tensorflow as tf
generator = tf.random.Generator.from_seed(0)
a = generator.uniform(({n}, {n})); b = generator.uniform(({n}, {n}))
c = tf.linalg.matmul(a, b).numpy()
print(repr(time.time()))
""",
}

#: Hash-locked stacks are made for the benchmark from these requirements.
STACKS = {"numpy": "numpy", "tensorflow": "tensorflow-cpu==2.19.*"}


def locked(requirement: str) -> str:
    """Requirements with hashes for this interpreter, as text."""
    made = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header",
         "--no-emit-index-url", "--python", sys.executable, "-"],
        input=requirement, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise SystemExit(f"cannot lock {requirement}: {made.stderr}")
    return made.stdout


def specification(framework: str, engine: str, lock: str) -> dict[str, Any]:
    """One inspection of one run."""
    return {
        "runs": 1,
        "engine": engine,
        "python": {"lock": {"format": "requirements.txt", "content": lock}},
        "indicator": {
            "name": "matmul",
            "framework": framework,
            "parameters": {"matrix_size": MATRIX_SIZE, "reps": 10},
        },
    }


class Arm:
    """One framework on one engine of one service."""

    def __init__(self, url: str, framework: str, engine: str, lock: str) -> None:
        self.url, self.framework, self.engine = url, framework, engine
        self.session = requests.Session()
        self.document = specification(framework, engine, lock)
        self.python = ""

    def warm(self) -> None:
        """Make the environment, and find the interpreter that runs in it."""
        inspection = post(self.session, self.url, self.document)
        shown = wait(self.session, self.url, inspection, 900)
        if shown["state"] != "succeeded":
            raise SystemExit(f"{self.framework} on {self.engine}: {shown['failure']}")
        facts = self.first_run(inspection)["facts"]
        site_packages = Path(facts["runtime"]["component_path"])
        while site_packages.name != "site-packages":
            site_packages = site_packages.parent
        self.python = str(site_packages.parent.parent.parent / "bin" / "python")

    def first_run(self, inspection: str) -> dict[str, Any]:
        """The accepted run of an inspection."""
        answer = self.session.get(f"{self.url}/api/v1/inspections/{inspection}/runs", timeout=30)
        run: dict[str, Any] = answer.json()["runs"][0]
        return run

    def through_service(self) -> float:
        """Seconds from just before POST to the end of the first timed iteration."""
        begin = time.time()
        inspection = post(self.session, self.url, self.document)
        shown = wait(self.session, self.url, inspection, 300)
        if shown["state"] != "succeeded":
            raise SystemExit(f"{self.framework} on {self.engine}: {shown['failure']}")
        first = datetime.fromisoformat(self.first_run(inspection)["first_sample_at"])
        return first.timestamp() - begin

    def bare(self) -> float:
        """Seconds from the start of a bare script to the end of its first product."""
        begin = time.time()
        script = BARE[self.framework].format(n=MATRIX_SIZE)
        done = subprocess.run(
            [self.python, "-c", script], capture_output=True, text=True, check=True
        )
        return float(done.stdout) - begin

    def round(self, coin: random.Random) -> tuple[float, float]:
        """One pair (service, bare), in an order drawn by the coin."""
        if coin.random() < 0.5:
            service = self.through_service()
            return service, self.bare()
        bare = self.bare()
        return self.through_service(), bare


def measure(arm: Arm, rounds: int, coin: random.Random) -> dict[str, Any]:
    """All rounds of one arm."""
    arm.warm()
    arm.round(coin)  # the first round of a service fills caches that a service keeps
    pairs = []
    for number in range(rounds):
        pairs.append(arm.round(coin))
        print(
            f"{arm.framework} {arm.engine} {number + 1}/{rounds}: "
            f"service {pairs[-1][0]:.3f} s, bare {pairs[-1][1]:.3f} s",
            file=sys.stderr,
        )
    differences = [service - bare for service, bare in pairs]
    return {
        "overhead_s": spread(differences),
        "service_s": spread([service for service, _ in pairs]),
        "bare_s": spread([bare for _, bare in pairs]),
    }


def main() -> int:
    """Measure and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--tensorflow-rounds", type=int, default=5, help="0: leave it out")
    parser.add_argument("--engines", nargs="+", default=["process", "container"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    coin = random.Random(options.seed)
    details: dict[str, Any] = {"matrix_size": MATRIX_SIZE, "goals_s": GOAL_SECONDS}
    with local_service() as url:
        for framework, rounds in (
            ("numpy", options.rounds),
            ("tensorflow", options.tensorflow_rounds),
        ):
            if rounds == 0:
                continue
            lock = locked(STACKS[framework])
            for engine in options.engines:
                arm = Arm(url, framework, engine, lock)
                details[f"{framework}_{engine}"] = measure(arm, rounds, coin)
    medians = {
        engine: details[f"numpy_{engine}"]["overhead_s"]["median"] for engine in options.engines
    }
    print_report(
        name="overhead",
        value=medians[options.engines[0]],
        unit="s",
        goal="at most 0.3 s on process, 0.8 s on container (NumPy, medians of paired differences)",
        holds=all(medians[engine] <= GOAL_SECONDS[engine] for engine in options.engines),
        compared_with="a bare script with the same interpreter, import and first product",
        details=details,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
