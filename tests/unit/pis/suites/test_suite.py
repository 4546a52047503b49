"""A suite as JSON-ready data."""

from __future__ import annotations

from typing import Any

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
    assert case["phases"] == [
        {"name": "forward", "applicable": True, "flop": 7, "absent_because": None},
        {"name": "backward", "applicable": False, "flop": None, "absent_because": "first layer"},
    ]


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
