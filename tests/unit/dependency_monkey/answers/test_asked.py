from __future__ import annotations

import pytest

from dependency_monkey import compilation
from dependency_monkey.compilation import NotCompiledError
from dependency_monkey.errors import EmptySpaceError
from tests.support.small_index import Release
from tests.support.stack_questions import answered, asked


def test_every_answer_says_what_it_is_for() -> None:
    document = answered("count", "app", "nothing-like-it; python_version < '3'")
    assert document["environment"] == {
        "python_version": "3.11.7",
        "architecture": "x86_64",
        "libc": "glibc 2.36",
    }
    assert len(document["snapshot"]["digest"]) == 64
    assert document["snapshot"]["taken_at"] == "2026-01-02T00:00:00+00:00"
    assert document["packages"] == 3
    assert document["versions"] == 8
    assert document["figures"]["requests"] == 0
    (warning,) = document["warnings"]
    assert warning.endswith("does not apply in this environment")
    assert warning.startswith("nothing-like-it")


def test_what_is_left_out_is_counted_and_listed() -> None:
    left_out = answered("count", "app", policy={"exclude": ["lib==1.0"]})["left_out"]
    assert left_out == {
        "total": 2,
        "counts": {"excluded": 1, "sdist_only": 1},
        "versions": [
            {"package": "lib", "version": "1.0", "because": "excluded"},
            {"package": "tool", "version": "0.2", "because": "sdist_only"},
        ],
    }


def test_missing_projects_and_unknown_extras_are_warned_of() -> None:
    projects = {"a": {"1": Release(("gone; extra == 'x'",), extras=("x",)), "2": Release()}}
    document = answered("count", "a[x]", "a[y]", projects=projects)
    assert document["count"] == "1"
    assert document["warnings"] == [
        "no index has gone: what requires it is out",
        "no version of a has the extra 'y': it is ignored",
    ]


def test_an_empty_space_is_an_error_of_its_own() -> None:
    with pytest.raises(EmptySpaceError, match=r"lonely 1\.0 requires lib>5") as caught:
        _ = asked("count", "lonely").space
    assert caught.value.detail is not None
    assert caught.value.detail["required"][0]["package"] == "lonely"


def test_what_is_not_counted_is_told_with_a_window_that_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = asked(
        "count",
        "a",
        projects={"a": {f"{n}.0": Release(("b",)) for n in range(9)}, "b": {"1": Release()}},
    )
    checked = compilation.Limits.check

    def check(limits: compilation.Limits, nodes: int) -> None:
        if limits.seconds == found.request.time_limit_seconds:
            raise NotCompiledError("more than 120 s")
        checked(limits, nodes)

    monkeypatch.setattr(compilation.Limits, "check", check)
    with pytest.raises(NotCompiledError, match="not counted: more than 120 s") as caught:
        _ = found.space
    assert caught.value.hint == (
        "--last 6 can be counted: 6.000e+00 stacks; or give more time with --time-limit"
    )
