from __future__ import annotations

import pytest

from amun_core.errors import StorageError
from inspector import roles
from inspector.__main__ import main


@pytest.fixture(autouse=True)
def _logs_stay_as_they_are(monkeypatch):
    monkeypatch.setattr("inspector.__main__.configure_logs", lambda _role: None)


@pytest.mark.parametrize("role", ["dispatcher", "builder", "measurer", "solver", "reaper"])
def test_each_role_is_carried_out_with_the_settings_of_the_environment(monkeypatch, tmp_path, role):
    carried_out = []
    monkeypatch.setenv("AMUN_HOME", str(tmp_path))
    for name in ("dispatch", "reap"):
        monkeypatch.setattr(
            roles,
            name,
            lambda settings, *, once, name=name: (
                carried_out.append((name, settings.home, once)) or 0
            ),
        )
    monkeypatch.setattr(
        roles, "work", lambda settings, one: carried_out.append((one, settings.home, False)) or 0
    )
    monkeypatch.setattr(
        roles, "solve", lambda settings: carried_out.append(("solver", settings.home, False)) or 0
    )
    assert main([role]) == 0
    name = {"dispatcher": "dispatch", "reaper": "reap"}.get(role, role)
    assert carried_out == [(name, tmp_path, False)]


@pytest.mark.parametrize("role", ["builder", "measurer", "solver"])
def test_a_worker_cannot_work_once(role, capsys):
    with pytest.raises(SystemExit) as ended:
        main([role, "--once"])
    assert ended.value.code == 2
    assert "works until it is told to end" in capsys.readouterr().err


def test_a_wrong_setting_is_named(monkeypatch, capsys):
    monkeypatch.setenv("AMUN_LEASE_SECONDS", "soon")
    assert main(["reaper"]) == 1
    assert "error[A110]: AMUN_LEASE_SECONDS" in capsys.readouterr().err


def test_a_database_that_does_not_fit_is_said_with_what_to_do(monkeypatch, capsys):
    def refuse(*_arguments: object, **_options: object) -> int:
        raise StorageError("the database has schema none", hint="Run the upgrade.")

    monkeypatch.setattr(roles, "reap", refuse)
    assert main(["reaper", "--once"]) == 1
    told = capsys.readouterr().err
    assert told == "error[A400]: the database has schema none\n  hint: Run the upgrade.\n"
