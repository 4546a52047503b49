from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from amun_client.comparison.sentence import sentence


@pytest.mark.parametrize(
    ("verdict", "changes", "expected"),
    [
        (
            "slower",
            {},
            "numpy 2.4.6 is 1.032x slower than numpy 1.26.4 [1.021, 1.043] (95 %), 24 blocks",
        ),
        (
            "faster",
            {"ratio": 0.8, "low": 0.75, "high": 0.85},
            "numpy 2.4.6 is 1.250x faster than numpy 1.26.4 [1.176, 1.333] (95 %), 24 blocks",
        ),
        (
            "equivalent",
            {"ratio": 1.003, "low": 0.995, "high": 1.011, "direction": None},
            (
                "numpy 1.26.4 and numpy 2.4.6 are equivalent within 2 %: "
                "ratio 1.003 [0.995, 1.011] (95 %), 24 blocks"
            ),
        ),
        (
            "inconclusive",
            {"ratio": 1.015, "low": 1.002, "blocks_to_decide": 80},
            (
                "inconclusive, direction slower: time of numpy 2.4.6 / time of numpy 1.26.4 is "
                "1.015 [1.002, 1.043] (95 %), 24 blocks: about 80 blocks would decide"
            ),
        ),
        (
            "inconclusive",
            {"direction": None, "low": None, "high": None, "blocks": 1},
            (
                "inconclusive: time of numpy 2.4.6 / time of numpy 1.26.4 is 1.032 "
                "(too few blocks for an interval) (95 %), 1 block"
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
