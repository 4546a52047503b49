"""From a case of a suite to what is asked of an indicator on one framework, or why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amun_client.command import unknown_name
from amun_client.errors import UsageFaultError
from amun_client.suite.choices import DEFAULT_DEVICE, DEFAULT_DTYPE, SuiteChoices

Document = Mapping[str, Any]
Catalogue = Mapping[str, Document]

_ITEM_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
_CHOSEN = ("dtype", "device", "processes")


@dataclass(frozen=True, slots=True)
class Ask:
    """One phase of one case. Where `why_not` is set it cannot be measured at all."""

    index: int
    case: str
    phase: str
    flop: int | None
    indicator: str | None = None
    framework: str = ""
    parameters: Document = field(default_factory=dict)
    held_bytes: int = 0
    moved_bytes: int = 0
    #: parameters that the framework has only otherwise than DeepBench
    changed: Document = field(default_factory=dict)
    why_not: str | None = None


def check(suite: Document, catalogue: Catalogue, choices: SuiteChoices) -> None:
    """Refuse a suite, framework, dtype or phase that this service does not have."""
    first = next((phase for phase in _phases(suite) if phase["request"]), None)
    if first is None:
        raise UsageFaultError(f"{suite['name']}: no indicator measures its cases")
    name = str(first["request"]["indicator"])
    if name not in catalogue:
        raise UsageFaultError(
            f"{suite['name']} needs the indicator {name}, which this service does not have",
            hint=f"it has: {', '.join(sorted(catalogue))}",
        )
    frameworks = [str(one) for one in catalogue[name]["frameworks"]]
    if choices.framework not in frameworks:
        raise UsageFaultError(
            f"--framework: {name} has " + unknown_name("framework", choices.framework, frameworks)
        )
    possible = _choices_of(catalogue[name], choices.framework)
    for option, value, fallback in (
        ("dtype", choices.dtype, DEFAULT_DTYPE),
        ("device", choices.device, DEFAULT_DEVICE),
    ):
        among = possible.get(option, [fallback])
        if value not in among:
            raise UsageFaultError(
                f"--{option}: {name} on {choices.framework} has no {value!r}",
                hint=f"it has: {', '.join(among)}",
            )
    known = list(dict.fromkeys(str(phase["name"]) for phase in _phases(suite)))
    for phase in choices.phases:
        if phase not in known:
            raise UsageFaultError("--phase: " + unknown_name("phase", phase, known))


def asks(cases: Sequence[Document], catalogue: Catalogue, choices: SuiteChoices) -> list[list[Ask]]:
    """The phases of each case that are wanted, in the order of the suite."""
    return [
        [
            _ask(case, phase, catalogue, choices)
            for phase in case["phases"]
            if not choices.phases or phase["name"] in choices.phases
        ]
        for case in cases
    ]


@dataclass(frozen=True, slots=True)
class Settled:
    """A request on one framework: its parameters, which of them are otherwise, why it cannot be."""

    framework: str
    parameters: Document = field(default_factory=dict)
    changed: Document = field(default_factory=dict)
    why_not: str | None = None


def settle(request: Document, catalogue: Catalogue, choices: SuiteChoices) -> Settled:
    """The request with all that was chosen, as the framework can do it."""
    name, framework = str(request["indicator"]), choices.framework
    if name not in catalogue:
        return Settled(framework, why_not=f"this service has no indicator {name}")
    declared = catalogue[name]
    if framework not in declared["frameworks"]:
        framework = request["instead"].get(framework, framework)
    if framework not in declared["frameworks"]:
        return Settled(framework, why_not=f"{name} is not made for {framework}")
    known = {str(one["name"]) for one in declared["parameters"]}
    chosen = {key: getattr(choices, key) for key in _CHOSEN if key in known}
    wanted = {**request["parameters"], **chosen}
    why_not = _refusal(declared, framework, wanted)
    if why_not is None:
        return Settled(framework, wanted)
    other = {**wanted, **request["otherwise"]}
    why_not = _refusal(declared, framework, other)
    changed = {key: other[key] for key in request["otherwise"] if other[key] != wanted[key]}
    return Settled(framework, other, {} if why_not else changed, why_not)


def bytes_of(request: Document, settled: Settled, dtype: str) -> tuple[int, int]:
    """Bytes in memory at once, and bytes that one call moves at least, of all processes."""
    item = _ITEM_BYTES.get(dtype, 4) * settled.parameters.get("processes", 1)
    held = request["elements"] + request["workspace"].get(settled.framework, 0)
    return held * item, request["moved"] * item


def _ask(case: Document, phase: Document, catalogue: Catalogue, choices: SuiteChoices) -> Ask:
    place = (int(case["index"]), str(case["name"]), str(phase["name"]), phase["flop"])
    request = phase["request"]
    if request is None:
        return Ask(*place, why_not=str(phase["not_measured_because"]))
    settled = settle(request, catalogue, choices)
    held, moved = bytes_of(request, settled, choices.dtype)
    return Ask(
        *place,
        indicator=str(request["indicator"]),
        framework=settled.framework,
        parameters=settled.parameters,
        held_bytes=held,
        moved_bytes=moved,
        changed=settled.changed,
        why_not=settled.why_not,
    )


def _refusal(declared: Document, framework: str, wanted: Document) -> str | None:
    """Why the framework cannot do this, None where it can."""
    name = declared["name"]
    for parameter, allowed in _choices_of(declared, framework).items():
        if parameter in wanted and wanted[parameter] not in allowed:
            return f"{name} on {framework} has no {parameter}={wanted[parameter]}"
    settled = {one["name"]: one["default"] for one in declared["parameters"]} | dict(wanted)
    for together in (declared.get("impossible") or {}).get(framework, ()):
        if all(settled[key] in among for key, among in together["when"].items()):
            return str(together["why"])
    return None


def _choices_of(declared: Document, framework: str) -> dict[str, list[Any]]:
    """parameter -> the values that it may have on this framework, where they are enumerated."""
    found = {
        str(one["name"]): one["choices_by_framework"].get(framework) or one["choices"]
        for one in declared["parameters"]
    }
    return {name: list(allowed) for name, allowed in found.items() if allowed}


def _phases(suite: Document) -> list[Document]:
    return [phase for case in suite["cases"] for phase in case["phases"]]
