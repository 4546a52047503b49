from __future__ import annotations

import pytest

from dependency_monkey.errors import NotAStackError
from dependency_monkey.pinned import PinnedStack, Pinner, public_address
from tests.support.small_index import MAIN, Release, SmallIndex, problem_of


def pinned(
    projects: dict[str, dict[str, Release]], *words: str, stack: dict[str, str]
) -> PinnedStack:
    problem = problem_of(*words, sources=("main",))
    crawled = SmallIndex({"main": projects}).crawl(problem)
    return Pinner(crawled, problem, [MAIN]).pin(stack)


@pytest.mark.parametrize(
    ("words", "marker"),
    [
        (("tool ; os_name == 'posix'",), 'os_name == "posix"'),
        (("tool ; os_name == 'posix'", "tool"), None),
        (
            ("tool ; sys_platform == 'linux'", "tool>=1 ; os_name == 'posix'"),
            'os_name == "posix" or sys_platform == "linux"',
        ),
        (("tool ; os_name == 'posix'", "other"), None),
    ],
    ids=["one root", "asked for always too", "either", "something else requires it"],
)
def test_markers_of_roots(words: tuple[str, ...], marker: str | None) -> None:
    projects = {"tool": {"1": Release()}, "other": {"1": Release(("tool",))}}
    stack = {"tool": "1"} | ({"other": "1"} if "other" in words else {})
    found = {pin.name: pin.marker for pin in pinned(projects, *words, stack=stack).pins}
    assert found["tool"] == marker


def test_extras_are_those_that_are_asked_for_in_the_stack() -> None:
    projects = {
        "app": {"1": Release(("web[fast]",)), "2": Release(("web[safe]",))},
        "web": {"1": Release(("a; extra == 'fast'", "b; extra == 'safe'"), ("fast", "safe"))},
        "a": {"1": Release()},
        "b": {"1": Release()},
    }
    first = pinned(projects, "app", stack={"app": "1", "web": "1", "a": "1"})
    second = pinned(projects, "app", stack={"app": "2", "web": "1", "b": "1"})
    assert [pin.extras for pin in first.pins if pin.name == "web"] == [("fast",)]
    assert [pin.extras for pin in second.pins if pin.name == "web"] == [("safe",)]
    with pytest.raises(NotAStackError, match="web 1 requires b"):
        pinned(projects, "app", stack={"app": "2", "web": "1", "a": "1"})


def test_a_circle_supports_nobody() -> None:
    projects = {
        "app": {"1": Release()},
        "x": {"1": Release(("y",))},
        "y": {"1": Release(("x",))},
    }
    with pytest.raises(NotAStackError, match="not required by anything"):
        pinned(projects, "app", stack={"app": "1", "x": "1", "y": "1"})


def test_a_version_that_a_requirement_does_not_admit() -> None:
    projects = {"app": {"1": Release(("x<2",)), "2": Release(("x",))}}
    projects["x"] = {"1": Release(), "2": Release()}
    assert pinned(projects, "app", stack={"app": "2", "x": "2"}).pins
    with pytest.raises(NotAStackError, match="app 1 does not admit x 2"):
        pinned(projects, "app", stack={"app": "1", "x": "2"})


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://index.example/simple", "https://index.example/simple"),
        ("https://me:pw@index.example/simple", "https://index.example/simple"),
        ("https://token@index.example/simple", "https://index.example/simple"),
        ("https://me:p/w@index.example/simple", "https://index.example/simple"),
        ("https://${ME}:${PW}@index.example/simple", "https://${ME}:${PW}@index.example/simple"),
        ("https://${ME}:pw@index.example/simple", "https://index.example/simple"),
        ("https://$PW@index.example/simple", "https://index.example/simple"),
        ("https://index.example/simple?key=pw", "https://index.example/simple?key=***"),
        ("https://${ME}@index.example/?key=pw", "https://${ME}@index.example/?key=***"),
        ("", ""),
    ],
)
def test_addresses_without_credentials(address: str, shown: str) -> None:
    assert public_address(address) == shown
