from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.stack.request import (
    file_of,
    json_file,
    parse_last_of,
    parse_moment,
    question,
)
from amun_core.stack_request import StackVerb

GIVEN: dict[str, Any] = {
    **dict.fromkeys(("python_version", "platform", "libc", "base", "as_of", "newer_than", "last")),
    "last_of": {},
    "exclude": (),
    "allow": (),
    "pre_releases": "if-necessary",
    "dev": False,
    "time_limit": 9.0,
    "index": None,
    "offline": False,
    "snapshot": None,
    "save_snapshot": None,
}


def test_words_are_requirements() -> None:
    document, where = question(StackVerb.COUNT, GIVEN, ("flask", "numpy<2"), by=None)
    assert document == {
        "schema": "amun.stack-request/1",
        "verb": "count",
        "requirements": ["flask", "numpy<2"],
        "target": {},
        "policy": {"pre_releases": "if-necessary"},
        "dev": False,
        "time_limit_seconds": 9.0,
    }
    assert where.file is None


def test_a_file_goes_with_the_question(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text("[packages]\n")
    given = {**GIVEN, "libc": "musl 1.2", "last_of": {"numpy": 3}}
    document, where = question(StackVerb.COUNT, given, (str(tmp_path / "Pipfile"),))
    assert document["file"] == {"name": "Pipfile", "content": "[packages]\n"}
    assert "requirements" not in document
    assert document["target"] == {"libc": "musl 1.2"}
    assert document["policy"]["last_of"] == {"numpy": 3}
    assert where.file == tmp_path / "Pipfile"


def test_a_file_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text("")
    with pytest.raises(UsageFaultError, match="stands alone"):
        file_of((str(tmp_path / "Pipfile"), "flask"))


@pytest.mark.parametrize("text", ["Pipfile", "requirements.txt", "nowhere/x.in"])
def test_a_file_that_is_not_there_is_no_requirement(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageFaultError, match="no such file"):
        file_of((text,))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff")
    with pytest.raises(UsageFaultError, match="no text in UTF-8"):
        json_file(tmp_path / "x.json")
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(UsageFaultError, match="is not JSON"):
        json_file(tmp_path / "x.json")
    with pytest.raises(UsageFaultError, match="No such file"):
        json_file(tmp_path / "y.json")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-06-01", "2024-06-02T00:00:00+00:00"),
        ("2024-06-01T12:00", "2024-06-01T12:00:00+00:00"),
        ("2024-06-01T12:00+02:00", "2024-06-01T12:00:00+02:00"),
    ],
)
def test_a_date_is_its_end_in_utc(text: str, moment: str) -> None:
    assert parse_moment(text) == moment


def test_windows_of_single_packages() -> None:
    assert parse_last_of(("numpy=5", " scipy = 2")) == {"numpy": 5, "scipy": 2}
    for wrong in ("numpy", "=5", "numpy=0", "numpy=x"):
        with pytest.raises(ValueError, match=wrong):
            parse_last_of((wrong,))
