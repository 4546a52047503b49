"""The space of some requirements on the configured index, for this host."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from amun_core.index_map import IndexMap
from amun_core.index_reader import read_index_settings
from amun_core.index_settings import IndexSettings
from amun_core.plan import IndexSource
from dependency_monkey.crawl import build_universe
from dependency_monkey.index.opening import (
    Surroundings,
    default_cache_folder,
    open_client,
    resolved_sources,
)
from dependency_monkey.locks import LockWriter
from dependency_monkey.problem import Policy
from dependency_monkey.problem_reader import ReadProblem, Wishes, read_problem
from dependency_monkey.space import Space


@dataclass(frozen=True)
class ReadSpace:
    """A compiled space, and what writes its stacks as locks."""

    space: Space
    writer: LockWriter


def read_space(*words: str, last_of: Mapping[str, int] | None = None) -> ReadSpace:
    """Read the index, from the user's cache where that is fresh, and compile."""
    windows = {canonicalize_name(name): last for name, last in (last_of or {}).items()}
    read = read_problem(words, Wishes(policy=Policy(last_of=windows)))
    return asyncio.run(_read(read))


async def _read(read: ReadProblem) -> ReadSpace:
    around = Surroundings(read_index_settings(IndexSettings), IndexMap(), default_cache_folder())
    async with open_client(read.sources, around) as client:
        crawled = await build_universe(read.problem, client)
    (used,) = resolved_sources(read.sources, around)
    named = [
        IndexSource(name=used.name, url=used.url)
    ]  # so that each installer asks the same index
    writer = LockWriter(crawled, read.problem, named)
    return ReadSpace(Space.compile(crawled), writer)
