"""Facts of a run: key -> type, unit, check. A unit can never be guessed, so it stands here.

A key names a place in the facts that a run told: "threads.requested" is facts["threads"]
["requested"]. What a framework tells about itself ("framework.*") is open; everything else that
is not named here is refused by `check_facts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amun_core.errors import Fault
from amun_core.intake import pointer_of, shown

Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Fact:
    """What one key holds: its type in words, its unit ("" for none), and how it is checked."""

    type: str
    unit: str
    meaning: str
    check: Check


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value)


def _is_quantity(value: object) -> bool:
    return _is_number(value) and value >= 0  # type: ignore[operator]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_numbers(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_quantity, value))


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_objects(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_object, value))


def _number(unit: str, meaning: str) -> Fact:
    return Fact("number from 0", unit, meaning, _is_quantity)


def _count(unit: str, meaning: str) -> Fact:
    return Fact("whole number from 0", unit, meaning, _is_count)


def _text(meaning: str) -> Fact:
    return Fact("text", "", meaning, _is_text)


def _surroundings(moment: str) -> dict[str, Fact]:
    return {
        f"{moment}.load_average": Fact(
            "numbers", "processes", f"load {moment} the run over 1, 5 and 15 minutes", _is_numbers
        ),
        f"{moment}.steal_ticks": _count("ticks", f"CPU time stolen by the hypervisor {moment} it"),
        f"{moment}.cpu_ticks": Fact("object", "ticks", f"CPU time by kind {moment} it", _is_object),
        f"{moment}.cpu_mhz": _number("MHz", f"mean frequency of the run's CPUs {moment} it"),
        f"{moment}.temperature_celsius": Fact(
            "number", "°C", f"hottest thermal zone {moment} it", _is_number
        ),
        f"{moment}.thermal_throttles": _count(
            "", f"times the CPU slowed itself for heat, {moment} it"
        ),
        f"{moment}.uptime_seconds": _number("s", f"time since boot {moment} it"),
        f"{moment}.throttling": Fact(
            "object", "", f"how often the CPU quota stopped it, {moment} it", _is_object
        ),
        f"{moment}.pressure_seconds": Fact(
            "object", "s", f"time in which work waited for a resource, {moment} it", _is_object
        ),
    }


#: Every key of a run's facts. Null is accepted everywhere: not every host tells everything.
FACTS: dict[str, Fact] = {
    "name": _text("published name of the indicator"),
    "component": _text("framework that was measured"),
    "indicator": Fact("object", "", "indicator as the driver knows it", _is_object),
    "seed": _count("", "seed of the input data"),
    "parameters": Fact("object", "", "parameters of the indicator, defaults filled in", _is_object),
    "result": Fact(
        "object",
        "",
        "published result: rate in GFLOPS (of a script: in its unit), bandwidth in GB/s, elapsed in ms",
        _is_object,
    ),
    "timing": _text("of a script: own (its own figures) or whole_process"),
    "steady_state": _text("flat, warmup, slowdown or none"),
    "loops": _count("", "inner repeats behind one sample"),
    "leading": _count("", "iterations from before the loops were known"),
    "iterations": Fact(
        "object", "", "how many iterations were asked for, who chose that, and why", _is_object
    ),
    "work.flops_per_iteration": _number("FLOP", "operations behind one iteration"),
    "work.bytes_per_iteration": _number("bytes", "memory traffic behind one iteration"),
    "work.least_bytes_per_iteration": _number(
        "bytes", "operands read once and results written once, whatever a library moves"
    ),
    "work.formula": _text("where the number of operations comes from"),
    "check.maximum_error": _number("", "largest error against the reference"),
    "check.tolerance": _number("", "largest error that rounding explains"),
    "check.passed": Fact("boolean", "", "whether the result is right", _is_boolean),
    "threads.requested": _count("threads", "thread count asked for"),
    "threads.worked": _count("threads", "threads that had a CPU while the samples were taken"),
    "threads.cpus_used": _number("CPUs", "CPUs that all threads of the run kept busy meanwhile"),
    "threads.affinity": Fact("numbers", "", "CPUs on which the run could run", _is_numbers),
    "threads.pools": Fact("objects", "", "thread pools as the libraries report them", _is_objects),
    "threads.environment": Fact("object", "", "thread variables of the run", _is_object),
    "threads.dies_with_parent": Fact("boolean", "", "whether the kernel promised it", _is_boolean),
    "runtime.python_version": _text("version of the interpreter"),
    "runtime.python_implementation": _text("implementation of the interpreter"),
    "runtime.python_compiler": _text("compiler of the interpreter"),
    "runtime.executable": _text("path of the interpreter inside the run"),
    "runtime.component_version": _text("version that the framework tells of itself"),
    "runtime.component_path": _text("file from which the framework was imported"),
    "runtime.import_seconds": _number("s", "time of the framework's import"),
    "runtime.hash_seed": _text("PYTHONHASHSEED of the run"),
    "runtime.timer": _text("clock that timed the samples"),
    "runtime.timer_resolution": _number("s", "smallest step of that clock"),
    "usage": Fact("object", "", "resources used, as getrusage tells them", _is_object),
    "peak_rss_bytes": _count("bytes", "largest resident set"),
    "os_release": Fact("object", "", "/etc/os-release inside the run", _is_object),
    "environment.key": _text("content address of the environment the run was made in"),
    "environment.digest": _text("digest of what is in it: image id, or hash of its manifest"),
    "environment.base_digest": _text("digest of the base image; of a host, its identity"),
    "conditions": Fact("object", "", "how the host was set up for the run", _is_object),
    "accelerators.before": Fact(
        "objects", "", "clocks, reasons, heat of GPUs before it", _is_objects
    ),
    "accelerators.after": Fact(
        "objects", "", "clocks, reasons, heat of GPUs after it", _is_objects
    ),
    **_surroundings("before"),
    **_surroundings("after"),
}

_GROUPS = frozenset(key.partition(".")[0] for key in FACTS if "." in key)
_OPEN_GROUPS = frozenset({"framework"})


def check_facts(facts: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Everything in `facts` that is not registered, or is not of its type."""
    faults = []
    for path, value in _leaves(facts):
        fact = FACTS.get(".".join(path))
        if fact is None:
            faults.append(Fault(pointer_of(*path), "not a registered fact of a run"))
        elif value is not None and not fact.check(value):
            faults.append(Fault(pointer_of(*path), f"{fact.type} is expected, not {shown(value)}"))
    return tuple(faults)


def _leaves(facts: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in facts.items():
        if key in _OPEN_GROUPS:
            continue
        if key in _GROUPS and isinstance(value, Mapping):
            yield from (((key, str(inner)), item) for inner, item in value.items())
        elif key not in _GROUPS or value is not None:
            yield (str(key),), value
