"""Each rule of which versions may be chosen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dependency_monkey.index.client import metadata_key
from dependency_monkey.problem import Policy, PreReleases
from tests.support.crawling import Pages, left_out, versions

A = canonicalize_name("a")


def policy(**options: object) -> dict[str, Policy]:
    return {"policy": Policy(**options)}  # type: ignore[arg-type]


def pages(*given: str, **row: object) -> Pages:
    found = Pages()
    for version in given:
        found.add("a", version, **row)  # type: ignore[arg-type]
    return found


def test_versions_without_a_wheel_are_left_out_and_told() -> None:
    index = pages("1.0", "2.0")
    index.add("a", "1.0", tag="sdist")
    index.add("a", "0.9", tag="sdist")
    found = index.crawl("a")
    assert versions(found, "a") == ["1.0", "2.0"]
    assert left_out(found) == {("a", "0.9", "sdist_only")}


def test_the_nearest_miss_says_why_a_version_is_left_out() -> None:
    index = pages("1.0")
    index.add("a", "2.0", tag="cp311-cp311-win_amd64")
    index.add("a", "2.0", tag="sdist")
    index.add("a", "3.0", tag="cp311-cp311-win_amd64")
    index.add("a", "3.0", requires_python=">=3.12")
    index.add("a", "4.0", requires_python=">=3.12")
    index.add("a", "4.0", yanked=True, tag="cp311-none-any")
    found = index.crawl("a")
    assert left_out(found) == {
        ("a", "2.0", "other_platform"), ("a", "3.0", "other_python"), ("a", "4.0", "yanked"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("demand", "because"),
    [(">=3.8", None), (">=3.11.7", None), ("<3.11.7", "other_python"), (">=3.12", "other_python"),
     ("!=3.11.*", "other_python"), ("refused: too long", "malformed"), (">=3.6.*", None), (">=3.12.*", "other_python")],
)  # fmt: skip
def test_the_page_says_which_python_a_file_takes(demand: str, because: str | None) -> None:
    found = pages("1.0", requires_python=demand).crawl("a")
    assert versions(found, "a") == ([] if because else ["1.0"])
    assert left_out(found) == ({("a", "1.0", because)} if because else set())


@pytest.mark.parametrize(
    ("root", "admitted"),
    [("a", False), ("a>=1.0", False), ("a==1.0", True), ("a===1.0", True), ("a==1.*", False),
     ("a==1.0,>0.5", True), ("a==2.0", False)],
)  # fmt: skip
def test_only_a_root_that_pins_admits_a_yanked_file(root: str, admitted: bool) -> None:
    index = pages("2.0")
    index.add("a", "1.0", yanked=True, yanked_reason="broken")
    found = index.crawl(root)
    assert ("1.0" in versions(found, "a")) is admitted
    assert (("a", "1.0", "yanked") in left_out(found)) is not admitted


def test_what_another_package_pins_admits_no_yanked_file() -> None:
    index = pages("2.0")
    index.add("a", "1.0", yanked=True)
    index.add("b", "1.0", ["a==1.0"])
    assert versions(index.crawl("b"), "a") == []


@pytest.mark.parametrize(
    ("rule", "root", "expected"),
    [
        (PreReleases.IF_NECESSARY, "a", ["1.0", "2.0"]),
        (PreReleases.IF_NECESSARY, "a>=2.0rc1", ["2.0rc1", "2.0", "3.0a1"]),
        (PreReleases.IF_NECESSARY, "a!=2.0rc1", ["1.0", "2.0"]),
        (PreReleases.ALLOW, "a", ["1.0", "2.0rc1", "2.0", "3.0a1"]),
        (PreReleases.NEVER, "a>=2.0rc1", ["2.0"]),
    ],
)
def test_pre_releases(rule: PreReleases, root: str, expected: list[str]) -> None:
    index = pages("1.0", "2.0rc1", "2.0", "3.0a1")
    found = index.crawl(root, **policy(pre_releases=rule))
    assert versions(found, "a") == expected
    # told where the policy takes them out; what the root does not admit is no matter of policy
    told = {version for _, version, because in left_out(found) if because == "pre_release"}
    assert told == (set() if "2.0rc1" in expected else {"2.0rc1", "3.0a1"})


def test_pre_releases_where_there_is_nothing_else() -> None:
    index = pages("1.0rc1", "1.0.dev2")
    index.add("a", "1.0", tag="sdist")
    assert versions(index.crawl("a"), "a") == ["1.0.dev2", "1.0rc1"]
    assert versions(index.crawl("a", **policy(pre_releases=PreReleases.NEVER)), "a") == []


def test_a_pre_release_that_is_named_late_joins() -> None:
    index = pages("1.0", "2.0rc1")
    index.add("b", "1.0", ["a", "c"])
    index.add("c", "1.0", ["d"])
    index.add("d", "1.0", ["a>=1.5rc1"])
    found = index.crawl("b")
    assert versions(found, "a") == ["1.0", "2.0rc1"]
    assert not left_out(found)


def test_windows_keep_the_newest() -> None:
    index = pages("1.0", "1.1", "1.2", "1.3")
    index.add("b", "1.0", ["a"])
    index.add("b", "2.0", ["a"])
    found = index.crawl("b", **policy(last=1, last_of={A: 2}))
    assert versions(found, "b") == ["2.0"]
    assert versions(found, "a") == ["1.2", "1.3"]
    assert left_out(found) == {
        ("b", "1.0", "window"), ("a", "1.0", "window"), ("a", "1.1", "window"),
    }  # fmt: skip
    assert versions(index.crawl("a", **policy(last=9)), "a") == ["1.0", "1.1", "1.2", "1.3"]


def test_pre_releases_that_join_push_nothing_out_of_a_window() -> None:
    index = pages("1.0", "1.1", "1.2rc1", "1.2", "1.3rc1")
    kept = policy(last=2)
    assert versions(index.crawl("a", **kept), "a") == ["1.1", "1.2"]
    assert versions(index.crawl("a>=1.0rc1", **kept), "a") == ["1.1", "1.2rc1", "1.2", "1.3rc1"]
    counted = policy(last=2, pre_releases=PreReleases.ALLOW)
    assert versions(index.crawl("a", **counted), "a") == ["1.2", "1.3rc1"]


def test_dates_bound_what_is_taken() -> None:
    index = Pages()
    for month in (1, 2, 3):
        index.add("a", f"{month}.0", upload_time=f"2025-0{month}-01T00:00:00+00:00")
    index.add("a", "9.0")
    moment = datetime(2025, 2, 1, tzinfo=UTC)
    found = index.crawl("a", **policy(as_of=moment))
    assert versions(found, "a") == ["1.0", "2.0"]
    assert {(one.version, one.detail) for one in found.left_out} == {
        ("3.0", "2025-03-01"), ("9.0", "not dated"),
    }  # fmt: skip
    assert versions(index.crawl("a", **policy(newer_than=moment)), "a") == ["3.0"]
    both = policy(newer_than=datetime(2025, 1, 15, tzinfo=UTC), as_of=moment)
    assert versions(index.crawl("a", **both), "a") == ["2.0"]
    assert left_out(index.crawl("a", **both)) == {
        ("a", version, "date") for version in ("1.0", "3.0", "9.0")
    }


def test_a_file_of_a_version_that_came_later_is_not_there_yet() -> None:
    index = Pages()
    index.add("a", "1.0", upload_time="2025-01-01T00:00:00+00:00", tag="py3-none-any")
    index.add("a", "1.0", ["late"], upload_time="2025-03-01T00:00:00+00:00", tag="1-py3-none-any")
    found = index.crawl("a", **policy(as_of=datetime(2025, 2, 1, tzinfo=UTC)))
    assert found.defining[0][0].filename == "a-1.0-py3-none-any.whl"


def test_lists_take_out_and_let_in() -> None:
    index = pages("1.0", "1.1", "2.0", "3.0")
    rules = {
        "exclude": (Requirement("A==1.1"), Requirement("b")),
        "allow": (Requirement("a<2"), Requirement("a==3.0")),
    }
    found = index.crawl("a", **policy(**rules))
    assert versions(found, "a") == ["1.0", "3.0"]
    assert left_out(found) == {("a", "1.1", "excluded"), ("a", "2.0", "excluded")}


def test_constraints_bound_what_others_ask_for() -> None:
    index = pages("1.0", "2.0", "3.0")
    index.add("b", "1.0", ["a"])
    bounds = (Requirement("a<3"), Requirement("a>1"), Requirement("unused==1"))
    found = index.crawl("b", constraints=bounds)
    assert versions(found, "a") == ["2.0"]
    assert left_out(found) == {("a", "1.0", "constrained"), ("a", "3.0", "constrained")}
    assert [package.name for package in found.universe.packages] == ["a", "b"]


def test_a_window_counts_what_the_lists_leave() -> None:
    index = pages("1.0", "2.0", "3.0")
    found = index.crawl("a", **policy(last=1, exclude=(Requirement("a==3.0"),)))
    assert versions(found, "a") == ["2.0"]


def test_source_distributions_on_wish() -> None:
    index = pages("1.0")
    index.add("a", "1.0", ["never"], tag="sdist")
    index.add("a", "2.0", ["b"], tag="sdist")
    broken = index.add("a", "3.0", tag="sdist")
    index.unusable[metadata_key(broken)] = "what it requires is told by its build only"
    index.add("b", "1.0")
    assert versions(index.crawl("a"), "a") == ["1.0"]
    found = index.crawl("a", **policy(sdists=True))
    assert versions(found, "a") == ["1.0", "2.0"]
    assert versions(found, "b") == ["1.0"]
    assert left_out(found) == {("a", "3.0", "sdist_only")}
    # where there is a wheel it is taken
    assert [file.filename for file in found.defining[0]] == [
        "a-1.0-py3-none-any.whl",
        "a-2.0.tar.gz",
    ]
