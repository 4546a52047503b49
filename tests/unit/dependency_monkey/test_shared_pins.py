from __future__ import annotations

import json
from typing import Any

import pytest

from amun_core.errors import InvalidInputError
from dependency_monkey import shared_pins
from dependency_monkey.resolver import Refusal, Resolution
from tests.support.package_universe import Index, MadeUpResolver

INDEX: Index = {
    "frame": {"1": ("num<3", "wrap<2"), "2": ("num>=3", "wrap")},
    "num": {"1": (), "2": (), "3": ()},
    "wrap": {"1": (), "2": ()},
}


class OnlySources(MadeUpResolver):
    """Has a stack only where sources are built."""

    def resolve(self, *requirements: Any, **options: Any) -> Resolution | Refusal:
        if self.wheels_only:
            return Refusal("frame has no usable wheels")
        return super().resolve(*requirements, **options)


def document_of(*, latest_each: bool = False) -> dict[str, Any]:
    resolver: Any = MadeUpResolver(INDEX)
    return shared_pins.shared_pins(resolver, ["frame==1"], ["frame==2"], latest_each=latest_each)


def test_the_document_has_both_locks_and_each_difference() -> None:
    document = document_of()
    assert document["a"]["packages"] == {"frame": "1", "num": "2", "wrap": "1"}
    assert document["a"]["lock"] == "frame==1\nnum==2\nwrap==1\n"
    assert document["shared"] == {"wrap": "1"}
    assert [(one["name"], one["a"], one["b"]) for one in document["differing"]] == [
        ("frame", "1", "2"),
        ("num", "2", "3"),
    ]
    assert all(one["why"] for one in document["differing"])
    json.dumps(document)


def test_each_may_be_the_latest() -> None:
    document = document_of(latest_each=True)
    assert document["shared"] == {}
    assert document["b"]["packages"]["wrap"] == "2"
    assert {one["why"] for one in document["differing"]} == {"each is the newest valid version"}


def test_the_same_twice_is_one_resolution() -> None:
    resolver: Any = MadeUpResolver(INDEX)
    document = shared_pins.shared_pins(resolver, ["frame"], ["frame"])
    assert document["a"] == document["b"]
    assert document["differing"] == []


def test_sources_are_built_only_where_wheels_do_not_do() -> None:
    resolver: Any = OnlySources(INDEX)
    document = shared_pins.shared_pins(resolver, ["frame==1"], ["frame==2"])
    assert document["notes"] == ["packages without wheels are built from source"]


@pytest.mark.parametrize("text", ["numpy=1", "numpy @ https://a.example/numpy-1.tar.gz", "-r x"])
def test_what_is_no_requirement_by_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        shared_pins.checked([text])


def test_errors_are_documents(capsys: pytest.CaptureFixture[str]) -> None:
    assert shared_pins.main(["--a", "numpy=1", "--b", "numpy"]) == 1
    problem = json.loads(capsys.readouterr().out)["error"]
    assert problem["code"] == "A100"
    assert "numpy=1" in problem["message"]
