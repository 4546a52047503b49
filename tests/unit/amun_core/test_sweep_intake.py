from __future__ import annotations

from typing import Any

import pytest

from amun_core.errors import InvalidSweepError
from amun_core.sweep_intake import parse_sweep

COMMON = {"indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}}}


def lock(version: str) -> dict[str, str]:
    return {"format": "requirements.txt", "content": f"numpy=={version} --hash=sha256:{'a' * 64}\n"}


def request(*versions: str, **changes: Any) -> dict[str, Any]:
    members = [{"name": f"numpy {version}", "lock": lock(version)} for version in versions]
    return {"common": COMMON, "members": members, **changes}


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(InvalidSweepError) as caught:
        parse_sweep(document)
    return {fault.pointer: fault.message for fault in caught.value.faults}


def test_each_member_is_a_whole_specification() -> None:
    parsed = parse_sweep(request("2.1.0", "2.2.0", runs=4, identifier="mine"))
    assert [member.name for member in parsed.members] == ["numpy 2.1.0", "numpy 2.2.0"]
    assert parsed.reference == 0
    first = parsed.members[0]
    assert first.specification.specification.runs == 4
    assert first.specification.specification.precision is None
    assert first.pins == {"numpy": "2.1.0"}
    assert first.lock_digest != parsed.members[1].lock_digest
    assert parsed.warnings == ()


def test_the_reference_goes_by_its_name() -> None:
    assert parse_sweep(request("2.1.0", "2.2.0", reference="numpy 2.2.0")).reference == 1
    assert "/reference" in faults(request("2.1.0", reference="numpy 2.2.0"))


def test_the_hash_covers_all_that_is_asked() -> None:
    one = parse_sweep(request("2.1.0", "2.2.0", seed=1)).hash
    assert parse_sweep(request("2.1.0", "2.2.0", seed=1)).hash == one
    for changes in ({"seed": 2}, {"runs": 7}, {"labels": {"a": "b"}}, {"reference": "numpy 2.2.0"}):
        assert parse_sweep(request("2.1.0", "2.2.0", **{"seed": 1, **changes})).hash != one


def test_the_same_stack_is_measured_once() -> None:
    document = request("2.1.0", "2.2.0")
    document["members"].append({"name": "again", "lock": lock("2.1.0")})
    parsed = parse_sweep({**document, "reference": "again"})
    assert [member.name for member in parsed.members] == ["numpy 2.1.0", "numpy 2.2.0"]
    assert parsed.reference == 0
    assert [warning.pointer for warning in parsed.warnings] == ["/members/2/lock"]


def test_names_are_those_of_one_stack_each() -> None:
    document = request("2.1.0", "2.2.0")
    document["members"][1]["name"] = "numpy 2.1.0"
    assert list(faults(document)) == ["/members/1/name"]
    del document["members"][0]["name"], document["members"][1]["name"]
    assert [one.name for one in parse_sweep(document).members] == ["stack 0", "stack 1"]


def test_what_is_wrong_with_the_common_part_is_told_once() -> None:
    document = request("2.1.0", "2.2.0", "2.3.0")
    document["common"] = {**COMMON, "engine": "rocket"}
    assert list(faults(document)) == ["/common/engine"]


def test_what_is_wrong_with_a_lock_is_told_at_its_place() -> None:
    document = request("2.1.0", "2.2.0")
    document["members"][1]["lock"]["content"] = "numpy>=2\n"
    (pointer,) = faults(document)
    assert pointer == "/members/1/lock/content"
    document["members"][0] = {"name": "x"}
    assert set(faults(document)) == {"/members/0/lock", "/members/1/lock/content"}


def test_how_many_runs_is_said_once() -> None:
    document = request("2.1.0")
    document["common"] = {**COMMON, "runs": 9, "precision": {}, "python": {"lock": lock("1.0")}}
    parsed = parse_sweep(document)
    assert {warning.pointer for warning in parsed.warnings} == {
        "/common/runs",
        "/common/precision",
        "/common/python/lock",
    }
    assert parsed.members[0].specification.specification.runs == 6


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"members": []}, "/members"),
        ({"members": {}}, "/members"),
        ({"members": [1]}, "/members/0"),
        ({"common": None}, "/common"),
        ({"common": []}, "/common"),
        ({"common": {}}, "/common/indicator"),
        ({"runs": 0}, "/runs"),
        ({"in_flight": 0}, "/in_flight"),
        ({"rounds": 6}, "/rounds"),
        ({"members": [{"lock": lock("1.0"), "nmae": "x"}]}, "/members/0/nmae"),
        ({"members": [{"lock": lock("1.0"), "name": ""}]}, "/members/0/name"),
        ({"members": [{"lock": lock("1.0")}] * 1001}, "/members"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], pointer: str) -> None:
    assert pointer in faults({**request("2.1.0"), **changes})


@pytest.mark.parametrize("document", [None, [], "x", {}, 3])
def test_what_is_no_sweep(document: Any) -> None:
    assert faults(document)
