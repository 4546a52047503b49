from __future__ import annotations

from typing import Any

from amun_client.sweep.pipeline import honour


def told(*units: Any, kind: str = "sieves", **environment: Any) -> list[tuple[str, bool]]:
    return [(one.unit, one.honoured) for one in honour({kind: list(units)}, environment)]


def test_a_wish_for_one_python_is_honoured_only_there() -> None:
    unit = {"name": "Py36SetuptoolsSieve"}
    assert told(unit, python_version="3.8") == [("Py36SetuptoolsSieve", False)]
    (found,) = honour({"sieves": [unit]}, {"python_version": "3.6"})
    assert found.space == {"exclude": ("setuptools<17",)}


def test_units_without_what_they_need_say_so() -> None:
    assert told({"name": "PlatformBoot"}, kind="boots") == [("PlatformBoot", False)]
    assert told({"name": "UbiBoot"}, kind="boots") == [("UbiBoot", False)]
    assert told({"name": "PythonVersionBoot"}, kind="boots") == [("PythonVersionBoot", True)]


def test_nothing_is_passed_over_in_silence() -> None:
    found = honour({"boots": "x", "oars": [1], "steps": [{"name": "S"}], "wraps": ["W"]}, {})
    assert [one.unit for one in found] == ["boots", "S", "W", "oars"]
    assert not any(one.honoured for one in found)
