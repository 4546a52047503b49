from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from amun_core.errors import AmunError
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import IndexClient, Source
from dependency_monkey.index.errors import IndexAnswerError, ProjectNotFoundError
from dependency_monkey.index.files import ProjectPage
from dependency_monkey.index.snapshot import Snapshot
from tests.support.index_server import Fault, IndexServer


def read(url: str, folder: Path, *names: str) -> tuple[list[ProjectPage], Snapshot]:
    async def run() -> tuple[list[ProjectPage], Snapshot]:
        async with IndexClient([Source("links", url, flat=True)], IndexCache(folder)) as client:
            asked = [client.project(NormalizedName(name), "links") for name in names]
            return list(await asyncio.gather(*asked)), client.snapshot

    return asyncio.run(run())


def filenames(pages: Sequence[ProjectPage]) -> list[list[str]]:
    return [[file.filename for file in page.files] for page in pages]


def served(server: IndexServer, page: str, kind: str = "text/html") -> str:
    server.add("list", "1.0")
    server.fail("/simple/list/", Fault(body=page.encode(), content_type=kind, times=-1))
    return f"{server.url}/list/"


def test_a_page_of_several_projects_is_fetched_once(tmp_path: Path) -> None:
    page = (
        "<h1>wheels</h1><a href='files/a-1.0-py3-none-any.whl#sha256=" + "a" * 64 + "'>a</a>"
        "<a href='https://f.example/B_b-2.0%2Bcpu-py3-none-any.whl'>b</a>"
        "<a href='a-0.9.tar.gz'>a</a><a href='other.html'>more</a>"
    )
    with IndexServer() as server:
        url = served(server, page)
        pages, snapshot = read(url, tmp_path, "a", "b-b")
        assert server.asked("simple/list") == 1
    assert filenames(pages) == [
        ["a-1.0-py3-none-any.whl", "a-0.9.tar.gz"], ["B_b-2.0+cpu-py3-none-any.whl"],
    ]  # fmt: skip
    assert pages[0].files[0].url == f"{server.url}/list/files/a-1.0-py3-none-any.whl"
    assert pages[0].files[0].sha256 == "a" * 64
    assert snapshot.pages["links", "a"] == pages[0]


def test_a_project_that_is_not_listed(tmp_path: Path) -> None:
    with IndexServer() as server, pytest.raises(ProjectNotFoundError):
        read(served(server, "<p>nothing yet</p>"), tmp_path, "a")


@pytest.mark.parametrize(
    ("page", "kind"), [("{}", "application/json"), ("<html><a href='a-1.0", "text/html")]
)
def test_what_is_no_page_of_links(tmp_path: Path, page: str, kind: str) -> None:
    with IndexServer() as server, pytest.raises(IndexAnswerError, match="the page links of links"):
        read(served(server, page, kind), tmp_path, "a")


def test_a_page_that_is_not_there(tmp_path: Path) -> None:
    with IndexServer() as server, pytest.raises(AmunError, match="answers 404"):
        read(f"{server.url}/gone/", tmp_path, "a")
