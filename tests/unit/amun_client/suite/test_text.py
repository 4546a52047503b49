"""Suites as a person reads them."""

from __future__ import annotations

from typing import Any

from amun_client.suite.text import case_table, list_table, remarks, suite_rows


def case(**changes: Any) -> dict[str, Any]:
    return {
        "index": 0,
        "parameters": {"n": 4, "transpose_a": True},
        "flop": 1200,
        "bytes": None,
        "phases": [{"name": "forward", "applicable": True}],
        "repeats": 400,
        "same_as": None,
        "notes": {},
        **changes,
    }


def suite(**changes: Any) -> dict[str, Any]:
    return {
        "name": "some.suite",
        "title": "Some",
        "summary": "Something.",
        "reported": "ms",
        "precision": "32-bit",
        "source": {"repository": "owner/repository", "path": "list.h", "commit": "abc"},
        "formulas": [{"name": "flop", "formula": "2 n", "meaning": "Its work."}],
        "rules": [
            {"driver": "one", "warmups": 1, "repeats": "400"},
            {"driver": "other", "warmups": None, "repeats": "10"},
        ],
        "notes": [],
        "figures": {"cases": 3, "distinct": 2, "flop_total": 26706398187136, "flop_largest": 5e9},
        "cases": [case()],
        **changes,
    }


def test_list() -> None:
    header, rows, right = list_table([suite()])
    assert header == ["name", "cases", "gflop", "largest", "what"]
    assert rows == [["some.suite", "3", "26710", "5.000", "Some"]]
    assert right == [1, 2, 3]
    figures = {"cases": 7, "distinct": 7, "flop_total": None, "flop_largest": None}
    assert list_table([suite(figures=figures)])[1][0][1:4] == ["7", "-", "-"]


def test_head() -> None:
    rows = dict(suite_rows(suite()))
    assert rows["source"] == "owner/repository list.h\ncommit abc"
    assert rows["formulas"] == "flop = 2 n  (Its work)"
    assert rows["rules"] == "one: warm-ups 1, repeats 400\nother: warm-ups ?, repeats 10"
    assert rows["phases"] == "forward"
    assert rows["notes"] == "-"
    assert rows["cases"] == "3, 1 of them as another one before"


def test_cases() -> None:
    header, rows, right = case_table([case()])
    assert header == ["index", "n", "transpose_a", "flop", "repeats", "remarks"]
    assert rows == [["0", "4", "true", "1200", "400", "-"]]
    assert right == [0, 1, 2, 3, 4]
    assert case_table([]) == ([], [], [])


def test_cases_that_move_bytes() -> None:
    header, rows, _ = case_table([case(flop=None, bytes=400000, repeats=None)])
    assert header[3] == "bytes"
    assert rows[0][3:5] == ["400000", "-"]


def test_remarks_name_what_is_special() -> None:
    phases = [
        {"name": "forward", "applicable": True},
        {"name": "backward_data", "applicable": False},
    ]
    special = case(phases=phases, same_as=3, notes={"source_typo": True, "m_in_spreadsheet": 7680})
    assert remarks(special) == [
        "no backward_data",
        "same as 3",
        "source typo",
        "m in spreadsheet: 7680",
    ]
