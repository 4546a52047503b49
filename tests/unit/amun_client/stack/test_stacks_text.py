from __future__ import annotations

from amun_client.stack.stacks_text import blocks, csv_lines

STACKS = [
    {"rank": "7", "stack": {"a": "1.0", "b": "2.0"}},
    {"rank": "9", "stack": {"a": "1.1", "c": "1,5"}},
]


def test_blocks_are_requirements() -> None:
    assert list(blocks(STACKS)) == [
        "# stack 1 of 2, rank 7\na==1.0\nb==2.0",
        "\n# stack 2 of 2, rank 9\na==1.1\nc==1,5",
    ]


def test_changes_and_scores_stand_above() -> None:
    entry = {
        "score": -2.0,
        "differing": 2,
        "changes": {"a": ["1", "2"], "b": [None, "1"], "c": ["3", None]},
        "stack": {"a": "2", "b": "1"},
    }
    assert next(blocks([entry])).splitlines()[:4] == [
        "# stack 1 of 1, score -2, differing 2",
        "#   a 1 -> 2",
        "#   b - -> 1",
        "#   c 3 -> -",
    ]


def test_a_column_for_each_package() -> None:
    assert list(csv_lines(STACKS)) == ["rank,a,b,c", "7,1.0,2.0,", '9,1.1,,"1,5"']
    assert list(csv_lines([])) == [""]
