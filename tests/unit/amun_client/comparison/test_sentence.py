from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from amun_client.comparison.gate import Outcome
from amun_client.comparison.reports import github, junit, markdown
from amun_client.comparison.sentence import sentence
from amun_client.comparison.text import list_table


@pytest.mark.parametrize(
    ("verdict", "changes", "expected"),
    [
        (
            "slower",
            {},
            "numpy 2.4.6 is 1.032x slower than numpy 1.26.4 [1.021, 1.043] (95 %), 24 blocks, on a quiet host",
        ),
        (
            "faster",
            {"ratio": 0.8, "low": 0.75, "high": 0.85},
            "numpy 2.4.6 is 1.250x faster than numpy 1.26.4 [1.176, 1.333] (95 %), 24 blocks, on a quiet host",
        ),
        (
            "equivalent",
            {"ratio": 1.003, "low": 0.995, "high": 1.011, "direction": None},
            (
                "numpy 1.26.4 and numpy 2.4.6 are equivalent within 2 %: "
                "ratio 1.003 [0.995, 1.011] (95 %), 24 blocks, on a quiet host"
            ),
        ),
        (
            "inconclusive",
            {"ratio": 1.015, "low": 1.002, "blocks_to_decide": 80},
            (
                "inconclusive, direction slower: time of numpy 2.4.6 / time of numpy 1.26.4 is "
                "1.015 [1.002, 1.043] (95 %), 24 blocks: about 80 blocks would decide, on a quiet host"
            ),
        ),
        (
            "inconclusive",
            {"direction": None, "low": None, "high": None, "blocks": 1},
            (
                "inconclusive: time of numpy 2.4.6 / time of numpy 1.26.4 is 1.032 "
                "(too few blocks for an interval) 1 block, on a quiet host"
            ),
        ),
        (
            "not_comparable",
            {"not_comparable_because": [{"what": "hardware", "a": "x", "b": "y"}]},
            "not comparable: hardware differs (A: x, B: y)",
        ),
        (None, {"ratio": None}, "nothing was measured of numpy 1.26.4 and numpy 2.4.6"),
        (
            None,
            {"state": "measuring"},
            "measuring: the comparison of numpy 1.26.4 and numpy 2.4.6, 24 blocks so far",
        ),
        (
            None,
            {"state": "cancelled"},
            "the comparison of numpy 1.26.4 and numpy 2.4.6 was cancelled",
        ),
    ],
)
def test_sentences(
    shapes: ModuleType, verdict: str | None, changes: dict[str, Any], expected: str
) -> None:
    assert sentence(shapes.comparison(verdict, **changes)) == expected


_QUIET = {"blocks": 20, "verdict": "equivalent", "ratio": 1.0, "low": 0.995, "high": 1.005}
_SHARED = {"blocks": 24, "verdict": "slower", "ratio": 2.0, "low": 1.4, "high": 2.9}


@pytest.mark.parametrize(
    ("changes", "begins", "ends"),
    [
        ({"condition": "quiet"}, "numpy 2.4.6 is 1.032x slower", "24 blocks, on a quiet host"),
        (
            {"condition": "quiet", "counted_blocks": 20, "shared_blocks": 4},
            "numpy 2.4.6 is 1.032x slower",
            "20 quiet of 24 blocks, on a quiet host",
        ),
        (
            {
                "verdict": "equivalent",
                "condition": "quiet",
                "counted_blocks": 20,
                "blocks": 44,
                "shared_blocks": 24,
                "by_condition": {"quiet": _QUIET, "shared": _SHARED},
            },
            "numpy 1.26.4 and numpy 2.4.6 are equivalent",
            "on a quiet host; B was slower only when the CPUs are shared",
        ),
        (
            {
                "condition": "any",
                "blocks": 44,
                "shared_blocks": 24,
                "by_condition": {"quiet": _QUIET, "shared": _SHARED},
            },
            "slower only when the CPUs are shared: numpy 2.4.6 is",
            "44 blocks",
        ),
        (
            {"condition": "any", "shared_blocks": 24},
            "numpy 2.4.6 is 1.032x slower",
            "while other work shared the CPUs",
        ),
        (
            {"condition": "any", "shared_blocks": 6},
            "numpy 2.4.6 is 1.032x slower",
            "6 of 24 blocks while other work shared the CPUs",
        ),
        (
            {"condition": "shared", "shared_blocks": 24},
            "numpy 2.4.6 is 1.032x slower",
            "while a load of the service's own shared the CPUs",
        ),
        (
            {"ended_because": "busy", "ratio": None, "blocks": 3, "shared_blocks": 3},
            "not measured: host busy",
            "(3 blocks beside other work)",
        ),
    ],
)
def test_the_first_line_says_the_condition(
    shapes: ModuleType, changes: dict[str, Any], begins: str, ends: str
) -> None:
    one = shapes.comparison(**changes)
    assert sentence(one).startswith(begins)
    assert sentence(one).endswith(ends)
    gate = [("slower:2%", Outcome.BROKEN)]
    # no format without it, and none in which the condition comes later than the verdict
    word = "busy" if one["ratio"] is None else "CPUs" if "CPUs" in sentence(one) else "quiet"
    assert word in markdown(one, gate).splitlines()[1]
    assert word in github(one, gate)
    assert word in junit(one, gate)
    assert word in " ".join(list_table([one])[1][0]).replace("shared", "CPUs") or word == "CPUs"


def test_stored_runs_are_said_not_to_be_interleaved(shapes: ModuleType) -> None:
    said = sentence(shapes.comparison(design="stored", blocks=0))
    assert said.endswith("(95 %), from stored runs, not interleaved")


def test_a_failure_names_its_arm(shapes: ModuleType) -> None:
    failed = shapes.arm("b", "2.4.6", failure=shapes.FAILURE)
    said = sentence(shapes.comparison(None, state="failed", b=failed))
    assert said.endswith("failed: numpy 2.4.6: run 0 took longer than 600 s")


def test_equal_names_are_told_apart(shapes: ModuleType) -> None:
    said = sentence(shapes.comparison(b=shapes.arm("b", "1.26.4")))
    assert said.startswith("B (numpy 1.26.4) is 1.032x slower than A (numpy 1.26.4) ")


def test_a_calibration_says_what_the_host_detects(shapes: ModuleType) -> None:
    one = shapes.comparison(None, kind="calibration", calibration_result=shapes.CALIBRATION)
    assert sentence(one) == (
        "on this host 0.4 % of the comparisons of equal stacks end slower or faster (at most 1.1 %); "
        "the least effect it detects is 1.034x"
    )
    unknown = {**shapes.CALIBRATION, "least_detectable_effect": None}
    one = shapes.comparison(None, kind="calibration", calibration_result=unknown)
    assert sentence(one).endswith("is not known")
