"""The mean of the loop by a rule."""

from __future__ import annotations

from typing import Any

import pytest

from amun_client.suite.reading import loop, read


def run(seconds: list[float], **facts: int) -> dict[str, Any]:
    return {"seconds": seconds, "facts": facts, "accepted": True, "wall_s": 100.0}


class Reader:
    def __init__(self, *runs: dict[str, Any], summary: Any = None) -> None:
        self._runs, self._summary = runs, summary

    def results(self, identity: str) -> dict[str, Any]:
        return {"summary": self._summary}

    def runs(self, identity: str, *, samples: bool = False) -> dict[str, Any]:
        assert samples
        return {"runs": list(self._runs)}


INSPECTION = {"id": "i", "labels": {"amun.suite.warmups": "1"}}


def test_warm_up_call_does_not_count() -> None:
    found = loop(run([9.0, 1.0, 2.0, 3.0], leading=4), 1)
    assert (found.calls, found.seconds) == (3, 6.0)
    assert loop(run([9.0, 1.0]), 0).seconds == 10.0


def test_iterations_of_many_calls_weigh_as_many() -> None:
    found = loop(run([9.0, 5.0, 1.0, 2.0], leading=2, loops=10), 1)
    assert (found.calls, found.seconds) == (1 + 20, 5.0 + 30.0)


def test_warm_up_beyond_the_leading_calls() -> None:
    assert loop(run([9.0, 1.0, 2.0], leading=1, loops=2), 2).calls == 2


def test_one_iteration_is_all_there_is() -> None:
    found = loop(run([4.0], leading=1), 1)
    assert (found.calls, found.seconds) == (1, 4.0)


def test_mean_is_over_the_calls_of_all_runs() -> None:
    runs = [run([9.0, 1.0, 1.0], leading=3), run([9.0, 3.0, 3.0], leading=3)]
    found = read(Reader(*runs, summary={"runs": 2}), INSPECTION)
    assert found is not None
    assert (found.mean_s, found.repeats, found.warmups) == (2.0, 2, 1)
    assert found.startup_s == pytest.approx(100.0 - (11.0 + 15.0) / 2)


def test_nothing_accepted_is_nothing_read() -> None:
    refused = {**run([1.0]), "accepted": False}
    assert read(Reader(refused, summary={"runs": 0}), INSPECTION) is None
    assert read(Reader(run([1.0]), summary=None), INSPECTION) is None
