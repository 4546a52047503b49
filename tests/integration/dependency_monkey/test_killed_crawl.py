"""A crawl that is killed goes on where it stopped: what was fetched is in the cache, and whole."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

from dependency_monkey.compilation import compile_universe
from dependency_monkey.crawl import build_universe
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import IndexClient, Source
from dependency_monkey.index.packs import Packs
from dependency_monkey.problem import Problem, Root
from tests.support.index_server import Fault, IndexServer
from tests.support.waiting import wait_until

ENVIRONMENT = TargetEnvironment("3.11.7", "x86_64", ("glibc", 2, 36))
VERSIONS = 60

CRAWL = """
import asyncio, sys
from pathlib import Path
from tests.integration.dependency_monkey.test_killed_crawl import crawl
print(asyncio.run(crawl(sys.argv[1], Path(sys.argv[2]))))
"""


async def crawl(url: str, folder: Path) -> int:
    problem = Problem((Root(Requirement("a")),), ENVIRONMENT)
    async with IndexClient([Source("default", url)], IndexCache(folder)) as client:
        crawled = await build_universe(problem, client)
    graph = compile_universe(crawled.universe)
    return 0 if graph is None else graph.count


def full_index() -> IndexServer:
    server = IndexServer()
    for number in range(VERSIONS):
        server.add("a", f"1.{number}", ["b"])
        server.add("b", f"1.{number}")
    return server


def test_a_killed_crawl_goes_on_where_it_stopped(tmp_path: Path, project_root: Path) -> None:
    cache = tmp_path / "cache"
    with full_index() as server:
        # so that it is killed in the middle: what one project told is kept, the other has not answered
        server.fail("/files/b-", Fault(wait=10, times=-1))
        child = subprocess.Popen(
            [sys.executable, "-c", CRAWL, server.url, str(cache)],
            cwd=project_root, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        wait_until(lambda: len(Packs(cache / "metadata")) > 0, seconds=60)
        os.kill(child.pid, signal.SIGKILL)
        out, _ = child.communicate(timeout=30)
    assert (child.returncode, out) == (-signal.SIGKILL, "")
    kept = len(Packs(cache / "metadata"))
    assert 0 < kept < 2 * VERSIONS

    # another: what the killed one had sent may still come to the first
    with full_index() as server:
        assert asyncio.run(crawl(server.url, cache)) == VERSIONS**2
        # nothing that was kept is asked for again
        asked = server.asked(r"\.metadata$")
        assert asked == 2 * VERSIONS - kept
        assert asyncio.run(crawl(server.url, cache)) == VERSIONS**2
        assert server.asked(r"\.metadata$") == asked
