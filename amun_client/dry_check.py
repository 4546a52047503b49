"""A dry run finds the faults that the service would find: the same check, by this installation's words.

What the service alone knows (its hosts, what is stored) is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from amun_client import indicator_run
from amun_core.comparison_intake import parse_comparison
from amun_core.errors import Fault, InvalidSpecificationError
from amun_core.intake import pointer_of
from amun_core.normalisation import ParsedSpecification, parse_specification
from amun_core.sweep_intake import parse_sweep


def check_comparison(request: Mapping[str, Any]) -> None:
    """InvalidComparisonError with every fault of a request."""
    parse_comparison(request, _Reader())


def check_sweep(request: Mapping[str, Any]) -> None:
    """InvalidSweepError with every fault of a request."""
    parse_sweep(request, _Reader())


class _Reader:
    """Reads specifications; the indicators are asked from the driver once for each question."""

    def __init__(self) -> None:
        self._catalogue = cache(
            lambda: {str(one["name"]): one for one in indicator_run.catalogue()}
        )
        self._known: dict[str, list[Fault]] = {}

    def __call__(self, document: Any) -> ParsedSpecification:
        asked = document.get("indicator") if isinstance(document, dict) else None
        faults: list[Fault] = []
        if isinstance(asked, dict):
            key = repr(asked)
            if key not in self._known:
                self._known[key] = self._faults(asked)
            faults = self._known[key]
            plain = {name: value for name, value in asked.items() if name != "preset"}
            document = {**document, "indicator": plain}
        try:
            parsed = parse_specification(document, surface="v1")
        except InvalidSpecificationError as error:
            named = {fault.pointer for fault in faults}
            others = [fault for fault in error.faults if fault.pointer not in named]
            raise _invalid([*faults, *others]) from None
        if faults:
            raise _invalid(faults)
        return parsed

    def _faults(self, asked: Mapping[str, Any]) -> list[Fault]:
        name, framework = asked.get("name"), asked.get("framework")
        parameters, preset = asked.get("parameters") or {}, asked.get("preset")
        if not (isinstance(name, str) and isinstance(framework, str)):
            return []  # the specification's own check says so
        if not isinstance(parameters, dict):
            return []
        known = self._catalogue().get(name, {})
        presets = known.get("presets", {})
        if known and preset is not None and preset not in presets:
            there_are = f"known: {', '.join(presets)}" if presets else "it has none"
            return [Fault("/indicator/preset", f"{name} has no preset {preset!r}; {there_are}")]
        laid = {**presets.get(preset, {}), **parameters}
        wrong = indicator_run.faults_of(name, framework, laid)
        words = [str(one["name"]) for one in known.get("parameters", ())]
        return [_fault(field, message, laid, words) for field, message in wrong]


def _fault(field: str, message: str, given: Mapping[str, Any], words: list[str]) -> Fault:
    if field in {"name", "framework"} and field not in given and field not in words:
        return Fault(f"/indicator/{field}", message)
    close = [] if field in words else get_close_matches(field, words, n=1)
    hint = f"did you mean {close[0]!r}?" if close else None
    return Fault(pointer_of("indicator", "parameters", field), message, hint)


def _invalid(faults: list[Fault]) -> InvalidSpecificationError:
    return InvalidSpecificationError("the specification is not valid", faults=tuple(faults))
