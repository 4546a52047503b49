"""Whether two stored inspections measured the same thing under the same conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from amun_core.identity import canonical_json

if TYPE_CHECKING:
    from amun_api.stored_arms import StoredArm

#: How often a thing is done does not change what is measured.
NOT_COMPARED = frozenset({"reps"})

#: What decides the speed of a host, of all that it tells of itself.
_HARDWARE = (
    *("architecture", "cpu_vendor", "cpu_brand", "cpu_family", "cpu_model", "cpu_stepping"),
    *("physical_cpus", "logical_cpus", "cpu_sockets", "smt", "caches", "virtualisation"),
)


def differences_of(a: StoredArm, b: StoredArm) -> list[dict[str, str | None]]:
    """Each difference that forbids a comparison: {what, a, b}; [] where there is none."""
    found = [*_of_the_indicator(a, b), *_of_the_host(a, b)]
    return [
        {"what": what, "a": _said(of_a), "b": _said(of_b)}
        for what, of_a, of_b in found
        if of_a != of_b
    ]


_Pair = tuple[str, Any, Any]


def _of_the_indicator(a: StoredArm, b: StoredArm) -> Iterator[_Pair]:
    run_a, run_b = (_part(arm.plan, "run") for arm in (a, b))
    yield "indicator", a.view.indicator, b.view.indicator
    yield "script", run_a.get("script_sha256"), run_b.get("script_sha256")
    yield "indicator version", run_a.get("indicator_version"), run_b.get("indicator_version")
    of_a, of_b = (_part(_part(run, "indicator"), "parameters") for run in (run_a, run_b))
    # two frameworks may know different parameters: what both know must be alike
    same = a.view.framework == b.view.framework
    names = (of_a.keys() | of_b.keys() if same else of_a.keys() & of_b.keys()) - NOT_COMPARED
    yield "parameters", *_apart(of_a, of_b, names)
    yield "CPUs of a run", _cpus(run_a), _cpus(run_b)
    yield "memory of a run", run_a.get("memory_bytes"), run_b.get("memory_bytes")


def _of_the_host(a: StoredArm, b: StoredArm) -> Iterator[_Pair]:
    if a.view.host_id != b.view.host_id:
        yield "hardware", *_apart(a.host, b.host, _HARDWARE)
    yield "accelerator", _accelerators(a, "name"), _accelerators(b, "name")
    drivers = [_accelerators(arm, "driver_version") for arm in (a, b)]
    if all(drivers[0] + drivers[1]):  # one that was not told is no difference
        yield "driver", drivers[0], drivers[1]
    yield "CUDA", _cuda(a), _cuda(b)


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def _cpus(run: Mapping[str, Any]) -> int | None:
    cpu_set = run.get("cpu_set")
    return len(cpu_set) if isinstance(cpu_set, list) else None


def _apart(
    a: Mapping[str, Any], b: Mapping[str, Any], names: Iterable[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs of these members, as each has it."""
    differing = sorted(name for name in names if a.get(name) != b.get(name))
    return {name: a.get(name) for name in differing}, {name: b.get(name) for name in differing}


def _accelerators(arm: StoredArm, what: str) -> list[str]:
    """As the newest run met them: the host may have got another driver since."""
    facts = arm.runs[-1].facts if arm.runs else {}
    met = _part(facts, "accelerators").get("before") or arm.host.get("accelerators") or []
    return [str(one.get(what) or "") for one in met]


def _cuda(arm: StoredArm) -> str | None:
    document = arm.runs[-1].document if arm.runs else {}
    version = _part(document, "runtime_environment").get("cuda_version")
    return str(version) if version else None


def _said(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return canonical_json(value)
