"""Requests are checked, results are whole and valid JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pis import documents
from pis.documents import RequestError

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
DOCUMENTS = st.recursive(
    NUMBERS | st.integers() | st.text() | st.none() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def refuse(constant: str) -> None:
    raise AssertionError(constant)


@given(DOCUMENTS)
def test_what_is_written_is_strict_json(document: Any) -> None:
    json.loads(documents.encode(document), parse_constant=refuse)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_floats_keep_their_full_precision(values: list[float]) -> None:
    assert json.loads(documents.encode(values)) == values


def test_numbers_that_json_lacks_become_null() -> None:
    document = {"a": math.nan, "b": [math.inf, 1.5], "c": (-math.inf,), 4: True}
    expected = {"a": None, "b": [None, 1.5], "c": [None], "4": True}
    assert json.loads(documents.encode(document)) == expected


def test_result_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "result.json"
    documents.write(str(path), {"values": [0.1] * 10_000})
    assert json.loads(path.read_bytes()) == {"values": [0.1] * 10_000}
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(documents.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        documents.write(str(path), {"values": []})
    assert len(json.loads(path.read_bytes())["values"]) == 10_000
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]


REQUEST = {"schema": "amun.run-request/1", "indicator": {"name": "matmul"}, "script": None}


def test_request_is_read(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(REQUEST))
    assert documents.read_request(str(path)) == REQUEST


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting property name"),
        ("[]", "not a JSON object"),
        ('{"schema": "other/1"}', "schema is 'other/1', this program reads 'amun.run-request/1'"),
        (json.dumps({**REQUEST, "indicator": None}), "exactly one of indicator and script"),
        (json.dumps({**REQUEST, "script": "/s.py"}), "exactly one of indicator and script"),
    ],
)
def test_unusable_request(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "request.json"
    path.write_text(text)
    with pytest.raises(RequestError, match=message):
        documents.read_request(str(path))


def test_absent_request(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="No such file"):
        documents.read_request(str(tmp_path / "request.json"))
