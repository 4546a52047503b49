"""How an indicator declares itself: its name, its parameters, its operation count."""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

Fault = Tuple[str, str]


class Impossible(NamedTuple):
    """Values that each can be had, but not together; `parameter` is the one to be named."""

    parameter: str
    when: Mapping[str, Tuple[Any, ...]]
    why: str

    def faults(self, values: Mapping[str, Any]) -> List[Fault]:
        """The fault of these values, if they are among them."""
        if all(values[name] in among for name, among in self.when.items()):
            return [(self.parameter, self.why)]
        return []

    def document(self) -> Dict[str, Any]:
        """As the catalogue shows it."""
        return {
            "parameter": self.parameter,
            "when": {name: list(among) for name, among in self.when.items()},
            "why": self.why,
        }


def consistent(_values: Mapping[str, Any]) -> List[Fault]:
    """For indicators whose parameters do not depend on one another."""
    return []


class Parameter(NamedTuple):
    """One declared parameter. `kind` is "integer", "number", "text" or "boolean"."""

    name: str
    kind: str
    default: Any
    help: str
    unit: Optional[str] = None
    minimum: Optional[float] = None
    maximum: Optional[float] = None
    choices: Tuple[Any, ...] = ()

    def read(self, value: Any) -> Any:
        """The value in the parameter's type; ValueError says what is wrong with it."""
        read = _READERS[self.kind](value)
        if self.choices and read not in self.choices:
            msg = "{!r} is not one of {}".format(value, ", ".join(str(c) for c in self.choices))
            raise ValueError(msg)
        if self.minimum is not None and read < self.minimum:
            raise ValueError(f"{value!r} is less than {self.minimum:g}")
        if self.maximum is not None and read > self.maximum:
            raise ValueError(f"{value!r} is more than {self.maximum:g}")
        return read

    def document(self) -> Dict[str, Any]:
        """The parameter as the catalogue shows it."""
        return {
            "name": self.name,
            "type": self.kind,
            "default": self.default,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "choices": list(self.choices) or None,
            "unit": self.unit,
            "help": self.help,
        }


class Indicator(NamedTuple):
    """One performance indicator, independent of the framework that it is run on.

    `version` is raised whenever an edit changes what is measured: samples of different versions
    are never compared. `stability` is "stable" or "canary" (shown, never scored). `work` is None
    where time alone is measured; where the data decides, it is an estimate and the workload tells
    the count. `contradictions` tells faults between parameters, `impossible` values that no
    framework can have together. `moved_bytes` is the traffic of memory where that is what is
    measured, `least_bytes` what must move whatever a library does: each operand read once, the
    result written once. `presets` are named sets of parameters.
    """

    name: str
    title: str
    version: str
    stability: str
    summary: str
    parameters: Tuple[Parameter, ...]
    work: Optional[Callable[[Mapping[str, Any]], int]]
    formula: str
    source: str
    contradictions: Callable[[Mapping[str, Any]], List[Fault]] = consistent
    moved_bytes: Optional[Callable[[Mapping[str, Any]], int]] = None
    presets: Mapping[str, Mapping[str, Any]] = {}
    impossible: Tuple[Impossible, ...] = ()
    least_bytes: Optional[Callable[[Mapping[str, Any]], int]] = None

    def check(
        self,
        given: Mapping[str, Any],
        narrowed: Mapping[str, Tuple[Any, ...]],
        impossible: Sequence[Impossible] = (),
    ) -> Tuple[Dict[str, Any], List[Fault]]:
        """Every declared parameter with its value, and every fault of those given.

        `narrowed` holds the choices that one framework has where it lacks some, `impossible` what
        it cannot do together.
        """
        values: Dict[str, Any] = {}
        faults: List[Fault] = []
        for parameter in self.parameters:
            narrow = parameter._replace(
                choices=narrowed.get(parameter.name, parameter.choices),
            )
            value = given.get(parameter.name)
            try:
                values[parameter.name] = narrow.read(parameter.default if value is None else value)
            except ValueError as error:
                faults.append((parameter.name, str(error)))
        known = [parameter.name for parameter in self.parameters]
        unknown = sorted(set(given) - set(known))
        faults.extend(
            (name, "no such parameter; known: {}".format(", ".join(known))) for name in unknown
        )
        if not faults:
            faults.extend(self.contradictions(values))
            for together in (*self.impossible, *impossible):
                faults.extend(together.faults(values))
        return values, faults


def _integer(value: Any) -> int:
    if isinstance(value, str):
        try:
            return int(value.strip(), 10)
        except ValueError:
            raise ValueError(f"{value!r} is not a whole number") from None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError(f"{value!r} is not a whole number")


def _number(value: Any) -> float:
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if number - number == 0:  # neither infinite nor not-a-number
            return number
    raise ValueError(f"{value!r} is not a finite number")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is not text")


def _boolean(value: Any) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError(f"{value!r} is neither true nor false")


_READERS: Dict[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "text": _text,
    "boolean": _boolean,
}
