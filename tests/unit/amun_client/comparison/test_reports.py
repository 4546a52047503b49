from __future__ import annotations

import xml.etree.ElementTree as ET
from types import ModuleType
from typing import Any

import pytest

from amun_client.comparison.gate import Outcome
from amun_client.comparison.reports import MOST_CHARACTERS, github, junit, markdown

BROKEN = [("slower:2%", Outcome.BROKEN)]


def case(text: str) -> ET.Element:
    root = ET.fromstring(text)  # noqa: S314
    found = root.find("./testsuite/testcase")
    assert found is not None
    return found


def test_junit_of_a_broken_policy(shapes: ModuleType) -> None:
    text = junit(shapes.comparison(), [*BROKEN, ("faster:2%", Outcome.KEPT)])
    root = ET.fromstring(text)  # noqa: S314
    assert text.startswith("<?xml version=")
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == (
        "testsuites",
        "2",
        "1",
        "0",
    )
    suite = root[0]
    assert (suite.tag, suite.get("name"), suite.get("time")) == ("testsuite", "matmul", "120.000")
    first, second = suite.findall("testcase")
    assert first.get("classname") == "matmul.lab"
    assert first.get("name") == "numpy 2.4.6 against numpy 1.26.4 (slower:2%)"
    failure = first.find("failure")
    assert failure is not None
    assert failure.get("type") == "regression"
    assert failure.get("message") == "+3.2 % [1.021, 1.043] (quiet host) breaks slower:2%"
    assert list(second) == []
    properties = {
        each.get("name"): each.get("value") for each in suite.findall("properties/property")
    }
    assert properties["ratio"] == "1.032"
    assert "blocks_to_decide" not in properties


@pytest.mark.parametrize(
    ("changes", "outcome", "kind"),
    [
        ({}, Outcome.KEPT, None),
        ({}, Outcome.OPEN, "skipped"),
        ({"verdict": "not_comparable"}, Outcome.BROKEN, "skipped"),
        ({"state": "failed", "verdict": None}, Outcome.OPEN, "error"),
        ({"state": "cancelled", "verdict": None}, Outcome.OPEN, "skipped"),
        ({"ratio": None, "low": None, "high": None}, Outcome.OPEN, "skipped"),
    ],
)
def test_junit_tells_failures_from_what_was_not_decided(
    shapes: ModuleType, changes: dict[str, Any], outcome: Outcome, kind: str | None
) -> None:
    one = case(junit(shapes.comparison(**changes), [("slower:3%", outcome)]))
    assert [each.tag for each in one] == ([kind] if kind else [])


def test_junit_without_a_policy_is_one_case(shapes: ModuleType) -> None:
    one = case(junit(shapes.comparison(a=shapes.arm("a", '<&">')), ()))
    assert one.get("name") == 'numpy 2.4.6 against numpy <&"> (verdict)'


def test_markdown_has_marker_verdict_and_advice(shapes: ModuleType) -> None:
    text = markdown(shapes.comparison(), BROKEN)
    lines = text.splitlines()
    assert lines[0] == "<!-- amun:report:matmul:lab -->"
    assert lines[1].startswith("### Amun: numpy 2.4.6 is 1.032x slower than numpy 1.26.4")
    assert "**Action needed**: policy `slower:2%` is broken" in lines
    assert "| B / A | 1.032 [1.021, 1.043] |" in lines
    assert "look next" not in text


def test_markdown_cannot_be_broken_by_names_and_keeps_its_bound(shapes: ModuleType) -> None:
    name = "a|b <script>"
    text = markdown(shapes.comparison(a=shapes.arm("a", name), notes=["n" * 100_000]), ())
    assert "<script" not in text
    assert "a\\|b" in text
    assert len(text) <= MOST_CHARACTERS + 10


def test_github_annotations(shapes: ModuleType) -> None:
    gate = [*BROKEN, ("slower:3%", Outcome.OPEN), ("faster:2%", Outcome.KEPT)]
    lines = github(shapes.comparison(), gate).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]
    assert lines[0].startswith("::error title=amun (slower%3A2%25)::numpy 2.4.6 is 1.032x slower")
    assert "(95 %25)" in lines[0]
    assert github(shapes.comparison(), ()).startswith("::notice title=amun::")
    assert github(shapes.comparison("not_comparable"), gate).startswith("::warning")
    assert github(shapes.comparison(None, state="crashed"), gate).startswith("::error")
