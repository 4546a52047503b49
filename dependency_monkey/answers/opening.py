"""From a question to what was read for it: the problem, the index or a snapshot of it, the crawl."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from amun_core.errors import AmunError
from amun_core.stack_request import PolicyWish, StackRequest, TargetWish
from dependency_monkey.answers.asked import Asked, Document, Tell
from dependency_monkey.answers.index_access import frozen_index, reading, surroundings
from dependency_monkey.crawl import Crawled, build_universe
from dependency_monkey.index.client import IndexClient
from dependency_monkey.index.opening import default_index_url, open_client
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.locks import LockWriter
from dependency_monkey.problem import Policy, PreReleases, Problem
from dependency_monkey.problem_reader import (
    ReadProblem,
    Wishes,
    read_problem,
    read_problem_text,
    remarks,
)
from dependency_monkey.target import target_environment


@dataclass(frozen=True)
class Where:
    """Where the answer is made from, which is no part of the question."""

    file: Path | None = None
    index: str | None = None
    offline: bool = False
    snapshot: Path | None = None
    save_snapshot: Path | None = None
    cache: Path | None = None


async def opened(request: StackRequest, where: Where, tell: Tell) -> Asked:
    """Read everything that the answer needs. Raises AmunError."""
    warnings: list[str] = []
    try:
        return await _opened(request, where, tell, warnings)
    except AmunError as error:
        error.warnings = tuple(dict.fromkeys([*warnings, *error.warnings]))
        raise


async def _opened(request: StackRequest, where: Where, tell: Tell, warnings: list[str]) -> Asked:
    read = _read(request, where, warnings)
    began = time.monotonic()
    client = _client(read, where, tell)
    async with client:
        crawled = await build_universe(read.problem, client)
    if where.save_snapshot:
        crawled.snapshot.export(where.save_snapshot)
    return Asked(
        request=request,
        problem=read.problem,
        crawled=crawled,
        windowed=lambda last: _again(read.problem, crawled, last),
        locks=LockWriter(
            crawled,
            read.problem,
            read.sources,
            pipfile=_pipfile(request, where),
            # pip is asked for it, which takes a moment: once for all locks of an answer
            default_url=cache(lambda: _default_url(where)),
        ),
        warnings=warnings,
        figures={
            "requests": client.counts.requests,
            "bytes": client.counts.bytes,
            "reading_s": round(time.monotonic() - began, 3),
        },
        tell=tell,
    )


def _client(read: ReadProblem, where: Where, tell: Tell) -> IndexClient:
    policy = read.problem.policy
    if where.snapshot is not None:
        return frozen_index(read.problem.sources, Snapshot.load(where.snapshot), tell)
    return open_client(
        read.sources,
        surroundings(index=where.index, cache=where.cache),
        offline=where.offline,
        dated=policy.dated,
        on_progress=reading(tell),
    )


def _default_url(where: Where) -> str:
    """The address of the index that a problem without sources was read from."""
    configured = surroundings(index=where.index, cache=where.cache).settings.index_url
    return configured or default_index_url()


def _read(request: StackRequest, where: Where, warnings: list[str]) -> ReadProblem:
    wish, wishes = request.target, _wishes(request)
    if wish != TargetWish():
        here = None
        if not (wish.python_version or wish.base):  # then a Pipfile may tell the Python
            here = _read_given(request, where, wishes).problem.environment
        environment = target_environment(wish, warnings.append, here=here)
        wishes = replace(wishes, environment=environment)
    read = _read_given(request, where, wishes)
    warnings += remarks(read.warnings, read.inactive)
    return read


def _wishes(request: StackRequest) -> Wishes:
    return Wishes(policy=policy_of(request.policy), dev=request.dev)


def _read_given(request: StackRequest, where: Where, wishes: Wishes) -> ReadProblem:
    if where.file is not None:
        return read_problem(where.file, wishes, variables=os.environ)
    if request.file is not None:
        return read_problem_text(request.file.name, request.file.content, wishes)
    return read_problem(request.requirements, wishes)


def _pipfile(request: StackRequest, where: Where) -> str | None:
    """The text of the Pipfile that the question is about."""
    if where.file is not None and where.file.name == "Pipfile":
        return where.file.read_text(encoding="utf-8-sig")
    if request.file is not None and request.file.name == "Pipfile":
        return request.file.content
    return None


def policy_of(wish: PolicyWish) -> Policy:
    """The policy that a question states."""
    return Policy(
        as_of=wish.as_of,
        newer_than=wish.newer_than,
        last=wish.last,
        last_of={canonicalize_name(name): last for name, last in wish.last_of.items()},
        exclude=tuple(map(Requirement, wish.exclude)),
        allow=tuple(map(Requirement, wish.allow)),
        pre_releases=PreReleases(wish.pre_releases),
        sdists=wish.sdists,
    )


def _again(problem: Problem, crawled: Crawled, last: int) -> Crawled:
    """The same problem under a window; everything that it needs was read already."""
    narrowed = replace(problem, policy=replace(problem.policy, last=last))

    async def crawl() -> Crawled:
        async with frozen_index(problem.sources, crawled.snapshot, _silent) as client:
            return await build_universe(narrowed, client)

    return asyncio.run(crawl())


def _silent(_stage: str, _figures: Document) -> None:
    """What was read before is not told again."""
