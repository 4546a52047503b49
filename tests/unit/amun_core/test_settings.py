from __future__ import annotations

from pathlib import Path

import pytest

from amun_core.errors import SettingsError
from amun_core.settings import Settings


def test_defaults_follow_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AMUN_HOME", str(tmp_path))
    settings = Settings.from_environment()
    assert settings.resolved_database_url == f"sqlite:///{tmp_path}/amun.sqlite"
    assert settings.resolved_environment_store == tmp_path / "environments"


def test_what_is_set_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMUN_PORT", "0")
    monkeypatch.setenv("AMUN_DATABASE_URL", "postgresql://db.example/amun")
    monkeypatch.setenv("AMUN_ENVIRONMENT_STORE", "/store")
    settings = Settings.from_environment()
    assert settings.port == 0
    assert settings.resolved_database_url == "postgresql://db.example/amun"
    assert settings.resolved_environment_store == Path("/store")


def test_public_hosts_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMUN_PUBLIC_HOSTS", "amun.example, two.example,")
    assert Settings.from_environment().public_hosts == ("amun.example", "two.example")
    assert Settings(public_hosts=("a",)).public_hosts == ("a",)


@pytest.mark.parametrize(
    ("name", "value"), [("AMUN_PORT", "70000"), ("AMUN_PORT", "x"), ("AMUN_LEASE_SECONDS", "0")]
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: "):
        Settings.from_environment()
