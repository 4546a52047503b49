from __future__ import annotations

from typing import Any

import pytest

from amun_core.errors import InvalidInputError
from amun_core.stack_request import StackVerb, parse_stack_request


def document(**fields: Any) -> dict[str, Any]:
    return {
        "schema": "amun.stack-request/1",
        "verb": "count",
        "requirements": ["flask"],
        **fields,
    }


def test_what_is_left_at_its_default_is_no_part_of_the_question() -> None:
    plain = parse_stack_request(document())
    said = parse_stack_request(document(policy={"pre_releases": "if-necessary"}, dev=False))
    assert plain.verb is StackVerb.COUNT
    assert plain.hash == said.hash
    assert plain.hash != parse_stack_request(document(dev=True)).hash
    assert parse_stack_request(plain.document()) == plain


@pytest.mark.parametrize(
    ("fields", "pointer", "message"),
    [
        ({"requirements": []}, "/requirements", "names neither requirements nor a file"),
        (
            {"file": {"name": "Pipfile", "content": ""}},
            "/requirements",
            "names both requirements and a file",
        ),
        ({"requirements": ["a b"]}, "/requirements/0", "not a requirement such as 'name'"),
        ({"requirements": ["a @ https://x.example/a"]}, "/requirements/0", "no address"),
        ({"vreb": "count"}, "/vreb", "unknown key"),
        ({"verb": "guess"}, "/verb", "is expected, not 'guess'"),
        ({"target": {"libc": "bionic 1"}}, "/target/libc", "such as 'glibc 2.36'"),
        ({"policy": {"last": 0}}, "/policy/last", "greater than or equal to 1"),
        ({"policy": {"as_of": "2024-01-01"}}, "/policy/as_of", ""),
        (
            {"policy": {"as_of": "2024-01-01T00:00Z", "newer_than": "2024-01-02T00:00Z"}},
            "/policy/newer_than",
            "nothing is left between them",
        ),
        ({"verb": "nearest"}, "/near", "is missing"),
        ({"verb": "explain"}, "/subject", "is missing"),
        ({"verb": "lock", "rank": "1", "stack": {"a": "1"}}, "/rank", "both a rank and a stack"),
        ({"verb": "lock", "rank": "-1"}, "/rank", "a whole number"),
    ],
)
def test_a_fault_has_its_place(fields: dict[str, Any], pointer: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match="the question about stacks is not valid") as caught:
        parse_stack_request(document(**fields))
    assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert message in caught.value.faults[0].message


def test_anything_but_an_object_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="a JSON object is expected"):
        parse_stack_request([1])
