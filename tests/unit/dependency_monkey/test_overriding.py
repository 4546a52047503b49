from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from dependency_monkey.blocking import blocking
from dependency_monkey.crawled import Crawled
from dependency_monkey.errors import EmptySpaceError
from dependency_monkey.problem import Problem
from dependency_monkey.space import Space
from tests.support.small_index import Release, SmallIndex, problem_of

INDEX = SmallIndex(
    {
        "main": {
            "app": {
                "1.0": Release(
                    requires=(
                        "lib<2", "old>=1", "win>=1; sys_platform == 'win32'", "opt>=1; extra == 'x'",
                    ),
                    extras=("x",),
                )
            },
            "lib": {"1.0": Release(), "2.0": Release(requires=("deep",))},
            "old": {"1.0": Release()},
            "win": {"1.0": Release(), "2.0": Release()},
            "opt": {"1.0": Release(), "2.0": Release()},
            "deep": {"1.0": Release()},
        }
    }
)  # fmt: skip


def overridden(*overrides: str, removed: tuple[str, ...] = (), root: str = "app") -> Problem:
    return replace(
        problem_of(root),
        overrides=tuple(map(Requirement, overrides)),
        removed=frozenset(map(NormalizedName, removed)),
    )


def stacks(problem: Problem) -> list[dict[str, str]]:
    return list(Space.compile(INDEX.crawl(problem)).newest_first())


def test_an_override_takes_the_place_of_every_requirement() -> None:
    assert stacks(overridden()) == [{"app": "1.0", "lib": "1.0", "old": "1.0"}]
    assert stacks(overridden("lib>=2")) == [
        {"app": "1.0", "lib": "2.0", "old": "1.0", "deep": "1.0"}
    ]


def test_an_override_ignores_the_marker_of_what_it_replaces() -> None:
    # as uv does: tried with click, whose colorama is for Windows alone
    assert {"app": "1.0", "lib": "1.0", "old": "1.0", "win": "1.0"} in stacks(overridden("win<2"))


def test_an_override_of_what_an_extra_asks_for_stays_with_the_extra() -> None:
    assert all("opt" not in stack for stack in stacks(overridden("opt<2")))
    assert [stack["opt"] for stack in stacks(overridden("opt<2", root="app[x]"))] == ["1.0"]


def test_what_is_removed_is_required_by_nothing() -> None:
    assert stacks(overridden(removed=("old", "lib"))) == [{"app": "1.0"}]
    assert stacks(
        replace(problem_of("app", "lib"), removed=frozenset({NormalizedName("lib")}))
    ) == [{"app": "1.0", "old": "1.0"}]


def test_an_override_of_a_root_takes_its_place_once() -> None:
    problem = replace(problem_of("lib<1", "lib>3"), overrides=(Requirement("lib==2.0"),))
    assert stacks(problem) == [{"lib": "2.0", "deep": "1.0"}]


def test_several_overrides_hold_together() -> None:
    with pytest.raises(EmptySpaceError):
        stacks(overridden("win>1", "win<2"))


def test_what_blocks_is_told_with_the_override() -> None:
    problem = overridden("lib>=3")
    crawled: Crawled = INDEX.crawl(problem)
    chain = blocking(problem, crawled)
    assert chain is not None
    assert [text for one in chain.required for text, _ in one.says] == ["lib>=3"]
