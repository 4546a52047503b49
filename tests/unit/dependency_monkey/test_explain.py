from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from dependency_monkey.candidates import LeftOutBecause
from dependency_monkey.compilation import compile_universe
from dependency_monkey.explain import Explanation, Why, explain
from dependency_monkey.explain_text import explanation_text
from dependency_monkey.marginals import marginals
from dependency_monkey.problem import Policy
from tests.support.small_index import Projects, Release, SmallIndex, problem_of

PROJECTS: Projects = {
    "flow": {
        "1.0": Release(("num<1.24",)),
        "2.0": Release(("num>=1.23,<2", "lazy; extra == 'all'"), extras=("all",)),
    },
    "num": {
        "1.20.0": Release(),
        "1.23.5": Release(),
        "1.24.0": Release(("old<2",)),
        "1.25.0": Release(("old>=2",)),
        "1.26.0rc1": Release(),
        "2.0.0": Release(),
        "2.1.0": Release(tags=()),
    },
    "old": {"1.0": Release(), "2.0": Release(("num<1.25",))},
    "lazy": {"1.0": Release()},
    "loop": {"1.0": Release(("flow==1.0", "other"))},
    "other": {"1.0": Release()},
}


def ask(
    subject: str, *words: str, policy: Policy | None = None, compiled: bool = True
) -> Explanation:
    problem = problem_of(*(words or ("flow",)), policy=policy)
    crawled = SmallIndex({"main": PROJECTS}).crawl(problem)
    graph = compile_universe(crawled.universe) if compiled else None
    return explain(problem, crawled, Requirement(subject), graph, compiled=compiled, seconds=30)


def test_a_version_that_is_in_has_its_number_of_stacks_and_one_of_them() -> None:
    found = ask("num==1.24.*")
    assert [(one.version, one.stacks) for one in found.inside] == [("1.24.0", 1)]
    assert found.stacks == 4  # flow 1.0 with num 1.20.0 or 1.23.5, flow 2.0 with 1.23.5 or 1.24.0
    assert found.example == {"flow": "2.0", "num": "1.24.0", "old": "1.0"}
    assert found.admitted_by == (("flow 2.0", "num<2,>=1.23"),)
    assert found.outside == ()
    text = explanation_text(found)
    assert "num 1.24.0 is in the space." in text
    assert "in 1 of 4 stacks" in text
    assert "flow 2.0 requires num<2,>=1.23" in text


def test_neighbours_in_the_same_number_of_stacks_are_told_together() -> None:
    text = explanation_text(ask("num"))
    assert "1.20.0: in 1 of 4 stacks" in text
    assert "1.23.5: in 2 of 4 stacks" in text
    assert "1.0, 2.0: each in 2 of 4 stacks" in explanation_text(ask("flow"))


def test_the_numbers_are_those_of_the_marginals() -> None:
    problem = problem_of("flow")
    crawled = SmallIndex({"main": PROJECTS}).crawl(problem)
    graph = compile_universe(crawled.universe)
    assert graph is not None
    counts = marginals(graph)
    for package in ("flow", "num", "old"):
        found = explain(problem, crawled, Requirement(package), graph)
        number = [one.name for one in crawled.universe.packages].index(package)
        names = crawled.universe.packages[number].versions
        assert {one.version: one.stacks for one in found.inside} == {
            names[version]: count for (p, version), count in counts.items() if p == number
        }


def test_every_version_has_one_reason() -> None:
    found = ask("num")
    told = [one.version for one in found.inside]
    told += [version for one in found.outside for version in one.versions]
    assert sorted(told) == sorted(PROJECTS["num"])
    reasons = {version: one.why for one in found.outside for version in one.versions}
    assert reasons == {
        "1.25.0": Why.BLOCKED,
        "1.26.0rc1": Why.LEFT_OUT,
        "2.0.0": Why.NOT_ADMITTED,
        "2.1.0": Why.LEFT_OUT,
    }


