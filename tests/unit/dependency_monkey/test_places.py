from __future__ import annotations

from dataclasses import replace

import pytest

from amun_core.plan import IndexSource, LinkSource
from dependency_monkey.errors import LockError
from dependency_monkey.index.errors import ProjectNotFoundError
from dependency_monkey.pinned import Pinner
from dependency_monkey.pinned_pipfile import pipfile_files
from dependency_monkey.pinned_pylock import pylock_files
from dependency_monkey.pinned_requirements import requirements_files
from dependency_monkey.problem import Problem
from tests.support.small_index import EXTRA, MAIN, Release, SmallIndex, problem_of

LINKS = LinkSource(name="links", url="https://links.example/list.html")
SOURCES: tuple[IndexSource, ...] = (MAIN, EXTRA, LINKS)
INDEX = SmallIndex(
    {
        "main": {"a": {"1.0": Release(), "1.1": Release()}, "b": {"1.0": Release()}},
        "extra": {
            "a": {"2.0": Release(origin="https://extra.example"), "1.1": Release(origin="https://extra.example")},
            "c": {"1.0": Release()},
        },
        "links": {"a": {"3.0": Release(origin="https://links.example")}, "d": {"1.0": Release()}},
    }
)  # fmt: skip


def of(*words: str, groups: tuple[tuple[str, ...], ...], links: tuple[str, ...] = ()) -> Problem:
    names = tuple(source.name for source in SOURCES)
    return replace(problem_of(*words, sources=names), searched=groups, links=links)


def versions(problem: Problem) -> list[str]:
    return [str(version) for version in INDEX.crawl(problem, SOURCES).versions[0]]


@pytest.mark.parametrize(
    ("groups", "links", "found"),
    [
        ((), (), ["1.0", "1.1"]),
        ((("main", "extra"),), (), ["1.0", "1.1", "2.0"]),
        ((("extra",), ("main",)), (), ["1.1", "2.0"]),
        ((("main",), ("extra",)), ("links",), ["1.0", "1.1", "3.0"]),
        (((),), ("links",), ["3.0"]),
    ],
)
def test_where_a_package_is_looked_for(
    groups: tuple[tuple[str, ...], ...], links: tuple[str, ...], found: list[str]
) -> None:
    assert versions(of("a", groups=groups, links=links)) == found


def test_the_next_group_is_asked_for_what_the_first_has_not() -> None:
    assert versions(of("c", groups=(("main",), ("extra",)))) == ["1.0"]
    assert versions(of("d", groups=(("main",),), links=("links",))) == ["1.0"]
    with pytest.raises(ProjectNotFoundError, match="main, extra, links"):
        versions(of("nowhere", groups=(("main",), ("extra",)), links=("links",)))


def test_a_package_that_is_bound_comes_from_there_alone() -> None:
    problem = of("a @ extra", groups=(("main",),), links=("links",))
    assert versions(problem) == ["1.1", "2.0"]


def test_each_version_is_pinned_with_the_place_that_it_comes_from() -> None:
    problem = of("a", groups=(("main", "extra"),), links=("links",))
    pinner = Pinner(INDEX.crawl(problem, SOURCES), problem, SOURCES)
    places = {text: pinner.pin({"a": text}).pins[0].source.name for text in ("1.1", "2.0", "3.0")}
    assert places == {"1.1": "main", "2.0": "extra", "3.0": "links"}


def test_locks_of_what_a_list_of_links_names() -> None:
    problem = of("a==3.0", groups=(("main",),), links=("links",))
    stack = Pinner(INDEX.crawl(problem, SOURCES), problem, SOURCES).pin({"a": "3.0"})
    text = requirements_files(stack, index_addresses=True)["requirements.txt"]
    assert "--find-links https://links.example/list.html" in text
    lock = pylock_files(stack)["pylock.toml"]
    assert "https://links.example/a-3.0-py3-none-any.whl" in lock
    assert "index =" not in lock
    with pytest.raises(LockError, match="cannot name the page of links that a comes from"):
        pipfile_files(stack, None, lambda: "https://index.example/simple")
