"""An environment that was changed by hand is refused before anything is timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import Service

pytestmark = pytest.mark.network


def specification(lock: str) -> dict[str, Any]:
    return {
        "runs": 1,
        "engine": "process",
        "python": {"lock": {"format": "requirements.txt", "content": lock}},
        "indicator": {
            "name": "matmul",
            "framework": "numpy",
            "parameters": {"matrix_size": 64, "reps": 5},
        },
    }


def test_changed_package_is_refused_named_and_made_again(
    new_service: Callable[..., Service], numpy_lock: str, tmp_path: Path
) -> None:
    service = new_service(AMUN_ENVIRONMENT_STORE=str(tmp_path / "environments"))
    service.up()
    first = service.post(specification(numpy_lock))["id"]
    assert service.wait(first)["state"] == "succeeded"
    runs = service.get(f"/inspections/{first}/runs")["runs"]
    package = Path(runs[0]["facts"]["runtime"]["component_path"])
    module = package / "version.py" if package.is_dir() else package.parent / "version.py"
    module.chmod(0o644)
    module.write_text(module.read_text() + "\nchanged_by_hand = True\n")

    second = service.post(specification(numpy_lock))["id"]
    shown = service.wait(second)
    assert shown["state"] == "failed"
    assert shown["failure"]["reason"] == "environment_changed"
    assert shown["failure"]["attributed_to"] == "host"
    assert "numpy" in shown["failure"]["message"]
    assert "version.py" in shown["failure"]["message"]
    assert shown["runs"]["accepted"] == 0
    assert all(run["iterations"] == 0 for run in service.get(f"/inspections/{second}/runs")["runs"])

    third = service.post(specification(numpy_lock))["id"]
    assert service.wait(third)["state"] == "succeeded"
