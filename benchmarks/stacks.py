"""How fast the space of valid stacks is compiled, enumerated and scored, sampled, and its best found.

Five spaces, read from the configured index (or the user's cache) for this host: what is told is for
their snapshots, whose digests are in the details. Enumerating scores each stack by itself: every
version has a score of its own, every sum enters a checksum that depends on the order, and the first
stacks are scored by the reference in Python as well; the best under random scores is also proven by
CP-SAT, which does not see the graph. The value is the rate on flask.

Each of `MEASURES` adds its figures of a space, and whether its goals hold there.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks._optima import disagreements, with_pairs
from benchmarks._spaces import read_space
from benchmarks.report import print_report, spread
from dependency_monkey.compilation import compile_universe
from dependency_monkey.native import IS_NATIVE, reference, walks
from dependency_monkey.ranks import path_to
from dependency_monkey.space import Space

#: Stacks a second that are scored one by one.
RATE_ON_FLASK, RATE_ELSEWHERE = 1e8, 1e7
#: 20 times the fastest search of the prior system (4,673 stacks/s).
SAMPLES_ON_TENSORFLOW = 94_000
COMPILE_SECONDS = 0.1
BEST_SECONDS = 0.01
#: Until the best with so many pairs of versions is proven.
PAIRS, PAIRS_SECONDS = 40, 1.0
MORE_PAIRS, MORE_PAIRS_ON, MORE_PAIRS_SECONDS = 100, "mix", 10.0


@dataclass(frozen=True)
class Root:
    """What is asked for; `last_of` keeps the newest so many versions of a package."""

    name: str
    words: tuple[str, ...]
    last_of: Mapping[str, int] | None = None


ROOTS = (
    Root("flask", ("flask",)),
    Root("pandas+scikit-learn", ("pandas", "scikit-learn")),
    Root("tensorflow-cpu-last-8", ("tensorflow-cpu",), {"tensorflow-cpu": 8}),
    Root("tensorflow", ("tensorflow",)),
    Root("mix", ("tensorflow", "torch", "pandas", "scikit-learn", "flask")),
)


@dataclass(frozen=True)
class Figures:
    """What was measured on one space, and the goals that hold or do not."""

    told: Mapping[str, Any]
    goals: Mapping[str, bool]


def compiled(root: Root, space: Space, options: argparse.Namespace) -> Figures:
    """Seconds from the universe to the graph."""
    seconds = []
    for _ in range(options.repeats):
        began = perf_counter()
        graph = compile_universe(space.universe)
        seconds.append(perf_counter() - began)
        if graph != space.graph:
            raise SystemExit(f"error: {root.name} compiles to another graph each time")
    nodes = len(space.graph.nodes) if space.graph else 0
    held = {"compile": statistics.median(seconds) <= COMPILE_SECONDS}
    return Figures(
        {"nodes": nodes, "compile_s": spread(seconds)}, held if root.name == "tensorflow" else {}
    )


def enumerated(root: Root, space: Space, options: argparse.Namespace) -> Figures:
    """Stacks a second, enumerated and scored on one core, and whether the checksums agree."""
    scores = distinct_scores(space, options.seed)
    limit = min(space.count, options.scored)
    space.enumerate_and_score(scores, limit=1000)
    rates = []
    for _ in range(options.repeats):
        began = perf_counter()
        tally = space.enumerate_and_score(scores, limit=limit)
        rates.append(tally.stacks / (perf_counter() - began))
    agreed = all(
        space.enumerate_and_score(scores, options.checked, start).checksum
        == by_reference(space, scores, options.checked, start)
        for start in (0, space.count // 2)
    )
    goal = RATE_ON_FLASK if root.name == "flask" else RATE_ELSEWHERE
    told = {
        "stacks_scored": tally.stacks,
        "stacks_scored_per_s": spread(rates),
        "checksum": f"{tally.checksum:016x}",
        "checksum_as_reference": agreed,
    }
    return Figures(told, {"rate": statistics.median(rates) >= goal, "checksum": agreed})


def distinct_scores(space: Space, seed: int) -> dict[str, dict[str, int]]:
    """Every version another score."""
    packages = space.universe.packages
    total = sum(len(package.versions) for package in packages)
    numbers = iter(random.Random(seed).sample(range(-(10**9), 10**9), total))
    return {package.name: {one: next(numbers) for one in package.versions} for package in packages}


def by_reference(
    space: Space, scores: Mapping[str, Mapping[str, int]], limit: int, start: int
) -> int:
    """The checksum as the walk in Python has it."""
    if space.graph is None:
        raise SystemExit("error: there is nothing to score")
    flat, packages = space.flat, space.universe.packages
    values = [scores[package.name][one] for package in packages for one in package.versions]
    path = path_to(space.graph, start)
    found = reference.enumerate(
        flat.nodes, flat.edges, flat.versions, flat.root, values, path, limit
    )
    return found[1]


def sampled(root: Root, space: Space, options: argparse.Namespace) -> Figures:
    """Uniform samples a second: as numbers of versions, and as stacks by name."""
    flat, packages = space.flat, len(space.universe.packages)
    numbers, names = [], []
    for repeat in range(options.repeats):
        began = perf_counter()
        walks.sample(
            flat.nodes,
            flat.edges,
            flat.versions,
            flat.root,
            flat.ends,
            flat.words,
            options.samples,
            random.Random(repeat).randbytes(32),
            flat.packages_of,
            packages,
        )
        numbers.append(options.samples / (perf_counter() - began))
        began = perf_counter()
        drawn = sum(1 for _ in space.sample(options.samples // 4, seed=repeat))
        names.append(drawn / (perf_counter() - began))
    held = {"samples": statistics.median(numbers) >= SAMPLES_ON_TENSORFLOW}
    return Figures(
        {"samples_per_s": spread(numbers), "samples_by_name_per_s": spread(names)},
        held if root.name == "tensorflow" else {},
    )


def best(root: Root, space: Space, options: argparse.Namespace) -> Figures:
    """Milliseconds from a compiled graph and a table of scores to the best stack, arrays included."""
    seconds = []
    for repeat in range(options.repeats):
        scores = distinct_scores(space, options.seed + repeat)
        fresh = Space(space.crawled, space.graph)
        began = perf_counter()
        found = fresh.best(scores)
        seconds.append(perf_counter() - began)
        if found.score != next(space.best_first(scores)).score:
            raise SystemExit(f"error: {root.name}: two ways to the best differ")
    told = {"best_ms": spread([1e3 * one for one in seconds])}
    return Figures(told, {"best": statistics.median(seconds) <= BEST_SECONDS})


def solver_agrees(root: Root, space: Space, options: argparse.Namespace) -> Figures:
    """Whether CP-SAT, which sees the universe and not the graph, proves the same optima."""
    differing = disagreements(space, options.vectors, options.seed)
    if differing:
        print(f"{root.name}: CP-SAT differs for the seeds {differing}", file=sys.stderr)
    told = {"vectors": options.vectors, "vectors_where_cp_sat_differs": len(differing)}
    return Figures(told, {"cp_sat": not differing})


def pairs(root: Root, space: Space, options: argparse.Namespace) -> Figures:
    """Seconds until the best stack is proven where pairs of versions count too."""
    told, goals = _proven(space, options, PAIRS, PAIRS_SECONDS)
    if root.name == MORE_PAIRS_ON:
        more = _proven(space, options, MORE_PAIRS, MORE_PAIRS_SECONDS)
        told, goals = told | more[0], goals | more[1]
    return Figures(told, goals)


def _proven(
    space: Space, options: argparse.Namespace, number: int, goal: float
) -> tuple[dict[str, Any], dict[str, bool]]:
    seconds, proven = [], 0
    for repeat in range(options.repeats):
        took, found = with_pairs(space, number, options.seed + repeat, 3 * goal)
        seconds.append(took)
        proven += found is not None and found.proven
    name = f"pairs_{number}"
    told = {f"{name}_s": spread(seconds), f"{name}_proven": f"{proven} of {options.repeats}"}
    held = proven == options.repeats and statistics.median(seconds) <= goal
    return told, {name: held}


#: What is measured of each space.
MEASURES: tuple[Callable[[Root, Space, argparse.Namespace], Figures], ...] = (
    compiled,
    enumerated,
    sampled,
    best,
    solver_agrees,
    pairs,
)


def measured(root: Root, options: argparse.Namespace) -> Figures:
    """Everything of one space."""
    print(f"{root.name}: reading", file=sys.stderr)
    space = read_space(*root.words, last_of=root.last_of).space
    told: dict[str, Any] = {"snapshot": space.digest, "count": str(space.count)}
    goals: dict[str, bool] = {}
    for measure in MEASURES:
        print(f"{root.name}: {measure.__name__}", file=sys.stderr)
        figures = measure(root, space, options)
        told |= figures.told
        goals |= figures.goals
    return Figures({**told, "goals": goals}, goals)


def main() -> int:
    """Measure every space, print the closing line."""
    names = [root.name for root in ROOTS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roots", nargs="+", default=names, choices=names)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--scored", type=int, default=500_000_000, help="stacks in a repeat")
    parser.add_argument("--checked", type=int, default=100_000, help="stacks scored in Python too")
    parser.add_argument("--samples", type=int, default=100_000, help="in a repeat")
    parser.add_argument(
        "--vectors", type=int, default=50, help="random scores CP-SAT maximises too"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not IS_NATIVE:
        print("the walks were built without a C compiler: rates are Python's", file=sys.stderr)
    found = {root.name: measured(root, options) for root in ROOTS if root.name in options.roots}
    first = found[next(iter(found))].told
    print_report(
        name="stacks",
        value=first["stacks_scored_per_s"]["median"],
        unit="stacks/s",
        goal=(
            f"{RATE_ON_FLASK:.0e} stacks/s on flask, {RATE_ELSEWHERE:.0e} elsewhere; tensorflow "
            f"compiled in {COMPILE_SECONDS} s, {SAMPLES_ON_TENSORFLOW} samples/s; best in 10 ms, as "
            f"CP-SAT; {PAIRS} pairs in {PAIRS_SECONDS} s, {MORE_PAIRS} in {MORE_PAIRS_SECONDS} s"
        ),
        holds=all(all(one.goals.values()) for one in found.values()),
        compared_with="the walk in Python, stack by stack, by a checksum that depends on the order",
        details={
            "on": next(iter(found)),
            "native": IS_NATIVE,
            **{name: one.told for name, one in found.items()},
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
