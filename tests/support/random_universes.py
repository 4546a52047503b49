"""Small universes by chance: circles, features, packages that nobody asks for, contradictions."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from packaging.version import Version

from dependency_monkey.compilation import compile_universe
from dependency_monkey.crawl import Crawled
from dependency_monkey.graph import Graph
from dependency_monkey.index.files import ProjectPage
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import BASE, Package, Requirement, Universe, bits
from tests.support.stack_oracle import Need, Plain, every_stack


class Case(NamedTuple):
    """A universe, its graph as it was compiled, and its stacks as the judge has them."""

    seed: int
    universe: Universe
    graph: Graph | None
    stacks: list[Choice]


@cache
def case(seed: int, *, early: bool = False) -> Case:
    """The same for a seed; `early`: with pre-releases that need leave."""
    universe = random_universe(random.Random(seed))
    if early:
        universe = with_pre_releases(universe, random.Random(seed))
    stacks = every_stack(plain_of(universe))
    return Case(seed, universe, compile_universe(universe), stacks)  # type: ignore[arg-type]


def cases(number: int = 150) -> list[Case]:
    """So many, whatever they are; every other one has pre-releases."""
    return [case(seed, early=bool(seed % 2)) for seed in range(number)]


def satisfiable(number: int = 100) -> list[tuple[Case, Graph]]:
    """So many that have a stack."""
    found: list[tuple[Case, Graph]] = []
    seed = 0
    while len(found) < number:
        one = case(seed, early=bool(seed % 2))
        seed += 1
        if one.stacks:
            assert one.graph is not None, f"seed {one.seed}"
            found.append((one, one.graph))
    return found


def random_universe(source: random.Random) -> Universe:
    """Up to five packages with up to four versions and two features besides their own."""
    sizes = [source.randint(1, 4) for _ in range(source.choice((1, 2, 3, 4, 4, 5, 5)))]
    extras = [source.choice((0, 0, 1, 2)) for _ in sizes]
    busy = source.choice((0.7, 1.2, 1.8))

    def requirement() -> Requirement:
        package = source.randrange(len(sizes))
        full = (1 << sizes[package]) - 1
        some = source.randint(1, full) | source.randint(0, full)
        admitted = source.choice((full, full, full, some, some, some, source.randint(0, full)))
        features = BASE
        for extra in range(extras[package]):
            features |= source.randint(0, 1) << extra + 1
        return Requirement(package, admitted, features)

    def requirements() -> tuple[Requirement, ...]:
        number = int(source.expovariate(1 / busy))
        return tuple(requirement() for _ in range(min(number, 4)))

    packages = []
    for number, size in enumerate(sizes):
        rows = []
        for _ in range(1 + extras[number]):
            row: list[tuple[Requirement, ...]] = []
            for _ in range(size):
                repeats = row and source.random() < 0.5  # versions often ask for the same
                row.append(row[-1] if repeats else requirements())
            rows.append(tuple(row))
        versions = tuple(f"{version}.0" for version in range(1, size + 1))
        packages.append(Package(f"package-{number}", versions, tuple(rows)))
    roots = tuple(requirement() for _ in range(source.randint(1, 3)))
    return Universe(tuple(packages), roots)


def with_pre_releases(universe: Universe, source: random.Random) -> Universe:
    """The same, but some versions are pre-releases that need leave; three of ten requirements name one."""
    barred = [source.randint(0, package.all_versions - 1) for package in universe.packages]

    def requirement(one: Requirement) -> Requirement:
        own, size = barred[one.package], len(universe.packages[one.package].versions)
        if own and source.random() < 0.7:
            return replace(one, admitted=one.admitted | (one.admitted & ~own) << size)
        return one

    packages = tuple(
        replace(
            package,
            barred=own,
            requirements=tuple(
                tuple(tuple(map(requirement, asked)) for asked in row)
                for row in package.requirements
            ),
        )
        for package, own in zip(universe.packages, barred, strict=True)
    )
    return Universe(packages, tuple(map(requirement, universe.roots)))


def plain_of(universe: Universe) -> Plain:
    """The universe as the judge takes it."""

    def need(one: Requirement) -> Need:
        target = universe.packages[one.package]
        versions = range(len(target.versions))
        admitted = frozenset(version for version in versions if one.admitted >> version & 1)
        names = bool(target.barred) and not one.admitted >> len(versions)
        return Need(one.package, admitted, frozenset(bits(one.features)), names)

    needs = {}
    for number, package in enumerate(universe.packages):
        for feature, row in enumerate(package.requirements):
            for version, required in enumerate(row):
                needs[number, version, feature] = tuple(map(need, required))
    versions = {
        number: tuple(range(len(package.versions)))
        for number, package in enumerate(universe.packages)
    }
    early = {
        number: frozenset(bits(package.barred)) for number, package in enumerate(universe.packages)
    }
    return Plain(tuple(map(need, universe.roots)), versions, needs, early)


def crawled_of(universe: Universe, seen: str = "") -> Crawled:
    """The universe as if it had been read from an index; `seen` makes another snapshot of it."""
    packages = universe.packages
    snapshot = Snapshot()
    if seen:
        snapshot.pages["default", seen] = ProjectPage(seen, "default", ())  # type: ignore[arg-type]
    return Crawled(
        universe=universe,
        versions=tuple(tuple(map(Version, package.versions)) for package in packages),
        defining=((),) * len(packages),
        files=((),) * len(packages),
        sources=("default",) * len(packages),
        features=(("",),) * len(packages),
        snapshot=snapshot,
        left_out=(),
        missing=(),
        unknown_extras=(),
    )


def frozen(choices: object) -> list[tuple[tuple[int, int], ...]]:
    """Choices as sorted tuples, in order, to be compared."""
    return sorted(tuple(sorted(choice.items())) for choice in choices)  # type: ignore[attr-defined]


def independent(sizes: list[int]) -> Universe:
    """Packages that have nothing to do with each other: as many stacks as the product of sizes."""
    packages = tuple(
        Package(f"package-{n}", tuple(f"{v}.0" for v in range(1, size + 1)), (((),) * size,))
        for n, size in enumerate(sizes)
    )
    return Universe(
        packages, tuple(Requirement(n, (1 << size) - 1) for n, size in enumerate(sizes))
    )


def chain(length: int) -> Universe:
    """Each package needs the next; its older version the oldest, its newer one any: length + 1 stacks."""
    packages = []
    for number in range(length):
        older, newer = Requirement(number + 1, 0b01), Requirement(number + 1, 0b11)
        last = number == length - 1
        row: tuple[tuple[Requirement, ...], ...] = ((), ()) if last else ((older,), (newer,))
        packages.append(Package(f"package-{number}", ("1.0", "2.0"), (row,)))
    return Universe(tuple(packages), (Requirement(0, 0b11),))