def test_what_blocks_a_version_is_named() -> None:
    found = ask("num==1.25.0")
    (blocked,) = found.outside
    assert blocked.chain is not None
    assert [one.text for one in blocked.chain.asked if one.wished] == ["num==1.25.0"]
    says = {(one.package, one.target): one.says for one in blocked.chain.required}
    assert says == {
        ("num", "old"): (("old>=2", ("1.25.0",)),),
        ("old", "num"): (("num<1.25", ("2.0",)),),
    }
    text = explanation_text(found)
    assert "num 1.25.0 requires old>=2" in text
    assert "old 2.0 requires num<1.25" in text


def test_what_no_requirement_admits_names_those_that_do_not() -> None:
    by_packages = ask("num==2.0.0").outside[0]
    assert by_packages.why is Why.NOT_ADMITTED
    assert ("flow 2.0", "num<2,>=1.23") in by_packages.quoted
    by_person = ask("num==1.20.0", "flow", "num>=1.23")
    assert by_person.outside[0].quoted == ((None, "num>=1.23"),)
    text = explanation_text(by_person, you_ask="your Pipfile asks for")
    assert "your Pipfile asks for num>=1.23" in text
    assert "change what you ask of num" in text


def test_what_is_left_out_says_why_and_what_to_do() -> None:
    (found,) = ask("num==2.1.0").outside
    assert found.because is LeftOutBecause.SDIST_ONLY
    windowed = ask("num==1.20.0", policy=Policy(last=3))
    assert windowed.outside[0].because is LeftOutBecause.WINDOW
    assert "--last" in explanation_text(windowed)


def test_what_would_be_valid_and_is_not_asked_for_can_be_added() -> None:
    """other is asked for by loop alone, and loop excludes the flow that is asked for."""
    problem = problem_of("flow==2.0", "pick")
    projects: Projects = {
        **PROJECTS,
        "pick": {"1.0": Release(("loop",)), "2.0": Release()},
    }
    crawled = SmallIndex({"main": projects}).crawl(problem)
    graph = compile_universe(crawled.universe)
    found = explain(problem, crawled, Requirement("other"), graph, seconds=30)
    assert [one.why for one in found.outside] == [Why.NOT_ASKED]
    assert "add other to what you ask for" in explanation_text(found)
    blocked = explain(problem, crawled, Requirement("loop"), graph, seconds=30)
    assert [one.why for one in blocked.outside] == [Why.BLOCKED]


def test_what_nothing_reaches_and_what_the_index_does_not_have_is_said() -> None:
    assert ask("lazy").outside[0].why is Why.UNREACHED
    assert ask("lazy", "flow[all]").inside[0].version == "1.0"
    unknown = ask("num==7")
    assert unknown.outside[0].why is Why.UNKNOWN
    assert "it has 1.20.0 to 2.1.0" in explanation_text(unknown)


def test_of_an_empty_space_the_chain_of_the_problem_is_told() -> None:
    found = ask("num==1.23.5", "flow==1.0", "num>=1.23", "old>=2", "num!=1.23.5")
    assert found.stacks == 0
    assert found.inside == ()
    blocked = ask("old", "flow==1.0", "num>=1.24", "old")
    (one,) = blocked.outside
    assert one.why is Why.BLOCKED
    assert one.chain is not None
    assert not any(asked.wished for asked in one.chain.asked)
    assert {asked.text for asked in one.chain.asked} == {"flow==1.0", "num>=1.24"}


@pytest.mark.parametrize("subject", ["num", "flow", "old"])
def test_without_a_count_the_same_versions_are_in(subject: str) -> None:
    counted, searched = ask(subject), ask(subject, compiled=False)
    assert [one.version for one in searched.inside] == [one.version for one in counted.inside]
    assert all(one.stacks is None for one in searched.inside)
    assert {v: one.why for one in searched.outside for v in one.versions} == {
        v: one.why for one in counted.outside for v in one.versions
    }
    assert "not counted" in explanation_text(searched)


def test_without_time_nothing_is_claimed() -> None:
    problem = problem_of("flow")
    crawled = SmallIndex({"main": PROJECTS}).crawl(problem)
    found = explain(problem, crawled, Requirement("flow"), None, compiled=False, seconds=0)
    assert found.inside == ()
    assert [one.why for one in found.outside] == [Why.UNDECIDED]
    assert "Give more" in explanation_text(found)
