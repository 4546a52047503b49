from __future__ import annotations

from pathlib import Path

import pytest

from amun_client import configuration
from amun_client.configuration import Configuration
from amun_core.errors import SettingsError


def load(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    user: str = "",
    project: str = "",
    environ: dict[str, str] | None = None,
) -> Configuration:
    user_file = tmp_path / "config.toml"
    if user:
        user_file.write_text(user)
    if project:
        (tmp_path / "pyproject.toml").write_text(project)
    for name, value in (environ or {}).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "below").mkdir()
    return configuration.load(environ or {}, tmp_path / "below", user_file)


def origins(found: Configuration) -> dict[str, tuple[str, str]]:
    return {row["name"]: (row["value"], row["origin"]) for row in found.rows()}


def test_who_won_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(
        tmp_path,
        monkeypatch,
        user='port = 9000\nlease_seconds = 12.5\nserver = "http://user.example"\n',
        project='[tool.amun]\nserver = "http://project.example"\n',
        environ={"AMUN_PORT": "9100"},
    )
    rows = origins(found)
    assert rows["port"] == ("9100", "environment AMUN_PORT")
    assert rows["lease_seconds"] == ("12.5", str(tmp_path / "config.toml"))
    assert rows["host"] == ("127.0.0.1", "default")
    assert rows["server"] == ("http://user.example", str(tmp_path / "config.toml"))
    assert found.settings().lease_seconds == 12.5
    assert found.environ["AMUN_LEASE_SECONDS"] == "12.5"
    assert found.project_server == "http://project.example"


def test_secrets_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(
        tmp_path,
        monkeypatch,
        environ={
            "AMUN_TOKEN": "a-token-of-mine",
            "AMUN_DATABASE_URL": "postgresql://me:password@db.example/amun",
        },
    )
    rows = origins(found)
    assert rows["token"] == ("***", "environment AMUN_TOKEN")
    assert "password" not in rows["database_url"][0]


@pytest.mark.parametrize(
    ("user", "project", "message"),
    [
        ("prot = 1", "", "no setting 'prot'. Did you mean 'port'?"),
        ("port = ", "", "config.toml: Invalid value"),
        ('token = "x"', "", "no setting 'token'"),
        ("", '[tool.amun]\ncontainer_command = "./evil"', "cannot be set by a project"),
    ],
)
def test_wrong_files_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str, project: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message.replace("?", r"\?")):
        load(tmp_path, monkeypatch, user=user, project=project)


def test_a_wrong_value_in_the_users_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(tmp_path, monkeypatch, user="port = 70000")
    with pytest.raises(SettingsError, match="port"):
        found.settings()
