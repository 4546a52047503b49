from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amun_client import pin_sharing
from amun_client.errors import UsageFaultError
from amun_client.study.catalogue import REPETITIONS, SIZES, Study
from amun_client.study.plan import Plan
from amun_client.study.request import Wish, plan_of

INDICATORS = [
    {"name": "conv1d", "presets": {}},
    {
        "name": "matmul",
        "presets": {"thoth-torch": {"matrix_size": 512, "dtype": "float64", "reps": 2000}},
    },
]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("numpy==2.4.6\n")
    return file


def made(study: Study, **wish: Any) -> Plan:
    return plan_of(study, Wish("numpy", **wish), lambda: INDICATORS, {})


def test_the_defaults_are_ours(lock: Path) -> None:
    plan = made(SIZES, lock=lock)
    assert (plan.values, plan.rounds, plan.runs) == (SIZES.values, SIZES.inspections, 1)
    assert plan.request == {
        "python": {"lock": {"format": "requirements.txt", "content": "numpy==2.4.6\n"}}
    }


def test_full_takes_the_numbers_of_the_original(lock: Path) -> None:
    assert made(REPETITIONS, lock=lock, full=True).rounds == 300
    sizes = made(SIZES, lock=lock, full=True)
    assert sizes.rounds == 100
    assert sizes.indicator_parameters(4096)["reps"] == 2000


def test_options_lie_over_a_preset_over_the_study(lock: Path) -> None:
    plan = made(
        SIZES, lock=lock, preset="thoth-torch", parameters=["reps=7"], values="256,64",
        inspections=3, base="python:3.12-slim", engine="container",
    )  # fmt: skip
    assert plan.values == (64, 256)
    assert plan.indicator_parameters(64) == {
        "matrix_size": 64, "dtype": "float64", "device": "cpu", "reps": 7,
    }  # fmt: skip
    assert (plan.rounds, plan.request["base"], plan.request["engine"]) == (
        3, "python:3.12-slim", "container",
    )  # fmt: skip


def test_an_unknown_preset_is_answered_with_the_nearest(lock: Path) -> None:
    with pytest.raises(UsageFaultError, match="Did you mean 'thoth-torch'"):
        made(SIZES, lock=lock, preset="thoth-trch")


def test_the_stack_is_named_in_one_way(lock: Path) -> None:
    for wish in ({}, {"lock": lock, "requirements": ["numpy"]}):
        with pytest.raises(UsageFaultError, match="--lock FILE or by --requirement"):
            made(SIZES, **wish)


def test_requirements_are_resolved_for_the_python_of_the_base(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(a: Any, b: Any, environ: Any, *, python_version: str | None) -> dict[str, Any]:
        assert (list(a), list(b), python_version) == (["numpy<3"], ["numpy<3"], "3.12.16")
        return {"a": {"lock": "numpy==2.4.6\n"}}

    monkeypatch.setattr(pin_sharing, "shared_pins", resolve)
    plan = made(SIZES, requirements=["numpy<3"], base="python:3.12-slim")
    assert plan.request["python"] == {
        "lock": {"format": "requirements.txt", "content": "numpy==2.4.6\n"}
    }
