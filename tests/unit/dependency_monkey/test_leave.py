from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from dependency_monkey.leave import Leave
from dependency_monkey.left_out import LeftOutBecause
from dependency_monkey.problem import Policy, PreReleases
from dependency_monkey.space import Space
from tests.support.small_index import Release, SmallIndex, problem_of

V = tuple(map(Version, ("1.0", "2.0rc1", "2.0", "3.0a1")))


def space_of(
    projects: dict[str, dict[str, Release]], *roots: str, policy: Policy | None = None
) -> Space:
    return Space.compile(SmallIndex({"main": projects}).crawl(problem_of(*roots, policy=policy)))


def stacks(space: Space) -> list[dict[str, str]]:
    return sorted((stack for _, stack in space.enumerate()), key=lambda one: sorted(one.items()))


def releases(*versions: str, requires: tuple[str, ...] = ()) -> dict[str, Release]:
    return {version: Release(requires) for version in versions}


def test_leave_comes_with_the_last_final_version_that_goes() -> None:
    leave = Leave(V, needed=True)
    assert leave.barred == 0b1010
    assert not leave.meet(0b0111, names=False)
    assert not leave.meet(0b1110, names=False)
    assert leave.withheld == 0b1010
    assert leave.meet(0b1010, names=False)
    assert leave.withheld == 0


def test_who_names_a_pre_release_gives_leave_to_what_it_admits() -> None:
    leave = Leave(V, needed=True)
    assert leave.meet(0b0110, names=True)
    assert leave.withheld == 0b1000


def test_pre_releases_alone_need_no_leave() -> None:
    assert Leave(V[1::2], needed=True).barred == 0
    assert Leave(V, needed=False).withheld == 0


B = releases("1.0", "2.1rc1")


@pytest.mark.parametrize(
    ("projects", "roots", "expected"),
    [
        ({"b": B}, ["b>=2.0"], [{"b": "2.1rc1"}]),
        ({"b": B}, ["b"], [{"b": "1.0"}]),
        ({"b": B}, ["b>=1.0rc1"], [{"b": "1.0"}, {"b": "2.1rc1"}]),
        ({"b": B}, ["b!=1.0rc1"], [{"b": "1.0"}]),
        ({"b": B}, ["b!=1.0"], [{"b": "2.1rc1"}]),
        ({"a": releases("1.0", requires=("b>=2.0",)), "b": B}, ["a"], [{"a": "1.0", "b": "2.1rc1"}]),
        # each admits a final version, both together none
        (
            {"a": releases("1", requires=("b>=1.5",)), "c": releases("1", requires=("b<2.5",)),
             "b": releases("1.0", "2.0rc1", "3.0")},
            ["a", "c"], [{"a": "1", "b": "2.0rc1", "c": "1"}],
        ),
        # what a version names that is not in the stack gives no leave
        (
            {"a": releases("1.0", requires=("p>=1",)),
             "b": {"1.0": Release(("p>=2.0a1",)), "2.0": Release()}, "p": releases("1.0", "3.0a1")},
            ["a", "b"],
            [{"a": "1.0", "b": "1.0", "p": "3.0a1"}, {"a": "1.0", "b": "2.0", "p": "1.0"}],
        ),
        # a final version that fits, and that something else makes impossible, still bars it
        ({"b": {"1.0": Release(("c>=9",)), "2.0rc1": Release()}, "c": releases("1.0")}, ["b"], []),
    ],
)  # fmt: skip
def test_the_rule_of_both_installers(
    projects: dict[str, dict[str, Release]], roots: list[str], expected: list[dict[str, str]]
) -> None:
    space = space_of(projects, *roots)
    assert stacks(space) == expected
    assert space.count == len(expected)


def test_what_no_stack_may_have_is_left_out_and_not_read() -> None:
    crawled = SmallIndex({"main": {"b": B}}).crawl(problem_of("b"))
    assert crawled.universe.packages[0].versions == ("1.0",)
    assert [(one.version, one.because) for one in crawled.left_out] == [
        ("2.1rc1", LeftOutBecause.PRE_RELEASE)
    ]


@pytest.mark.parametrize(
    ("rule", "versions"),
    [(PreReleases.ALLOW, {"1.0", "2.1rc1"}), (PreReleases.NEVER, {"1.0"})],
)
def test_the_policy_comes_first(rule: PreReleases, versions: set[str]) -> None:
    found = stacks(space_of({"b": B}, "b>=1.0rc1", policy=Policy(pre_releases=rule)))
    assert {one["b"] for one in found} == versions


def test_the_newest_is_a_final_version_where_one_fits() -> None:
    space = space_of({"b": releases("1.0", "2.0", "2.1rc1")}, "b>=2.0rc1")
    assert list(space.newest_first()) == [{"b": "2.0"}, {"b": "2.1rc1"}]


def test_a_constraint_that_names_a_pre_release_gives_leave() -> None:
    problem = problem_of("b")
    object.__setattr__(problem, "constraints", (Requirement("b==2.1rc1"),))
    crawled = SmallIndex({"main": {"b": B}}).crawl(problem)
    assert stacks(Space.compile(crawled)) == [{"b": "2.1rc1"}]
