"""A run says where the threads that worked are not those that were asked for."""

from __future__ import annotations

from typing import Any

import pytest

from amun_core.thread_remarks import thread_remarks


def said(requested: Any, worked: Any, cpus_used: Any, affinity: tuple[int, ...] = (0, 1)) -> str:
    threads = {"requested": requested, "worked": worked, "cpus_used": cpus_used}
    return "; ".join(thread_remarks({"threads": {**threads, "affinity": list(affinity)}}))


@pytest.mark.parametrize(
    ("requested", "worked", "cpus_used", "words"),
    [
        (1, 4, 1.97, "1 thread was asked for, 4 worked (2.0 CPUs busy)"),
        (1, 5, 0.3, "1 thread was asked for, 5 worked (0.3 CPUs busy)"),
        (1, 2, 1.8, "1 thread was asked for, 2 worked (1.8 CPUs busy)"),
        (2, 1, 1.0, "2 threads were asked for, 1 worked (1.0 CPUs busy)"),
        (1, 2, None, ""),
        (1, 1, 1.0, ""),
        (1, 2, 1.05, ""),
        (2, 4, 1.9, ""),
        (1, None, None, ""),
        (None, 3, 2.0, ""),
        ("x", "y", "z", ""),
    ],
)
def test_what_is_said(requested: Any, worked: Any, cpus_used: Any, words: str) -> None:
    assert said(requested, worked, cpus_used) == words


@pytest.mark.parametrize("facts", [{}, {"threads": None}, {"threads": []}, {"threads": {}}])
def test_nothing_is_said_of_nothing(facts: dict[str, Any]) -> None:
    assert thread_remarks(facts) == []


def test_more_cpus_than_asked_for_make_the_difference() -> None:
    assert said(2, 4, 2.0, (0, 1)) == ""
    assert said(2, 4, 2.0, (0, 1, 2)) != ""
