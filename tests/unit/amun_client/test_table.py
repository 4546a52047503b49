from __future__ import annotations

from amun_client import table


def test_aligned_with_numbers_to_the_right() -> None:
    rows = [["a", "1"], ["longer", "100"]]
    assert table.aligned(rows, header=["NAME", "RUNS"], right=[1]) == [
        "NAME    RUNS",
        "a          1",
        "longer   100",
    ]
    assert table.aligned([]) == []


def test_tab_separated_keeps_a_row_on_one_line() -> None:
    assert table.tab_separated([["a\tb", "c\nd"], ["", "x"]]) == ["a b\tc d", "\tx"]


def test_pairs_keep_lines_in_their_column() -> None:
    rows = [("id", "x"), ("look next", "first\nsecond"), ("none", "")]
    assert table.pairs(rows) == ["id         x", "look next  first", "           second", "none"]
