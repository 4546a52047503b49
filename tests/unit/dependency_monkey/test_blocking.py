from __future__ import annotations

from dependency_monkey.blocking import Blocking, blocking
from dependency_monkey.candidates import LeftOutBecause
from dependency_monkey.explain_text import blocking_text, sentence
from dependency_monkey.problem import Policy, Problem
from tests.support.small_index import Projects, Release, SmallIndex, problem_of

PROJECTS: Projects = {
    "flow": {
        "2.11.0": Release(("num>=1.20", "proto<3.20; python_version >= '3.8'")),
        "2.12.0": Release(("num>=1.22,<1.24", "proto>=3.20")),
        "2.12.1": Release(("num>=1.22,<1.24", "proto>=3.20")),
    },
    "num": {one: Release() for one in ("1.20.0", "1.22.0", "1.23.5", "1.24.0", "1.26.4", "2.0.0")},
    "proto": {one: Release() for one in ("3.19.6", "3.20.3", "4.25.0")},
    "plot": {"1.0": Release(("num>=1.26", "colours[warm]"))},
    "colours": {"1.0": Release(("ghost>=1; extra == 'warm'",), extras=("warm",))},
    "source": {"1.0": Release(tags=())},
}


def ask(
    *words: str, policy: Policy | None = None, projects: Projects = PROJECTS
) -> Blocking | None:
    problem: Problem = problem_of(*words, policy=policy)
    return blocking(problem, SmallIndex({"main": projects}).crawl(problem), seconds=30)


def test_a_space_with_stacks_has_no_blocking_chain() -> None:
    assert ask("flow", "num<1.24") is None


def test_a_requirement_of_a_package_against_one_of_the_person() -> None:
    found = ask("flow==2.12.1", "num>=1.26", "proto")
    assert found is not None
    assert [one.text for one in found.asked] == ["flow==2.12.1", "num>=1.26"]
    assert [(one.package, one.target, one.says) for one in found.required] == [
        ("flow", "num", (("num<1.24,>=1.22", ("2.12.1",)),))
    ]
    assert found.left_out == ()
    assert found.smallest
    assert sentence(found, you_ask="your Pipfile asks for") == (
        "flow 2.12.1 requires num<1.24,>=1.22; your Pipfile asks for flow==2.12.1; "
        "your Pipfile asks for num>=1.26"
    )


def test_it_is_said_which_other_versions_would_fit() -> None:
    found = ask("flow==2.12.1", "num>=1.26")
    assert found is not None
    flow, num = found.asked
    assert num.would_do == ("1.22.0", "1.23.5")
    assert not num.unread
    assert flow.would_do == ("2.11.0", "2.12.0")
    assert flow.unread  # nobody has looked what those require
    text = blocking_text(found)
    assert "ask for another version than num>=1.26: 1.22.0, 1.23.5 would fit" in text
    assert "2.11.0, 2.12.0 may do; they were not read yet" in text


def test_a_chain_through_packages_and_extras_is_told_in_its_order() -> None:
    found = ask("plot")
    assert found is not None
    assert [(one.package, one.target) for one in found.required] == [
        ("plot", "colours"),
        ("colours", "ghost"),
    ]
    assert found.required[0].says == (("colours[warm]", ("1.0",)),)
    assert found.required[1].says == (("ghost>=1", ("1.0",)),)
    assert found.nowhere == ("ghost",)
    assert "see that an index has ghost" in blocking_text(found)


def test_two_packages_that_want_different_versions_of_a_third() -> None:
    projects: Projects = {**PROJECTS, "plot": {"1.0": Release(("num>=1.26",))}}
    found = ask("flow>=2.12", "plot", projects=projects)
    assert found is not None
    assert {one.text for one in found.asked} == {"flow>=2.12", "plot"}
    says = {one.package: one.says for one in found.required}
    assert says == {
        "flow": (("num<1.24,>=1.22", ("2.12.0", "2.12.1")),),
        "plot": (("num>=1.26", ("1.0",)),),
    }


def test_a_window_that_leaves_no_version_is_named_with_what_it_leaves_out() -> None:
    found = ask("flow==2.12.1", policy=Policy(last=2))
    assert found is not None
    assert [(one.package, one.because, one.versions) for one in found.left_out] == [
        ("num", LeftOutBecause.WINDOW, ("1.22.0", "1.23.5"))
    ]
    text = blocking_text(found)
    assert "num 1.22.0, 1.23.5 left out: not among the newest versions that were asked for" in text
    assert "--last" in text


def test_a_version_without_a_wheel_is_named() -> None:
    found = ask("source")
    assert found is not None
    assert [(one.because, one.versions) for one in found.left_out] == [
        (LeftOutBecause.SDIST_ONLY, ("1.0",))
    ]
    assert found.required == ()


def test_what_no_version_is_has_its_nearest_versions_told() -> None:
    found = ask("num>=9")
    assert found is not None
    assert [one.text for one in found.asked] == ["num>=9"]
    assert found.asked[0].would_do[-1] == "2.0.0"
    assert "1.20.0 to 2.0.0 (6 versions) would fit" in blocking_text(found)


def test_many_different_requirements_are_told_in_few_words() -> None:
    projects: Projects = {
        "flow": {f"1.{n}": Release((f"num<1.{n}",)) for n in range(6)},
        "num": {"1.0": Release(), "2.0": Release()},
    }
    found = ask("flow", "num>=2", projects=projects)
    assert found is not None
    assert "every version of flow that is left requires another num: 1.0 requires num<1.0, " in (
        blocking_text(found)
    )


def test_without_time_it_is_said_that_the_chain_may_be_longer_than_needed() -> None:
    problem = problem_of("flow==2.12.1", "num>=9", "proto")
    crawled = SmallIndex({"main": PROJECTS}).crawl(problem)
    found = blocking(problem, crawled, seconds=0)
    assert found is not None
    assert not found.smallest
    assert "The time did not suffice" in blocking_text(found)
