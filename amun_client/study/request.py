"""From the options of `amun study` to a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amun_client import pin_sharing
from amun_client.command import unknown_name
from amun_client.errors import UsageFaultError
from amun_client.study.catalogue import Study
from amun_client.study.plan import Plan, parse_values
from amun_client.submission import parse_parameters, read_lock_file
from amun_core.specification import LockFormat

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options say."""

    framework: str
    lock: Path | None = None
    requirements: Sequence[str] = ()
    values: str | None = None
    inspections: int | None = None
    runs: int = 1
    parameters: Sequence[str] = ()
    preset: str | None = None
    full: bool = False
    base: str | None = None
    engine: str | None = None
    name: str = ""


def plan_of(
    study: Study,
    wish: Wish,
    indicators: Callable[[], Sequence[Document]],
    environ: Mapping[str, str],
) -> Plan:
    """The plan. `indicators` are asked for only where a preset is named."""
    request: Document = {"python": {"lock": _lock(study, wish, environ)}}
    for name in ("base", "engine"):
        if (value := getattr(wish, name)) is not None:
            request[name] = value
    original = study.original.inspections if wish.full else study.inspections
    return Plan(
        study=study,
        framework=wish.framework,
        values=parse_values(wish.values) if wish.values else study.values,
        rounds=wish.inspections or original,
        runs=wish.runs,
        parameters=_parameters(study, wish, indicators),
        request=request,
        name=wish.name,
    )


def _parameters(study: Study, wish: Wish, indicators: Callable[[], Sequence[Document]]) -> Document:
    """Those of the study, over them a preset or the original's, over these what -p says."""
    found: Document = dict(study.parameters)
    if wish.full:
        found.update(study.original.parameters)
    if wish.preset:
        preset = _preset(study, wish.preset, indicators())
        found.update({name: value for name, value in preset.items() if name != study.varies})
    return {**found, **parse_parameters(wish.parameters)}


def _preset(study: Study, name: str, indicators: Sequence[Document]) -> Document:
    (indicator,) = [one for one in indicators if one["name"] == study.indicator]
    presets = indicator.get("presets") or {}
    if name not in presets:
        raise UsageFaultError(f"--preset: {unknown_name('preset', name, sorted(presets))}")
    found: Document = presets[name]
    return found


def _lock(study: Study, wish: Wish, environ: Mapping[str, str]) -> Document:
    if (wish.lock is None) == (not wish.requirements):
        raise UsageFaultError(
            "name the stack by --lock FILE or by --requirement, one of them",
            hint=f"amun study {study.name} --framework numpy --requirement numpy",
        )
    if wish.lock is not None:
        return read_lock_file(wish.lock)
    # both sides the same: the resolver's answer for one stack
    python = pin_sharing.python_version_of(wish.base) if wish.base else None
    answer = pin_sharing.shared_pins(
        wish.requirements, wish.requirements, environ, python_version=python
    )
    return {"format": str(LockFormat.REQUIREMENTS), "content": answer["a"]["lock"]}
