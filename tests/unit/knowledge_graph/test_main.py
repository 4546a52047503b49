"""`python -m knowledge_graph`: three commands, an answer on stdout, faults on stderr."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from knowledge_graph import database
from knowledge_graph.__main__ import main


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMUN_HOME", str(tmp_path / "home"))


def test_upgrade_makes_the_database_that_the_settings_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["current"]) == 0
    assert main(["upgrade"]) == 0
    assert main(["current"]) == 0
    assert main(["check"]) == 0
    head = database.head()
    output, errors = capsys.readouterr()
    assert output.splitlines() == ["none", head, head, f"{head} is the newest"]
    assert errors == ""
    assert (tmp_path / "home" / "amun.sqlite").is_file()


def test_check_fails_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.splitlines() == [
        f"error[A400]: the database has schema none, this program needs {database.head()}",
        "  hint: Run `python -m knowledge_graph upgrade`.",
    ]


def test_a_wrong_address_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AMUN_DATABASE_URL", "oracle://u:s3cret@h/d")
    assert main(["upgrade"]) == 1
    errors = capsys.readouterr().err
    assert "error[A110]: AMUN_DATABASE_URL: oracle is not supported" in errors
    assert "s3cret" not in errors


def test_a_driver_that_is_not_installed_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "psycopg" else real(name)
    )
    monkeypatch.setenv("AMUN_DATABASE_URL", "postgresql://amun:s3cret@db.example/amun")
    for command in ("upgrade", "current", "check"):
        assert main([command]) == 1
        first, second = capsys.readouterr().err.splitlines()
        assert first.startswith("error[A110]: AMUN_DATABASE_URL names PostgreSQL")
        assert "pip install 'amun-service[postgresql]'" in second
        assert "s3cret" not in first + second
