"""What a comparison says on a host that other work comes to: one stack against itself, and two releases.

1. Blocks of NumPy against itself, built twice, are measured by a service while both CPUs have other work
   in 60 % of the time, in spells of random length. They are lived through again as comparisons with
   coins thrown anew: of the blocks that the service calls quiet, of those it does not, and of all.
2. The same comparison live, for a quiet host, while the other work comes and goes.
3. NumPy 1.26.4 against 2.0.2, matmul of 512, beside two processes that never rest: the gate for a
   quiet host must not be red, and the first line must say the condition.

The value is the largest share of false verdicts of any condition.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.comparison.gate import Policy, exit_code, judged
from amun_client.comparison.sentence import sentence
from amun_core.condition import Condition, shows_sharing
from amun_statistics.replay import replay
from amun_statistics.sequential import LOOKS
from benchmarks._burner import cores_loaded
from benchmarks._live import Service
from benchmarks.overhead import locked
from benchmarks.report import print_report
from benchmarks.service import local_service

GOAL = 0.05
CORES = 2
#: Mean seconds of a busy spell and of an idle one: 60 % of the time.
BUSY_S, IDLE_S = 6.0, 4.0
FALSE = ("slower", "faster")

Document = dict[str, Any]


def request(a: str, b: str, size: int, **changes: Any) -> Document:
    """The body of POST /api/v1/comparisons for two requirements of NumPy."""

    def arm(requirement: str) -> Document:
        specification = {
            "engine": "process",
            "python": {"lock": {"format": "requirements.txt", "content": locked(requirement)}},
            "indicator": {
                "name": "matmul",
                "framework": "numpy",
                "parameters": {"matrix_size": size},
            },
        }
        return {"name": requirement.replace("==", " "), "specification": specification}

    return {"a": arm(a), "b": arm(b), **changes}


def in_time_order(block: Mapping[str, Any]) -> list[float]:
    """The seconds of a block's runs as they followed one another."""
    taken = {"A": iter(block["a_s"]), "B": iter(block["b_s"])}
    return [next(taken[letter]) for letter in block["order"]]


def replayed(blocks: Sequence[Mapping[str, Any]], trials: int, seed: int) -> Document:
    """Comparisons of these blocks by condition: share of false verdicts, or that there are too few."""
    parts = {
        "quiet": [block for block in blocks if not shows_sharing(block["disturbed"])],
        "shared": [block for block in blocks if shows_sharing(block["disturbed"])],
        "any": list(blocks),
    }
    outcomes: Document = {}
    for name, part in parts.items():
        outcomes[name] = {"blocks": len(part), "false": None}
        if len(part) >= LOOKS[0]:
            outcome = replay([in_time_order(block) for block in part], trials, seed)
            outcomes[name] |= {
                "comparisons": outcome.comparisons,
                "false": round(outcome.false_verdict_rate, 4),
                "false_upper_95": round(outcome.false_verdict_upper, 4),
                "equivalent": round(outcome.equivalent_rate, 4),
            }
    return outcomes


def told(shown: Document) -> Document:
    """What is kept of a comparison that ended."""
    policies = (Policy("slower", 0.03),)
    return {
        "verdict": shown["verdict"],
        "ended_because": shown["ended_because"],
        "counted_blocks": shown["counted_blocks"],
        "blocks": shown["blocks"],
        "gate": [str(outcome) for _, outcome in judged(shown, policies)],
        "exit_code": int(exit_code(shown, policies)),
        "first_line": sentence(shown),
    }


def main() -> int:
    """Measure, replay, go live, print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=100, help="A/A blocks that are replayed")
    parser.add_argument("--trials", type=int, default=100, help="replayed comparisons")
    parser.add_argument("--live", type=int, default=10, help="live comparisons of each kind")
    parser.add_argument("--live-blocks", type=int, default=16, help="at most")
    parser.add_argument("--wait-quiet", type=int, default=120, help="s, of a live comparison")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    quiet = {
        "condition": Condition.QUIET,
        "maximum_blocks": options.live_blocks,
        "wait_quiet_seconds": options.wait_quiet,
    }
    same = "numpy==2.0.2"
    with local_service() as url:
        service = Service(url)
        with cores_loaded(options.seed, cores=CORES, busy_s=BUSY_S, idle_s=IDLE_S):
            record = service.ended(
                request(same, same, options.size, kind="calibration", seed=options.seed)
                | {"maximum_blocks": options.blocks, "maximum_seconds": 7200}
            )
            blocks = service.blocks(record["id"])
            itself = [
                told(service.ended(request(same, same, options.size, seed=n, **quiet)))
                for n in range(options.live)
            ]
        with cores_loaded(options.seed, cores=CORES, idle_s=0.0):
            quiet["wait_quiet_seconds"] = min(options.wait_quiet, 20)
            releases = [
                told(service.ended(request("numpy==1.26.4", same, 512, seed=n, **quiet)))
                for n in range(options.live)
            ]
    outcomes = replayed(blocks, options.trials, options.seed)
    report(outcomes, itself, releases)
    return 0


def report(
    outcomes: Mapping[str, Any], itself: Sequence[Document], releases: Sequence[Document]
) -> None:
    """The closing line."""
    live_false = sum(one["verdict"] in FALSE for one in itself)
    red = sum("broken" in one["gate"] or one["exit_code"] == 1 for one in releases)
    silent = [
        one["first_line"]
        for one in (*itself, *releases)
        if not any(word in one["first_line"] for word in ("quiet", "CPUs", "busy"))
    ]
    rates = [one["false"] for one in outcomes.values() if one["false"] is not None]
    value = max([*rates, live_false / max(len(itself), 1)])
    print_report(
        name="conditions",
        value=value,
        unit="largest share of false verdicts of any condition",
        goal=f"at most {GOAL}; no red gate beside two busy processes; no first line without condition",
        holds=value <= GOAL and not red and not silent,
        compared_with="the known truth: one stack against itself",
        details={
            "replayed": outcomes,
            "live_same_stack": itself,
            "live_false": live_false,
            "live_releases": releases,
            "red_gates": red,
            "first_lines_without_condition": silent,
        },
    )


if __name__ == "__main__":
    sys.exit(main())
