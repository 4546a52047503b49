"""The indicators that this installation ships, and the check of a request against them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from amun_core.errors import Fault, NotFoundError
from amun_core.intake import pointer_of, shown
from amun_core.redaction import shortened
from pis import catalogue

#: Checks parameters: all of them with their values, and (parameter, message) for what is wrong.
ParameterCheck = Callable[[Mapping[str, Any]], tuple[dict[str, Any], list[tuple[str, str]]]]
_MAXIMUM_MESSAGE = 300


def nearest(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word nearest to `word`, if one is near."""
    close = get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else None


class IndicatorCatalogue:
    """Read once: what is shipped does not change while the process lives."""

    def __init__(self) -> None:
        self._indicators: dict[str, dict[str, Any]] = {
            indicator["name"]: indicator for indicator in catalogue.indicators()
        }
        # catalogue.check looks at the file system each time; what it finds there is kept here
        self._checks: dict[tuple[str, str], ParameterCheck] = {
            (name, framework): catalogue.checker(name, framework)
            for name, indicator in self._indicators.items()
            for framework in indicator["frameworks"]
        }

    def all(self) -> list[dict[str, Any]]:
        """Every indicator, by name."""
        return [self._indicators[name] for name in sorted(self._indicators)]

    def one(self, name: str) -> dict[str, Any]:
        """One indicator. NotFoundError names the nearest one."""
        if name not in self._indicators:
            known = ", ".join(sorted(self._indicators))
            hint = nearest(name, self._indicators) or f"known: {known}"
            raise NotFoundError("indicator", name, hint=hint)
        return self._indicators[name]

    def settle(self, document: Any) -> tuple[Any, tuple[Fault, ...]]:
        """The specification document with the indicator's parameters settled, and what is wrong.

        Defaults are written into the document, so that what is stored says what is measured, also
        after a default has changed; those of a preset as well, which lies under the parameters that
        are given and is not kept itself. What has not even the form of an indicator request is left
        as it is: the specification's own check names it.
        """
        asked = document.get("indicator") if isinstance(document, dict) else None
        if not isinstance(asked, dict):
            return document, ()
        name, framework = asked.get("name"), asked.get("framework")
        preset, asked = asked.get("preset"), _without_preset(asked)
        document = {**document, "indicator": asked}
        parameters = asked.get("parameters")
        if parameters is None:
            parameters = {}
        if not (isinstance(name, str) and isinstance(framework, str)):
            return document, ()
        if not isinstance(parameters, dict):
            return document, ()
        faults = self._name_faults(name, framework) or self._preset_faults(name, preset)
        if faults:
            return document, faults
        laid = {**self._indicators[name]["presets"].get(preset, {}), **parameters}
        try:
            settled, wrong = self._checks[name, framework](laid)
        except ArithmeticError:  # a number of no use; the specification's own check names it
            return document, ()
        if wrong:
            return document, self._parameter_faults(name, wrong)
        return {**document, "indicator": {**asked, "parameters": settled}}, ()

    def given_parameters(self, document: Any) -> frozenset[str]:
        """The parameters that the user chose, by name or by a preset, before defaults are settled."""
        asked = document.get("indicator") if isinstance(document, dict) else None
        if not isinstance(asked, dict):
            return frozenset()
        parameters, name, preset = asked.get("parameters"), asked.get("name"), asked.get("preset")
        given = set(parameters) if isinstance(parameters, dict) else set()
        if isinstance(name, str) and isinstance(preset, str) and name in self._indicators:
            given |= set(self._indicators[name]["presets"].get(preset, {}))
        return frozenset(given)

    def _name_faults(self, name: str, framework: str) -> tuple[Fault, ...]:
        indicator = self._indicators.get(name)
        if indicator is None:
            known = ", ".join(sorted(self._indicators))
            message = f"no indicator {shown(name)}; known: {known}"
            return (Fault("/indicator/name", message, nearest(name, self._indicators)),)
        frameworks = sorted(indicator["frameworks"])
        if framework not in frameworks:
            message = (
                f"indicator {name!r} has no variant for {shown(framework)}; "
                f"known: {', '.join(frameworks)}"
            )
            return (Fault("/indicator/framework", message, nearest(framework, frameworks)),)
        return ()

    def _preset_faults(self, name: str, preset: Any) -> tuple[Fault, ...]:
        known = sorted(self._indicators[name]["presets"])
        if preset is None or preset in known:
            return ()
        there_are = f"known: {', '.join(known)}" if known else "it has none"
        message = f"indicator {name!r} has no preset {shown(preset)}; {there_are}"
        near = nearest(preset, known) if isinstance(preset, str) else None
        return (Fault("/indicator/preset", message, near),)

    def _parameter_faults(self, name: str, wrong: Iterable[tuple[str, str]]) -> tuple[Fault, ...]:
        known = [str(parameter["name"]) for parameter in self._indicators[name]["parameters"]]
        return tuple(
            Fault(
                pointer_of("indicator", "parameters", parameter),
                shortened(message, _MAXIMUM_MESSAGE),
                None if parameter in known else nearest(parameter, known),
            )
            for parameter, message in wrong
        )


def _without_preset(asked: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in asked.items() if key != "preset"}
