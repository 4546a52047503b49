from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from amun_client.commands import comparing

LIST = "/api/v1/comparisons"
PATH = f"{LIST}/comparison-1234abcd"
Amun = Callable[..., Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []

    def share(a: Any, b: Any, *_: Any, **__: Any) -> dict[str, Any]:
        seen.append((a, b))
        name = a[0].partition("=")[0]
        arm = {"packages": {name: "2.4.6"}, "lock": f"{name}==2.4.6"}
        return {
            "a": arm,
            "b": arm,
            "differing": [],
            "shared": arm["packages"],
            "python_version": "3.11",
            "notes": [],
        }

    monkeypatch.setattr(comparing, "shared_pins", share)
    return seen


def test_by_default_the_newest_numpy_multiplies(
    amun: Amun, stub: Any, shapes: ModuleType, asked: list[Any]
) -> None:
    stub.on(
        "POST", LIST, {"id": shapes.COMPARISON, "state": "accepted", "warnings": []}, status=202
    )
    one = shapes.comparison(None, kind="calibration", calibration_result=shapes.CALIBRATION)
    stub.on("GET", PATH, one)
    ended = amun("calibrate", "--blocks", "20", "--server", stub.url)
    assert ended.code == 0
    assert ended.out.startswith("on this host 0.4 % of the comparisons of equal stacks end slower")
    assert "0.4 %, at most 1.1 % (95 %)" in ended.out
    assert asked == [(("numpy",), ("numpy",))]
    request = stub.seen("POST", LIST)[0][4]
    assert (request["kind"], request["maximum_blocks"]) == ("calibration", 20)
    assert request["a"] == request["b"]
    assert request["a"]["specification"]["indicator"] == {
        "name": "matmul",
        "framework": "numpy",
        "parameters": {"matrix_size": 512},
    }


def test_another_framework_and_indicator(amun: Amun, asked: list[Any]) -> None:
    words = ("--framework", "tensorflow", "--indicator", "conv2d", "--dry-run", "--json")
    document = amun("calibrate", *words).document
    assert asked == [(("tensorflow-cpu",), ("tensorflow-cpu",))]
    indicator = document["request"]["a"]["specification"]["indicator"]
    assert indicator == {"name": "conv2d", "framework": "tensorflow"}


def test_too_few_blocks_are_refused(amun: Amun) -> None:
    assert amun("calibrate", "--blocks", "3").code == 2
