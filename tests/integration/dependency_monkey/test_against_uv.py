"""uv as an oracle, over a local replay of what was read: valid stacks, and nearly valid ones.

The replay has the same wheels and metadata, no source distributions, and the same platform. Differences
of policy are listed in `difference`, counted, and bounded.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from amun_core.index_map import IndexMap
from amun_core.index_reader import read_index_settings
from amun_core.index_settings import IndexSettings
from dependency_monkey.crawl import build_universe
from dependency_monkey.crawled import Crawled
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.opening import Surroundings, default_cache_folder, open_client
from dependency_monkey.problem import Policy
from dependency_monkey.problem_reader import Wishes, read_problem
from dependency_monkey.space import Space
from tests.support.snapshot_server import served
from tests.support.uv_oracle import UvOracle

pytestmark = pytest.mark.network

#: Stacks of each kind for each problem.
STACKS = 50
PYTHON = ".".join(map(str, sys.version_info[:3]))
ENVIRONMENT = TargetEnvironment(PYTHON, "x86_64", ("glibc", 2, 28))
PLATFORM = "x86_64-manylinux_2_28"

PROBLEMS: dict[str, tuple[tuple[str, ...], dict[str, int]]] = {
    "flask": (("flask",), {}),
    "frames": (("pandas", "scikit-learn"), {}),
    "web": (("fastapi", "uvicorn[standard]", "sqlalchemy"), {}),
    "tensorflow": (("tensorflow-cpu",), {"tensorflow-cpu": 3}),
}


@dataclass
class Replay:
    """One problem, its space, and uv over the replay of its snapshot."""

    roots: tuple[str, ...]
    space: Space
    uv: UvOracle


def crawl(roots: tuple[str, ...], last: Mapping[str, int]) -> Crawled:
    policy = Policy(last_of={canonicalize_name(name): kept for name, kept in last.items()})
    read = read_problem(roots, Wishes(ENVIRONMENT, policy=policy))
    around = Surroundings(read_index_settings(IndexSettings), IndexMap(), default_cache_folder())

    async def crawling() -> Crawled:
        async with open_client(read.sources, around) as client:
            return await build_universe(read.problem, client)

    return asyncio.run(crawling())


@pytest.fixture(scope="module", params=PROBLEMS)
def replay(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Replay]:
    roots, last = PROBLEMS[request.param]
    crawled = crawl(roots, last)
    folder: Path = tmp_path_factory.mktemp(request.param)
    with served(crawled.snapshot) as index:
        oracle = UvOracle(index, folder, PYTHON, PLATFORM)
        yield Replay(roots, Space.compile(crawled), oracle)


def test_every_sampled_stack_is_taken(replay: Replay) -> None:
    refused = []
    for stack in replay.space.sample(STACKS, seed=7):
        found = replay.uv.compiled(replay.roots, stack)
        if found != dict(stack):
            refused.append((stack, found))
    assert not refused


def mutated(replay: Replay, source: random.Random) -> Iterator[dict[str, str]]:
    """Stacks of the space with one version exchanged for another one that was read."""
    packages = {package.name: package.versions for package in replay.space.universe.packages}
    seed = 0
    while True:
        [stack] = replay.space.sample(1, seed=1000 + seed)
        seed += 1
        changed = dict(stack)
        name = source.choice(sorted(changed))
        others = [version for version in packages[name] if version != changed[name]]
        if others:
            changed[name] = source.choice(others)
            yield changed


def difference(replay: Replay, stack: Mapping[str, str]) -> str | None:
    """The rule by which uv may decide otherwise; None where both must agree.

    An extra that a version does not provide: uv takes what its requirements say of the extra all the
    same, pip and we ignore the extra.
    """
    unprovided = {name for name, _ in replay.space.crawled.unknown_extras}
    return "extra that is not provided" if unprovided & stack.keys() else None


def test_mutated_stacks_are_judged_alike(replay: Replay) -> None:
    source = random.Random(11)
    judged: Counter[str] = Counter()
    wrong = []
    for stack in mutated(replay, source):
        rule = difference(replay, stack)
        if rule is not None:
            judged[rule] += 1
        else:
            ours = replay.space.rank(stack) is not None
            judged[f"valid: {ours}"] += 1
            if replay.uv.takes(replay.roots, stack) is not ours:
                wrong.append((ours, stack, replay.uv.compiled(replay.roots, stack)))
        if judged["valid: True"] + judged["valid: False"] == STACKS or judged.total() > 4 * STACKS:
            break
    print(replay.roots, dict(judged))
    assert not wrong
    assert judged["valid: False"] >= STACKS // 10
    assert judged["valid: True"] + judged["valid: False"] == STACKS
