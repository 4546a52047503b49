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


def test_the_parameters_of_an_indicator_are_in_its_facts() -> None:
    published = {"exit_code": 0, "stdout": {"@parameters": {"matrix_size": 64}}}
    one = result_keys(published, {"parameters": {"matrix_size": 64, "reps": 100}})
    other = result_keys(published, {"parameters": {"matrix_size": 65, "reps": 100}})
    assert one["parameters_digest"] != other["parameters_digest"]
    assert one["parameters_digest"] != result_keys({}, {})["parameters_digest"]


def test_the_number_of_iterations_makes_no_other_result() -> None:
    few, many = ({"parameters": {"matrix_size": 64, "reps": reps}} for reps in (12, 287))
    assert result_keys({}, few) == result_keys({}, many)


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
