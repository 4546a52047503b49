from __future__ import annotations

from typing import Any

import pytest

from amun_core.errors import InvalidInputError
from dependency_monkey.errors import CursorError, RankError
from tests.support.stack_questions import answered

NEWEST = {"app": "2.0", "lib": "3.0", "tool": "0.3"}
OLD_LOCK = {"name": "requirements.txt", "content": "app==1.0\nlib==1.5\n"}


def stacks(document: dict[str, Any]) -> list[dict[str, str]]:
    return [entry["stack"] for entry in document["stacks"]]


def test_a_sample_is_the_same_for_a_seed() -> None:
    fields = {"number": 40, "distribution": "uniform"}
    first, again = (answered("sample", "app", seed=3, **fields) for _ in range(2))
    assert stacks(first) == stacks(again)
    assert stacks(first) != stacks(answered("sample", "app", seed=4, **fields))
    assert first["distribution"] == "uniform"
    assert first["distributed"] == "each valid stack is equally likely"
    assert {entry["rank"] for entry in first["stacks"]} == set("012345")
    assert first["count"] == "6"


def test_a_sample_spreads_over_the_versions_of_what_was_named() -> None:
    drawn = answered("sample", "app", number=200, seed=3)
    assert {tuple(one.items()) for one in stacks(drawn)} == {
        tuple(NEWEST.items()),
        (("app", "1.0"), ("lib", "1.5")),
    }
    assert 70 <= sum(one == NEWEST for one in stacks(drawn)) <= 130
    assert drawn["distribution"] == "named"
    assert stacks(answered("sample", "app", number=50, seed=3)) == stacks(drawn)[:50]


def test_a_list_goes_on_from_its_cursor_to_the_end() -> None:
    first = answered("list", "app", number=4)
    second = answered("list", "app", number=4, cursor=first["next_cursor"])
    ranks = [entry["rank"] for page in (first, second) for entry in page["stacks"]]
    assert ranks == list("012345")
    assert second["next_cursor"] is None
    with pytest.raises(CursorError):
        answered("list", "plugin", cursor=first["next_cursor"])


def test_the_best_is_the_newest_where_nothing_else_is_said() -> None:
    document = answered("best", "app", number=2)
    assert document["objective"] == "newest"
    assert document["proven"] is True
    assert document["stacks"] == [
        {"score": 0.0, "stack": NEWEST},
        {"score": -1.0, "stack": document["stacks"][1]["stack"]},
    ]


def test_scores_of_versions_and_pairs() -> None:
    versions = {"lib": {"1.5": 2.0, "9": 1.0}, "app": {"2.0": 1.0}}
    document = answered("best", "app", scores={"versions": versions})
    assert document["stacks"] == [{"score": 2.0, "stack": {"app": "1.0", "lib": "1.5"}}]
    assert document["warnings"] == ["scored, but not in the space: lib 9"]
    pairs = [{"a": "lib>=2", "b": "tool==0.1", "score": 5.0}]
    document = answered("best", "app", scores={"versions": versions, "pairs": pairs})
    assert document["stacks"][0]["score"] == pytest.approx(6.0)
    assert document["stacks"][0]["stack"]["tool"] == "0.1"
    assert document["proven"] is True


def test_pairs_are_of_two_packages_and_give_one_stack() -> None:
    pairs = [{"a": "lib", "b": "lib", "score": 1}]
    with pytest.raises(InvalidInputError, match="one package: no pair"):
        answered("best", "app", scores={"pairs": pairs})
    with pytest.raises(InvalidInputError, match="only the best stack"):
        answered("best", "app", scores={"pairs": pairs}, number=2)


def test_the_nearest_to_a_lock() -> None:
    document = answered("nearest", "app", near=OLD_LOCK, most_differing=1, number=9)
    assert document["within"] == "2"
    assert document["distances"] == {"0": "1", "1": "1", "3": "4"}
    assert [entry["differing"] for entry in document["stacks"]] == [0, 1]
    assert document["stacks"][1]["changes"] == {"lib": ["1.5", "1.0"]}


@pytest.mark.parametrize(
    ("fields", "stack"),
    [
        ({}, NEWEST),
        ({"stack": {"app": "1.0", "lib": "1.0"}}, {"app": "1.0", "lib": "1.0"}),
    ],
)
def test_a_lock_pins_the_stack_that_is_meant(fields: dict[str, Any], stack: dict[str, str]) -> None:
    document = answered("lock", "app", **fields)
    assert document["stack"] == stack
    text = document["files"]["requirements.txt"]
    for name, version in stack.items():
        assert f"{name}=={version} " in text
    assert "--hash=sha256:" in text


def test_a_lock_by_rank_and_by_chance() -> None:
    assert answered("lock", "app", rank="4")["rank"] == "4"
    drawn = answered("lock", "app", seed=1)["stack"]
    assert drawn == stacks(answered("sample", "app", seed=1))[0]
    with pytest.raises(RankError):
        answered("lock", "app", rank="6")


def test_stacks_can_come_with_their_locks() -> None:
    document = answered("sample", "app", with_locks=True, lock_format="pylock.toml")
    assert "pylock.toml" in document["stacks"][0]["lock"]
