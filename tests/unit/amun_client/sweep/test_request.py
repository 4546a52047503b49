from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.submission import Overrides
from amun_client.sweep.members import Member
from amun_client.sweep.request import SweepOptions, request_of
from amun_core.sweep_intake import parse_sweep

LOCK = {"format": "requirements.txt", "content": "numpy==2.1.0\n"}
MEMBERS = [Member("numpy 2.1.0", LOCK, {"numpy": "2.1.0"})]


def made(context: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    overrides = options.pop("overrides", Overrides(indicator="matmul"))
    return request_of(
        MEMBERS, "numpy 2.1.0", context or {}, SweepOptions(overrides, **options), {"select": "x"}
    )


def test_a_request_that_the_service_takes() -> None:
    request = made(runs=4, seed=1, labels=("team=a",), again=True)
    assert request["common"]["indicator"] == {"name": "matmul", "framework": "numpy"}
    parsed = parse_sweep(request)
    assert parsed.settings.runs == 4
    assert parsed.settings.again
    assert parsed.settings.labels == {"team": "a"}
    assert parsed.settings.origin == {"select": "x"}


def test_a_context_gives_all_but_the_lock() -> None:
    context = {
        "base": "python:3.12",
        "identifier": "tf",
        "labels": {"a": "b"},
        "script": "print()",
        "python": {"lock": LOCK, "constraints": []},
        "run": {"requests": {"cpu": "1"}},
    }
    request = made(context, overrides=Overrides())
    assert request["identifier"] == "tf"
    assert request["labels"] == {"a": "b"}
    assert request["common"]["script"] == "print()"
    assert request["common"]["python"] == {"constraints": []}
    assert "indicator" not in request["common"]
    # an indicator takes the place of the script
    assert "script" not in made(context)["common"]
    assert made(context)["common"]["indicator"]["name"] == "matmul"
    parse_sweep(request)


def test_what_is_timed_must_be_said() -> None:
    with pytest.raises(UsageFaultError, match="--indicator is missing"):
        made(overrides=Overrides())


def test_a_script_times_every_stack(tmp_path: Path) -> None:
    script = tmp_path / "prog.py"
    script.write_text("print('hello')\n")
    context = {"indicator": {"name": "matmul", "framework": "numpy"}, "script_name": "old.py"}
    request = made(context, overrides=Overrides(script=script))
    assert request["common"]["script"] == "print('hello')\n"
    assert request["common"]["script_name"] == "prog.py"
    assert "indicator" not in request["common"]
    parse_sweep(request)
    both = Overrides(script=script, indicator="matmul")
    with pytest.raises(UsageFaultError, match="an indicator or a script, not both"):
        made(overrides=both)
