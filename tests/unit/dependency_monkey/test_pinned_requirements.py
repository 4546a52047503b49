from __future__ import annotations

import pytest

from amun_core.plan import IndexSource
from dependency_monkey.pinned import Pinner
from dependency_monkey.pinned_requirements import requirements_files
from tests.support.small_index import EXTRA, MAIN, Release, SmallIndex, problem_of

CONFIGURED = IndexSource(name="main", url="")


@pytest.mark.parametrize(
    ("words", "source", "asked", "options"),
    [
        (("app", "own @ extra"), MAIN, False, []),
        (
            ("app", "own @ extra"),
            MAIN,
            True,
            [f"--index-url {MAIN.url}", f"--extra-index-url {EXTRA.url}"],
        ),
        (("app",), MAIN, True, [f"--index-url {MAIN.url}"]),
        (("own @ extra",), MAIN, True, [f"--extra-index-url {EXTRA.url}"]),
        (("app",), CONFIGURED, True, []),
    ],
)
def test_indexes_are_named_if_that_is_asked_for(
    words: tuple[str, ...], source: IndexSource, asked: bool, options: list[str]
) -> None:
    projects = {"main": {"app": {"1": Release()}}, "extra": {"own": {"1": Release()}}}
    problem = problem_of(*words)
    crawled = SmallIndex(projects).crawl(problem)
    stack = {root.name: "1" for root in problem.roots}
    pinned = Pinner(crawled, problem, [source, EXTRA]).pin(stack)
    text = requirements_files(pinned, index_addresses=asked)["requirements.txt"]
    assert [line for line in text.splitlines() if line.startswith("-")] == options
    assert ("://" in text) is bool(options)


def test_a_requirement_stays_in_its_line() -> None:
    problem = problem_of(r"app ; os_name != 'a\nevil==1\r\u2028b'", sources=("main",))
    crawled = SmallIndex({"main": {"app": {"1": Release()}}}).crawl(problem)
    pinned = Pinner(crawled, problem, [MAIN]).pin({"app": "1"})
    lines = requirements_files(pinned)["requirements.txt"].splitlines()
    assert [line.startswith("#") for line in lines] == [True] * 5 + [False] * 2
