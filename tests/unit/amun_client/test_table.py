from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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


def test_a_header_goes_into_the_pipe_too() -> None:
    assert table.tab_separated([["a", "1"]], header=["name", "runs"]) == ["name\truns", "a\t1"]


WIDE = [
    ["inspection-1", "succeeded", "1.35 ms", "a longer remark, of some words"],
    ["inspection-2", "failed", "-", "x"],
]
HEADER = ["ID", "STATE", "MEDIAN", "REMARKS"]


def test_what_fits_is_a_table() -> None:
    assert table.fitted(WIDE, 200, header=HEADER) == table.aligned(WIDE, header=HEADER)
    assert table.fitted([], 10, header=HEADER) == table.aligned([], header=HEADER)


def test_a_long_last_column_is_wrapped() -> None:
    lines = table.fitted(WIDE, 62, header=HEADER)
    assert max(map(len, lines)) <= 62
    assert lines[0].startswith("ID ")
    assert [line.split()[-1] for line in lines[1:3]] == ["some", "words"]


def test_else_a_row_is_a_block_of_names_and_values() -> None:
    assert table.fitted(WIDE, 40, header=HEADER) == [
        "inspection-1",
        "  state succeeded  median 1.35 ms",
        "  remarks a longer remark, of some words",
        "inspection-2",
        "  state failed  remarks x",
    ]


CELL = st.text(st.sampled_from("ab -,."), max_size=18)


@given(
    st.integers(1, 9).flatmap(
        lambda columns: st.lists(
            st.lists(CELL, min_size=columns, max_size=columns), min_size=1, max_size=4
        )
    ),
    st.integers(40, 120),
    st.sets(st.integers(0, 8)),
)
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(
    rows: list[list[str]], width: int, right: set[int]
) -> None:
    header = [f"COLUMN{number}" for number in range(len(rows[0]))]
    lines = table.fitted(rows, width, header=header, right=right)
    assert max(map(len, lines), default=0) <= width
    shown = " ".join(lines).split()
    for cell in (cell for row in rows for cell in row if cell.strip() not in {"", "-"}):
        assert all(word in shown for word in cell.split())


def test_pairs_wrap_what_is_long_but_never_a_command() -> None:
    command = "amun inspection results inspection-0123456789abcdef --runs --json"
    rows = [("note", "one word and another " * 4), ("look next", command)]
    lines = table.pairs(rows, 60)
    assert max(len(line) for line in lines[:-1]) <= 60
    assert lines[-1] == f"look next  {command}"
