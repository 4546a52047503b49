"""What a run by hand asks for, before an interpreter is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from amun_client import indicator_run
from amun_client.errors import UsageFaultError
from amun_client.indicator_run import Request


@pytest.fixture(autouse=True)
def _catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        {"name": "conv", "frameworks": ["numpy"], "presets": {"old": {"batch": 4, "reps": 80}}},
        {"name": "hello", "frameworks": ["python"], "presets": {}},
    ]
    monkeypatch.setattr(indicator_run, "catalogue", lambda: entries)


def request(name: str = "conv", framework: str = "numpy", **options: object) -> Request:
    parameters = options.pop("parameters", {})
    return Request(name, framework, parameters, Path("python3"), **options)  # type: ignore[arg-type]


def test_a_preset_lies_under_the_parameters() -> None:
    found = indicator_run.settled(request(preset="old", parameters={"reps": 5}))
    assert found.parameters == {"batch": 4, "reps": 5}


def test_without_a_preset_nothing_changes() -> None:
    wanted = request(parameters={"reps": 5})
    assert indicator_run.settled(wanted) == wanted


@pytest.mark.parametrize(
    ("wanted", "message", "hint"),
    [
        (request("conf"), "no indicator 'conf'", "there are: conv, hello"),
        (request(framework="jax"), "conv has no framework 'jax'", "there are: numpy"),
        (request(preset="new"), "conv has no preset 'new'", "there are: old"),
        (request("hello", "python", preset="old"), "hello has no preset 'old'", "it has none"),
    ],
)
def test_what_is_not_there(wanted: Request, message: str, hint: str) -> None:
    with pytest.raises(UsageFaultError, match=message) as caught:
        indicator_run.settled(wanted)
    assert caught.value.hint == hint
