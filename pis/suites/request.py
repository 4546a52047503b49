"""What a case asks of an indicator, as data: it travels with the suite and is shown with it."""

from typing import Any, Dict, Mapping, NamedTuple, Optional


class Request(NamedTuple):
    """One phase of a case in the words of an indicator.

    `parameters` leave out the type of the numbers and the repeats, which whoever measures chooses.
    `otherwise` is laid over them where a framework refuses them as they are. `elements` are the
    numbers that lie in memory at once (operands and result), `workspace` those that a framework
    needs beside them. `moved` are the numbers that one call has to read and write at least.
    `instead` names for a framework without this indicator another one of the same stack.
    """

    indicator: str
    parameters: Mapping[str, Any]
    elements: int
    moved: int
    otherwise: Mapping[str, Any] = {}
    workspace: Mapping[str, int] = {}
    instead: Mapping[str, str] = {}
    note: Optional[str] = None

    def document(self) -> Dict[str, Any]:
        """As JSON-ready data."""
        return {
            "indicator": self.indicator,
            "parameters": dict(self.parameters),
            "otherwise": dict(self.otherwise),
            "elements": self.elements,
            "workspace": dict(self.workspace),
            "moved": self.moved,
            "instead": dict(self.instead),
            "note": self.note,
        }


class Calibration(NamedTuple):
    """A small problem from whose time the time of a case is foretold.

    `kind` is "arithmetic" where its rate of operations tells, "memory" where that of the numbers
    that it moves does.
    """

    kind: str
    request: Request
    flop: Optional[int]
    repeats: int

    def document(self) -> Dict[str, Any]:
        """As JSON-ready data."""
        return {
            "kind": self.kind,
            "flop": self.flop,
            "repeats": self.repeats,
            "request": self.request.document(),
        }
