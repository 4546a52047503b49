"""What a script printed: a result of ours, something that was meant to be one, or text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core import bounded_json, magnitudes
from pis import printed
from pis.failures import RunFailedError

PUBLISHED = {
    "name": "PiOwn",
    "component": "mine",
    "@parameters": {"n": 3},
    "@result": {"rate": 1.5, "elapsed": 2.0},
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PUBLISHED),
        json.dumps(PUBLISHED, indent=2),
        "epoch 1 {loss: 3}\n{not json}\n" + json.dumps(PUBLISHED) + "\n",
        '{"@result": {"rate": 9}}\n' + json.dumps(PUBLISHED, indent=1),
        json.dumps(PUBLISHED) + "\nbye\n",
        json.dumps(PUBLISHED) + '\n{"accuracy": 1}\n',
        "  " + json.dumps(PUBLISHED),
    ],
)
def test_the_last_result_counts(text: str) -> None:
    assert printed.parse(text) == PUBLISHED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello\n",
        "[1, 2]",
        '{"accuracy": 0.9}',
        "{'a': 1}",
        "{",
        '"x"',
        "NaN",
        "\x00",
        "{\n" * 5000,
    ],
)
def test_what_is_no_result_of_ours_is_text(text: str) -> None:
    assert printed.parse(text) is None


def told(result: dict[str, Any]) -> str:
    return json.dumps({"@parameters": {}, "@result": result})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (told({"rate": True}), "@result.rate is true"),
        (told({"rate": False}), "@result.rate is false"),
        (told({"rate": "fast"}), '@result.rate is "fast"'),
        (told({"rate": [1]}), "@result.rate is a list"),
        (told({"rate": {}}), "@result.rate is an object"),
        (told({"rate": -1}), "@result.rate is -1"),
        (told({"rate": 0}), "@result.rate is 0"),
        (told({"rate": float("nan")}), "@result.rate is NaN"),
        (told({"rate": float("inf")}), "@result.rate is infinite"),
        (told({"elapsed": -float("inf")}), "@result.elapsed is infinite"),
        ('{"@result": {"rate": 1e309}}', "@result.rate is infinite"),
        (told({"rate": 1e308}), "@result.rate is 1e+308"),
        (told({"rate": 1e-320}), "@result.rate is 9.99989e-321"),
        (told({"rate": 10**400}), "@result.rate is a whole number of more than 20 digits"),
        ('{"@result": {"rate": ' + "9" * 9000 + "}}", "@result.rate is a whole number of more"),
        (told({"rate": 2**63}), "@result.rate is 9223372036854775808"),
        (told({"rate": 1, "elapsed": 1e19}), "@result.elapsed is 1e+19"),
        (told({"rate": None}), '@result has neither rate nor elapsed, it has "rate"'),
        (told({"seconds": 1.5}), '@result has neither rate nor elapsed, it has "seconds"'),
        (told({}), "@result has neither rate nor elapsed, it has nothing"),
        (told({"rate": 1, "unit": 5}), "@result.unit is no text"),
        (told({"rate": 1, "unit": "x" * 41}), "@result.unit is no text"),
        (told({"rate": 1, "loss": 10**30}), "@result.loss is a whole number of more than 20"),
        (told({"rate": 1, "loss": [float("nan")]}), "@result.loss.0 is NaN"),
        ('{"@parameters": {"n": 1e301}, "@result": {"rate": 1}}', "@parameters.n is 1e+301"),
        ('{"@parameters": {}}', 'what the script printed has no @result, it has "@parameters"'),
        ('{"rate": 5}', 'what the script printed has no @result, it has "rate"'),
        ('{"result": {"rate": 5}}', "what the script printed has no @result"),
        ('{"@result": 5}', "@result in what the script printed is not an object"),
        ('{"@result": {}, "@parameters": []}', "@parameters in what the script printed is not"),
        ("{'@result': {'rate': 5}}", "looks like a result and is not a JSON object"),
        ('[{"@result": {"rate": 5}}]', "looks like a result and is not a JSON object"),
        ('{"@result": {"rate": 5}', "looks like a result and is not a JSON object"),
        ('{"name": "\\ud800", "@result": {"rate": 5}}', "text that is no Unicode"),
        ('{"@parameters": {"\\udfff": 1}, "@result": {"rate": 5}}', "text that is no Unicode"),
        ('{"name": "' + "n" * 900_000 + '", "@result": {"rate": 5}}', "name is longer than 200"),
        ('{"@parameters": {"a": "' + "n" * 2_000_000 + '"}, "@result": {"rate": 5}}', "too much text"),
        ('{"@result": {"rate": 5, "x": ' + "[" * 100 + "]" * 100 + "}}", "nested too deep"),
        ('{"@result": ' + "[" * 200_000 + "]" * 200_000 + "}", "nested too deep"),
        ('{"@result": {"rate": 5, "x": [' + "1," * 200_000 + "1]}}", "too many parts"),
    ],
)  # fmt: skip
def test_what_was_meant_as_a_result_and_is_none_is_named(text: str, why: str) -> None:
    with pytest.raises(RunFailedError) as caught:
        printed.parse(text)
    assert caught.value.reason == "script_output_invalid"
    assert why in caught.value.message
    assert printed.SHAPE in caught.value.message
    assert len(caught.value.message) < 1000


def test_the_shape_that_is_shown_is_one_that_is_read() -> None:
    assert printed.parse(printed.SHAPE) == json.loads(printed.SHAPE)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["rate", "elapsed", "unit", "loss"]), JSON_VALUES))
def test_what_passes_is_within_the_bounds_of_the_service(result: dict[str, Any]) -> None:
    text = told(result)
    try:
        document = printed.parse(text)
    except RunFailedError:
        return
    assert document is not None
    bounded_json.load_bounded(text)  # raises nothing
    values = [document["@result"].get(key) for key in ("rate", "elapsed")]
    assert any(value is not None for value in values)
    for value in values:
        assert value is None or not magnitudes.why_no_quantity(value)


def test_the_bounds_are_those_of_the_service() -> None:
    for name in ("LEAST", "MOST", "LARGEST_WHOLE", "LARGEST_NUMBER"):
        assert getattr(printed, name) == getattr(magnitudes, name)
    assert printed.MAXIMUM_DEPTH < bounded_json.MAXIMUM_DEPTH
    assert printed.MAXIMUM_PARTS < bounded_json.MAXIMUM_PARTS
