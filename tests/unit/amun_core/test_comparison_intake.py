from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.comparison import CALIBRATION_BLOCKS, MOST_BLOCKS, ComparisonKind
from amun_core.comparison_intake import parse_comparison
from amun_core.errors import InvalidComparisonError

LOCK = "numpy=={} --hash=sha256:" + "0a" * 32 + "\n"


def specification(version: str = "2.4.6", **changes: Any) -> dict[str, Any]:
    document = {
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}},
        "python": {"lock": {"format": "requirements.txt", "content": LOCK.format(version)}},
    }
    return document | changes


def request(**changes: Any) -> dict[str, Any]:
    document = {
        "a": {"specification": specification("2.4.5"), "name": "numpy 2.4.5"},
        "b": {"specification": specification("2.4.6")},
    }
    return document | changes


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(InvalidComparisonError) as caught:
        parse_comparison(document)
    return {fault.pointer: fault.message for fault in caught.value.faults}


def test_two_specifications_with_the_defaults() -> None:
    parsed = parse_comparison(request(seed=None, identifier=None))
    assert not parsed.stored
    assert (parsed.a.name, parsed.b.name) == ("numpy 2.4.5", "B")
    assert parsed.settings.kind is ComparisonKind.COMPARISON
    assert (parsed.settings.band, parsed.maximum_blocks) == (0.02, MOST_BLOCKS)
    assert parsed.settings.seed is None
    assert parsed.warnings == ()


def test_two_stored_inspections() -> None:
    parsed = parse_comparison(
        {"a": {"inspection": "inspection-0000aaaa"}, "b": {"inspection": "inspection-0000bbbb"}}
    )
    assert parsed.stored
    assert parsed.a.name == "inspection-0000aaaa"


def test_when_to_stop_is_not_the_arms_to_say() -> None:
    document = request(
        a={"specification": specification(runs=9, precision={"target": 0.01})},
        b={"specification": specification(batch_size=3)},
    )
    parsed = parse_comparison(document)
    assert [warning.pointer for warning in parsed.warnings] == [
        "/a/specification/runs",
        "/a/specification/precision",
        "/b/specification/batch_size",
    ]
    assert parsed.a.specification is not None
    assert parsed.b.specification is not None
    assert parsed.a.specification.hash == parsed.b.specification.hash


def test_a_mixture_of_arms_is_refused_clearly() -> None:
    found = faults(request(b={"inspection": "inspection-0000bbbb"}))
    assert found == {"/b": "one arm is a specification, the other one a stored inspection"}


def test_every_fault_of_both_arms_is_told_at_once() -> None:
    document = {
        "a": {"specification": specification(runs="x", engine="steam"), "colour": "red"},
        "b": {"specification": {}, "inspection": "inspection-0000bbbb"},
        "band": 0,
        "maximum_secs": 5,
    }
    found = faults(document)
    assert set(found) == {"/a/specification/engine", "/a/colour", "/b", "/band", "/maximum_secs"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"engine": "process"}, "/b/specification/engine"),
        ({"run": {"requests": {"cpu": "1"}}}, "/b/specification/run/requests/cpu"),
        (
            {"run": {"requests": {"hardware": {"cpu_family": 6}}}},
            "/b/specification/run/requests/hardware",
        ),
        (
            {"indicator": {"name": "conv2d", "framework": "numpy"}},
            "/b/specification/indicator/name",
        ),
        (
            {"indicator": {"name": "matmul", "framework": "numpy"}},
            "/b/specification/indicator/parameters/matrix_size",
        ),
    ],
)
def test_what_must_be_alike(change: dict[str, Any], pointer: str) -> None:
    assert list(faults(request(b={"specification": specification(**change)}))) == [pointer]


def test_frameworks_and_bases_may_differ() -> None:
    other = specification(
        base="debian:12",
        indicator={
            "name": "matmul",
            "framework": "torch",
            "parameters": {"matrix_size": 64, "device": "cpu"},
        },
    )
    assert parse_comparison(request(b={"specification": other})).b.specification is not None


def test_what_is_not_timed_is_not_compared() -> None:
    nothing = {"engine": "process"}
    found = faults(request(a={"specification": nothing}, b={"specification": nothing}))
    assert set(found) == {"/a/specification/indicator", "/b/specification/indicator"}


def test_a_calibration_builds_one_specification_twice() -> None:
    one = {"specification": specification()}
    parsed = parse_comparison({"a": one, "b": one, "kind": "calibration"})
    assert parsed.maximum_blocks == CALIBRATION_BLOCKS
    assert list(faults(request(kind="calibration"))) == ["/b/specification"]
    assert list(faults({"a": one, "b": one, "kind": "calibration", "maximum_blocks": 9})) == [
        "/maximum_blocks"
    ]
    stored = {"inspection": "inspection-0000bbbb"}
    assert list(faults({"a": stored, "b": stored, "kind": "calibration"})) == ["/kind"]


def test_no_comparison_is_longer_than_its_last_look() -> None:
    assert list(faults(request(maximum_blocks=MOST_BLOCKS + 1))) == ["/maximum_blocks"]


def test_the_hash_covers_names_and_labels() -> None:
    first = parse_comparison(request())
    assert parse_comparison(request()).hash == first.hash
    assert parse_comparison(request(labels={"team": "red"})).hash != first.hash
    named = request(b={"specification": specification("2.4.6"), "name": "new"})
    assert parse_comparison(named).hash != first.hash


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 500) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "kind", "band", "maximum_blocks", "seed", "labels", "x"]), _JSON
    )
)
def test_whatever_is_sent_is_answered_with_faults_that_point_into_it(
    document: dict[str, Any],
) -> None:
    with pytest.raises(InvalidComparisonError) as caught:
        parse_comparison(document)
    assert caught.value.faults
    assert all(fault.pointer == "" or fault.pointer[0] == "/" for fault in caught.value.faults)


def script_arm(text: str = "print(1)", **more: Any) -> dict[str, Any]:
    lock = {"format": "requirements.txt", "content": "numpy==2.4.6\n"}
    return {"specification": {"script": text, "python": {"lock": lock}, **more}}


def test_two_stacks_are_timed_by_one_script() -> None:
    parsed = parse_comparison({"a": script_arm(), "b": script_arm(script_name="x.py")})
    assert parsed.a.specification is not None
    assert parsed.b.specification is not None
    assert parsed.a.specification.hash == parsed.b.specification.hash


@pytest.mark.parametrize(
    ("request_", "pointer", "words"),
    [
        ({"a": script_arm(), "b": script_arm("secret")}, "/b/specification/script", "differs"),
        ({"a": script_arm(), "b": {"specification": {"runs": 3}}},
         "/b/specification/indicator", "is missing"),
        ({"a": script_arm(), "b": script_arm(), "kind": "calibration"},
         "/a/specification/script", "needs an indicator"),
    ],
)  # fmt: skip
def test_what_a_script_cannot_compare_is_refused(
    request_: dict[str, Any], pointer: str, words: str
) -> None:
    with pytest.raises(InvalidComparisonError) as caught:
        parse_comparison(request_)
    found = {fault.pointer: fault.message for fault in caught.value.faults}
    assert words in found[pointer]
    assert "secret" not in str(found)
