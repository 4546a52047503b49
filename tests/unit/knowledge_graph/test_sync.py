"""What is searched for in a run, whatever its documents look like."""

from __future__ import annotations

import pytest

from knowledge_graph.sync import result_keys


def test_equal_parameters_have_equal_digests() -> None:
    first = result_keys({"@parameters": {"a": 1, "b": [1.5]}}, {})
    second = result_keys({"@parameters": {"b": [1.5], "a": 1}}, {"runtime": {}})
    other = result_keys({"@parameters": {"a": 2, "b": [1.5]}}, {})
    assert first == second
    assert first["parameters_digest"] != other["parameters_digest"]
    assert len(first["parameters_digest"] or "") == 64


@pytest.mark.parametrize(
    "document",
    [{}, {"@parameters": None}, {"@parameters": {}}],
)
def test_no_parameters_are_one_key(document: dict[str, object]) -> None:
    assert result_keys(document, {}) == result_keys({}, {})


@pytest.mark.parametrize("odd", ["text", [1], {"x": float("nan")}, {"\ud800": "\x00"}, 3])
def test_whatever_a_script_printed_has_keys(odd: object) -> None:
    keys = result_keys({"@parameters": odd}, {"runtime": "text"})
    assert keys["framework_version"] is None
    assert len(keys["parameters_digest"] or "") == 64


def test_the_frameworks_version_is_extracted() -> None:
    assert result_keys({}, {"runtime": {"component_version": "2.4.6"}})["framework_version"] == (
        "2.4.6"
    )
