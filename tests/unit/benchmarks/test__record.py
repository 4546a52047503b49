from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import _record
from benchmarks._record import Record


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_record, "cache", lambda: tmp_path)


def measure(number: int) -> dict[str, Any]:
    return {"number": number}


def test_what_is_there_is_not_measured_again() -> None:
    Record("one", {"size": 1}).fill(3, measure)
    measured: list[int] = []

    def again(number: int) -> dict[str, Any]:
        measured.append(number)
        return measure(number)

    lines = Record("one", {"size": 1}).fill(5, again)
    assert measured == [3, 4]
    assert [line["number"] for line in lines] == [0, 1, 2, 3, 4]
    assert Record("one", {"size": 1}).fill(2, again) == lines[:2]


def test_what_a_killed_process_left_of_a_line_is_cut_off() -> None:
    record = Record("one", {})
    record.fill(2, measure)
    with record.path.open("a") as file:
        file.write('{"number": 2')
    found = Record("one", {})
    assert len(found) == 2
    found.append({"number": 7})
    assert [line["number"] for line in Record("one", {}).lines] == [0, 1, 7]


def test_other_settings_are_another_record() -> None:
    Record("one", {"size": 1}).fill(2, measure)
    assert len(Record("one", {"size": 2})) == 0
    assert len(Record("two", {"size": 1})) == 0
    assert len(Record("one", {"size": 1}, fresh=True)) == 0
