"""The best stack of a space against a solver that knows nothing of the graph, and with pairs of versions."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from dependency_monkey.pairs import PairOptimum, Pairs, Version, best_by_solver, best_with_pairs
from dependency_monkey.space import Space

#: Scores that are whole numbers: what the solver proves is then exact.
_LARGEST = 1_000_000
_SOLVER_SECONDS = 120.0


@dataclass(frozen=True)
class Vector:
    """A random score of every version: by number, as the solver takes it, and by name."""

    numbers: tuple[tuple[int, ...], ...]
    names: Mapping[str, Mapping[str, int]]

    @classmethod
    def drawn(cls, space: Space, seed: int) -> Vector:
        """Whole numbers, each with the same probability."""
        source, packages = random.Random(seed), space.universe.packages
        numbers = tuple(
            tuple(source.randint(-_LARGEST, _LARGEST) for _ in package.versions)
            for package in packages
        )
        names = {
            package.name: dict(zip(package.versions, row, strict=True))
            for package, row in zip(packages, numbers, strict=True)
        }
        return cls(numbers, names)

    def score(self, package: int, version: int) -> int:
        """What one version of one package adds."""
        return self.numbers[package][version]


def disagreements(space: Space, vectors: int, seed: int) -> list[int]:
    """Seeds of the score vectors where the walk over the graph and the solver find another optimum."""
    found = []
    for one in range(seed, seed + vectors):
        vector = Vector.drawn(space, one)
        proved = best_by_solver(space.universe, vector.score, seconds=_SOLVER_SECONDS)
        if proved is None or not proved.proven or proved.score != space.best(vector.names).score:
            found.append(one)
    return found


def live_pairs(space: Space, number: int, seed: int) -> Pairs:
    """Random terms for pairs of versions of two packages, drawn from those that are in some stack."""
    counts, source = space.count_by(), random.Random(seed)
    live: list[list[Version]] = []
    for number_of_package, package in enumerate(space.universe.packages):
        held = counts.get(package.name, {})
        rows = [
            (number_of_package, version)
            for version, name in enumerate(package.versions)
            if held.get(name)
        ]
        if rows:
            live.append(rows)
    drawn: dict[tuple[Version, Version], float] = {}
    while len(drawn) < number:
        one, other = source.sample(live, 2)
        pair = (source.choice(one), source.choice(other))
        drawn[min(pair), max(pair)] = source.randint(-_LARGEST, _LARGEST)
    return drawn


def with_pairs(
    space: Space, number: int, seed: int, seconds: float
) -> tuple[float, PairOptimum | None]:
    """Seconds to the best stack with so many pairs, and what was found in at most `seconds`."""
    vector, pairs = Vector.drawn(space, seed), live_pairs(space, number, seed)
    began = perf_counter()
    found = best_with_pairs(space.universe, space.graph, vector.score, pairs, seconds=seconds)
    return perf_counter() - began, found
