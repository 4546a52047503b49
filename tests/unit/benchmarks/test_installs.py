from __future__ import annotations

from typing import Any

import pytest

from benchmarks.installs import causes, exact, tasks


def line(number: int, exception: str | None, where: str = "numpy") -> dict[str, Any]:
    raised = exception and {"exception": exception, "last_line": exception, "raised_in": where}
    return {"number": number, "error": None, "differences": {}, "raised": raised}


def test_each_stack_once_and_some_by_all() -> None:
    found = tasks(3, 1)
    assert sorted({number for number, _ in found}) == [0, 1, 2]
    assert [number for number, _ in found].count(0) == 3
    assert {name for number, name in found if number} == {"uv pip sync"}


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"error": "no wheel"}, False),
        ({"differences": {"numpy": ["1", None]}}, False),
        ({"raised": {"exception": "ImportError"}}, True),  # no matter of the lock
    ],
)
def test_exact(change: dict[str, Any], good: bool) -> None:
    assert exact(line(0, None) | change) is good


def test_failed_imports_are_grouped_by_cause() -> None:
    stacks = [
        {"stack": {"tensorflow-cpu": version, "numpy": numpy}}
        for version, numpy in (("2.1", "2.0"), ("2.2", "2.1"), ("2.3", "1.9"), ("2.4", "1.9"))
    ]
    lines = [
        line(0, "ImportError: /a/b.so for NumPy 2.0.1"),
        line(1, "ImportError: /c/b.so for NumPy 2.1.3"),
        line(2, "ImportError: /c/b.so for NumPy 2.1.3", where="keras"),
        line(3, None),
    ]
    found = causes(lines, "tensorflow-cpu", stacks)
    assert [(one["raised_in"], one["stacks"], one["versions"]) for one in found] == [
        ("numpy", 2, ["2.1", "2.2"]),
        ("keras", 1, ["2.3"]),
    ]
    assert found[0]["pinned_there"] == ["2.0", "2.1"]
