"""Brute force, clingo and ours agree on random indexes, read as any index is read."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dependency_monkey import requirements, space
from dependency_monkey.crawl import build_universe
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import IndexClient, Source
from dependency_monkey.requirements import Asked
from dependency_monkey.space import Space
from dependency_monkey.universe import Universe
from tests.support import random_indexes
from tests.support.random_indexes import Judged, random_index
from tests.support.stack_oracle import count_by_clingo, frozen

INDEXES = 2000
#: Of ten indexes so many are of a kind; extras, markers and circles come by themselves.
MIX = ("large",) * 4 + ("contradictory",) * 2 + ("any",) * 4
SHARES = {"large": 0.3, "contradictory": 0.2, "circles": 0.2, "extras": 0.2, "markers": 0.2}


async def read(judged: Judged, folder: Path) -> Space:
    """What the program makes of an index."""
    snapshot = judged.index.snapshot()
    sources = [Source("default", "https://index.invalid/simple")]
    async with IndexClient(sources, IndexCache(folder), snapshot=snapshot) as client:
        return Space.compile(await build_universe(judged.index.problem, client))


async def compare(number: int, folder: Path) -> Judged:
    judged = random_index(number, MIX[number % len(MIX)])
    found = await read(judged, folder)
    assert found.count == len(judged.stacks), f"index {number}: {judged.index}"
    ours = {frozenset(stack.items()) for _, stack in found.enumerate()}
    assert ours == frozen(judged.stacks), f"index {number}: {judged.index}"
    assert count_by_clingo(judged.plain) == len(judged.stacks), f"index {number}"
    return judged


def test_brute_force_clingo_and_ours_agree(tmp_path: Path) -> None:
    async def run() -> Counter[str]:
        kinds: Counter[str] = Counter()
        for number in range(INDEXES):
            kinds.update((await compare(number, tmp_path)).kinds)
        return kinds

    kinds = asyncio.run(run())
    assert {
        kind: kinds[kind] for kind, share in SHARES.items() if kinds[kind] < share * INDEXES
    } == {}


def _no_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Asked.of
    monkeypatch.setattr(Asked, "of", lambda *told: replace(read(*told), extras=frozenset()))


def _every_marker_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "_holds", lambda _marker, _environment, _extra: True)


def _another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    later = replace(random_indexes.TARGET, python_version="3.12.1")
    monkeypatch.setattr(random_indexes, "TARGET", later)


def _who_is_asked_for_by_one_is_asked_for_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """One requirement of somebody holds whether that somebody is there or not."""

    def with_roots(universe: Universe) -> Universe:
        asked = [
            one
            for package in universe.packages
            for row in package.requirements
            for required in row
            for one in required
            if one.package != universe.roots[0].package
        ]
        return replace(universe, roots=(*universe.roots, *asked[-1:]))

    compiled = space.compile_universe
    monkeypatch.setattr(
        space, "compile_universe", lambda universe, limits: compiled(with_roots(universe), limits)
    )


@pytest.mark.parametrize(
    "plant",
    [
        _no_extras,
        _every_marker_holds,
        _another_python,
        _who_is_asked_for_by_one_is_asked_for_by_all,
    ],
)
def test_the_oracles_see_a_planted_fault(
    plant: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)

    async def run() -> None:
        for number in range(100):
            await compare(number, tmp_path)

    with pytest.raises(AssertionError, match=r"index \d+: RandomIndex"):
        asyncio.run(run())
