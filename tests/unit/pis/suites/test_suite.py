"""A suite as JSON-ready data."""

from __future__ import annotations

from typing import Any

from pis.suites.request import Request
from pis.suites.suite import Formula, Phase, Problem, Rule, Source, Suite


def suite(*problems: Problem, rule: Rule | None = None) -> dict[str, Any]:
    return Suite(
        name="some.suite",
        kernel="some",
        title="Some",
        summary="Something.",
        reported="ms",
        precision="32-bit",
        source=Source("owner/repository", "a" * 40, "list.h", "results/"),
        rules=(
            rule or Rule("driver", 1, "5", lambda case: case["size"] * 2),
            Rule("other", 0, "1"),
        ),
        formulas=(Formula("flop", "size", "Its size."),),
        notes=("A note.",),
        problems=problems,
    ).document()


def problem(size: int, **more: Any) -> Problem:
    return Problem(f"size-{size}", {"size": size}, (Phase("only", size * 10),), **more)


def test_cases_keep_order_and_repetitions() -> None:
    cases = suite(problem(3), problem(1), problem(3), problem(3))["cases"]
    assert [case["index"] for case in cases] == [0, 1, 2, 3]
    assert [case["parameters"]["size"] for case in cases] == [3, 1, 3, 3]
    assert [case["same_as"] for case in cases] == [None, None, 0, 0]


def test_repeats_follow_the_first_rule() -> None:
    (case,) = suite(problem(4))["cases"]
    assert (case["warmups"], case["repeats"]) == (1, 8)
    (case,) = suite(problem(4), rule=Rule("in words", None, "until it is enough"))["cases"]
    assert (case["warmups"], case["repeats"]) == (None, None)


def test_absent_phase_has_no_work() -> None:
    phases = (Phase("forward", 7), Phase("backward", 7, "first layer"))
    (case,) = suite(Problem("p", {"size": 1}, phases))["cases"]
    assert case["flop"] == 7
    shown = [{key: phase[key] for key in list(phase)[:4]} for phase in case["phases"]]
    assert shown == [
        {"name": "forward", "applicable": True, "flop": 7, "absent_because": None},
        {"name": "backward", "applicable": False, "flop": None, "absent_because": "first layer"},
    ]


def test_phase_says_what_is_asked_or_why_nothing_is() -> None:
    request = Request("sum", {"size": 1}, elements=3, moved=2, otherwise={"size": 2}, note="so")
    phases = (
        Phase("one", 7, request=request),
        Phase("two", 7, "first layer", request),
        Phase("three", 7, unmeasured="nobody computes it"),
    )
    (case,) = suite(Problem("p", {"size": 1}, phases))["cases"]
    one, two, three = case["phases"]
    assert one["request"] == {
        "indicator": "sum", "parameters": {"size": 1}, "otherwise": {"size": 2}, "elements": 3,
        "workspace": {}, "moved": 2, "instead": {}, "note": "so",
    }  # fmt: skip
    assert one["not_measured_because"] is None
    assert (two["request"], two["not_measured_because"]) == (None, "first layer")
    assert (three["request"], three["not_measured_because"]) == (None, "nobody computes it")


def test_digest_changes_with_what_is_asked() -> None:
    digests = {
        suite(problem(3))["digest"],
        suite(problem(4))["digest"],
        suite(problem(3), rule=Rule("driver", 1, "5", lambda case: case["size"] * 3))["digest"],
    }
    assert len(digests) == 3
    assert suite(problem(3))["digest"] in digests


def test_figures_are_those_of_the_cases() -> None:
    document = suite(problem(3), problem(1), problem(3, notes=(("slip", 4),)))
    assert document["figures"] == {
        "cases": 3,
        "distinct": 2,
        "flop_total": 70,
        "flop_largest": 30,
        "bytes_largest": None,
    }
    assert document["cases"][2]["notes"] == {"slip": 4}
    moved = suite(Problem("p", {"size": 1}, (Phase("only", None),), bytes=12))
    assert moved["figures"]["flop_total"] is None
    assert moved["figures"]["bytes_largest"] == 12
    assert moved["rules"][0] == {"driver": "driver", "warmups": 1, "repeats": "5"}
    assert moved["source"]["commit"] == "a" * 40
    assert moved["formulas"] == [{"name": "flop", "formula": "size", "meaning": "Its size."}]
