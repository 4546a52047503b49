"""What a problem can reach is read, nothing else, and each rule of a valid stack is kept."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dependency_monkey.compilation import compile_universe
from dependency_monkey.crawl import build_universe
from dependency_monkey.crawled import Crawled
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import IndexClient, Source
from dependency_monkey.index.errors import IndexAnswerError, ProjectNotFoundError
from dependency_monkey.index.transport import Transport
from dependency_monkey.problem import Problem, Root
from tests.support.crawling import ENVIRONMENT, Pages, left_out, versions
from tests.support.index_server import Fault, IndexServer, metadata_of


def count(crawled: Crawled) -> int:
    graph = compile_universe(crawled.universe)
    return 0 if graph is None else graph.count


def test_only_what_is_reachable_is_read(tmp_path: Path) -> None:
    with IndexServer() as server:
        for version in ("1.0", "2.0", "3.0"):
            server.add("a", version, ["b<2"] if version == "3.0" else ["c"])
            server.add("b", version)
            server.add("c", version)
        problem = Problem((Root(Requirement("a>=3")),), ENVIRONMENT)

        async def crawl() -> Crawled:
            source = Source("default", server.url)
            async with IndexClient([source], IndexCache(tmp_path)) as client:
                return await build_universe(problem, client)

        found = asyncio.run(crawl())
        assert count(found) == 1
        assert server.asked("/simple/c/") == 0
        assert {path for path, _ in server.requests if "files" in path} == {
            "/files/a-3.0-py3-none-any.whl.metadata", "/files/b-1.0-py3-none-any.whl.metadata",
        }  # fmt: skip


def test_the_bounds_of_a_root_hold_whoever_asks() -> None:
    index = Pages()
    index.add("a", "1.0", ["b"])
    for version in ("1.0", "2.0", "3.0"):
        index.add("b", version)
    assert versions(index.crawl("a", "b<3", "b>1"), "b") == ["2.0"]


def test_extras_lead_on_and_through_others() -> None:
    index = Pages()
    index.add("a", "1.0", ["b[x]"])
    index.add("b", "1.0", ["c[y]; extra == 'x'", "b[z]; extra == 'x'", "e; extra == 'z'"],
              extras=["x", "z", "unused"])  # fmt: skip
    index.add("c", "1.0", ["d; extra == 'y'"], extras=["y"])
    index.add("d", "1.0")
    index.add("e", "1.0")
    found = index.crawl("a")
    assert [package.name for package in found.universe.packages] == ["a", "b", "c", "d", "e"]
    assert found.features == (("",), ("", "x", "z"), ("", "y"), ("",), ("",))
    assert count(found) == 1
    assert not found.unknown_extras


def test_an_extra_that_is_asked_for_late_is_followed_for_every_version() -> None:
    index = Pages()
    for version in ("1.0", "2.0"):
        index.add("b", version, [f"only-{version[0]}; extra == 'x'"], extras=["x"])
        index.add(f"only-{version[0]}", "1.0")
    index.add("a", "1.0", ["b", "c"])
    index.add("c", "1.0", ["b[x]"])
    found = index.crawl("a")
    assert versions(found, "only-1") == versions(found, "only-2") == ["1.0"]
    assert count(found) == 2


def test_unknown_extras_are_ignored_and_told() -> None:
    index = Pages()
    index.add("a", "1.0", ["b[nope,some]"])
    index.add("b", "1.0")
    index.add("b", "2.0", extras=["some"])
    found = index.crawl("a")
    assert count(found) == 2
    assert found.unknown_extras == (("b", "nope"),)


def test_malformed_versions_are_rejected_and_told() -> None:
    index = Pages()
    index.add("a", "1.0", ["b>>=1.1.0"])
    index.add("a", "2.0", ["b @ https://files.example/b.whl"])
    index.add(
        "a", "3.0", metadata=b"Metadata-Version: 2.1\nName: a\nVersion: 3.0\nRequires-Dist: \x00\n"
    )
    broken = index.add("a", "4.0")
    index.unusable[
        next(key for key in index.metadata if index.metadata[key] == metadata_of("a", "4.0"))
    ] = "gone bad"
    index.add("a", "5.0")
    found = index.crawl("a")
    assert versions(found, "a") == ["5.0"]
    told = {one.version: (str(one.because), one.detail) for one in found.left_out}
    assert set(told) == {"1.0", "2.0", "3.0", "4.0"}
    assert {because for because, _ in told.values()} == {"malformed"}
    assert "b>>=1.1.0" in told["1.0"][1]
    assert "address" in told["2.0"][1]
    assert told["4.0"][1] == "gone bad"
    assert broken.filename == "a-4.0-py3-none-any.whl"


def test_an_address_under_an_extra_bars_that_extra_only() -> None:
    index = Pages()
    index.add("a", "1.0", ["b @ https://files.example/b.whl ; extra == 'x'"], extras=["x"])
    index.add("a", "2.0", ["b; extra == 'x'"], extras=["x"])
    index.add("b", "1.0")
    assert count(index.crawl("a")) == 2
    found = index.crawl("a[x]")
    assert count(found) == 1
    assert found.barred_extras == (("a", "1.0", "x"),)


def test_the_metadata_may_demand_a_python_that_the_page_does_not_tell() -> None:
    index = Pages()
    index.add("a", "1.0", demands=">=3.8")
    index.add("a", "2.0", demands=">=3.12")
    index.add("a", "3.0", demands="three and more")
    index.add("a", "4.0", demands=">=3.6.*")
    found = index.crawl("a")
    assert versions(found, "a") == ["1.0", "4.0"]
    assert left_out(found) == {("a", "2.0", "other_python"), ("a", "3.0", "malformed")}


def test_a_project_that_is_missing_takes_out_what_requires_it() -> None:
    index = Pages()
    index.add("a", "1.0", ["gone"])
    index.add("a", "2.0")
    found = index.crawl("a")
    assert found.missing == ("gone",)
    assert count(found) == 1
    with pytest.raises(ProjectNotFoundError, match="'gone'"):
        index.crawl("a", "gone")


def test_a_package_comes_from_the_first_source_unless_it_names_another() -> None:
    index = Pages()
    index.add("a", "1.0", ["b", "c"])
    index.add("b", "1.0")
    index.add("b", "9.9", source="second")
    index.add("c", "9.9", source="second")
    found = index.crawl("a", "b @ second", sources=("main", "second"))
    assert versions(found, "b") == ["9.9"]
    assert versions(found, "c") == []
    assert found.missing == ("c",)
    assert found.sources == ("main", "second", "main")


def test_circles_end() -> None:
    index = Pages()
    index.add("a", "1.0", ["b"])
    index.add("b", "1.0", ["a[x]", "b"])
    assert count(index.crawl("a")) == 1


def test_the_order_in_which_answers_come_does_not_matter() -> None:
    source = random.Random(5)
    index = Pages()
    names = [f"p{n}" for n in range(8)]
    for name in names:
        for version in ("1.0", "2.0rc1", "2.0", "3.0"):
            wanted = source.sample(names, 2)
            marks = [source.choice(["", ">=2", "<3", ">=2.0rc1", "[x]"]) for _ in wanted]
            index.add(
                name, version, [a + b for a, b in zip(wanted, marks, strict=True)], extras=["x"]
            )
    seen = set()
    for seed in range(4):
        shuffled = Pages(dict(index.rows), dict(index.metadata))
        for key, rows in shuffled.rows.items():
            shuffled.rows[key] = random.Random(seed).sample(rows, len(rows))
        found = shuffled.crawl("p0", "p1")
        seen.add((found.universe, found.left_out, found.features))
    assert len(seen) == 1


@pytest.mark.parametrize("fault", [Fault(500, times=2), Fault(cut=10, times=2)])
def test_an_index_that_stumbles_gives_the_same_count(tmp_path: Path, fault: Fault) -> None:
    assert crawl_with(tmp_path, fault) == 4


def test_an_index_that_stays_wrong_gives_no_count(tmp_path: Path) -> None:
    with pytest.raises(IndexAnswerError, match=r"b-2\.0-py3-none-any.whl"):
        crawl_with(tmp_path, Fault(404, times=-1), path=r"b-2\.0")


def crawl_with(folder: Path, fault: Fault, path: str = ".*") -> int:
    with IndexServer() as server:
        for version in ("1.0", "2.0"):
            server.add("a", version, ["b"])
            server.add("b", version)
        server.fail(path, fault)
        problem = Problem((Root(Requirement("a")),), ENVIRONMENT)

        async def crawl() -> Crawled:
            client = IndexClient(
                [Source("default", server.url)],
                IndexCache(folder),
                transport=Transport(first_pause_seconds=0.001),
            )
            async with client:
                return await build_universe(problem, client)

        return count(asyncio.run(crawl()))
