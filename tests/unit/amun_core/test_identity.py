from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_core.errors import InvalidInputError
from amun_core.identity import SCHEMES, Identity, canonical_json, digest, parse_identity

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_canonical_text_is_spelled_in_one_way() -> None:
    assert canonical_json({"b": [1, True, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,true,null]}'


def test_an_identity_names_scheme_version_and_hash() -> None:
    expected = hashlib.sha256(b'{"a":1}').hexdigest()
    assert digest("stack", {"a": 1}) == f"amun-stack-1:{expected}"


@settings(deadline=None)
@given(members=st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_the_order_of_keys_does_not_matter(members: dict[str, object]) -> None:
    backwards = dict(reversed(members.items()))
    assert digest("request", members) == digest("request", backwards)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"\udfff": 1}])
def test_what_has_no_json_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_is_read_back(scheme: str) -> None:
    text = digest(scheme, [])
    assert parse_identity(text) == Identity(scheme, 1, text.partition(":")[2])
    assert str(parse_identity(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not an identity"),
        ("amun-stack-1:" + "0" * 63, "not an identity"),
        ("amun-stack-1:" + "A" * 64, "not an identity"),
        ("sha256:" + "0" * 64, "not an identity"),
        ("amun-stack-2:" + "0" * 64, "'stack' has version 1 here, this is 2"),
        ("amun-sack-1:" + "0" * 64, "unknown identity scheme 'sack'; known: base, "),
    ],
)
def test_unknown_identities_are_errors(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_identity(text)


def test_a_digest_needs_a_registered_scheme() -> None:
    with pytest.raises(KeyError):
        digest("sack", 1)
