"""What a suite is: cases, where they come from, by which rules they are measured."""

import hashlib
import json
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from pis.suites.request import Calibration, Request

Parameters = Mapping[str, Any]


class Source(NamedTuple):
    """Where the list of problems and the published results stand."""

    repository: str
    commit: str
    path: str
    results: str

    def document(self) -> Dict[str, Any]:
        """As JSON-ready data."""
        return dict(self._asdict())


class Rule(NamedTuple):
    """How one driver of the source measures a case: warm-up calls, then repeats whose mean counts.

    `warmups` is None where the source does not tell. `repeats_of` gives the repeats of one case;
    without it the words are all there is.
    """

    driver: str
    warmups: Optional[int]
    repeats: str
    repeats_of: Optional[Callable[[Parameters], int]] = None

    def document(self) -> Dict[str, Any]:
        """As JSON-ready data."""
        return {"driver": self.driver, "warmups": self.warmups, "repeats": self.repeats}


class Formula(NamedTuple):
    """A number that the source computes from a case, and what it is called."""

    name: str
    formula: str
    meaning: str

    def document(self) -> Dict[str, Any]:
        """As JSON-ready data."""
        return dict(self._asdict())


class Phase(NamedTuple):
    """One part of a case that is timed by itself. `absent` says why a case does not have it.

    `request` is what is asked of an indicator; without it `unmeasured` says why nothing is.
    """

    name: str
    flop: Optional[int]
    absent: Optional[str] = None
    request: Optional[Request] = None
    unmeasured: Optional[str] = None

    def document(self) -> Dict[str, Any]:
        """As JSON-ready data."""
        asked = None if self.absent else self.request
        return {
            "name": self.name,
            "applicable": self.absent is None,
            "flop": self.flop if self.absent is None else None,
            "absent_because": self.absent,
            "request": None if asked is None else asked.document(),
            "not_measured_because": None if asked else self.absent or self.unmeasured,
        }


class Problem(NamedTuple):
    """One line of a published list. `notes` flag what the source has wrong or says twice."""

    name: str
    parameters: Parameters
    phases: Tuple[Phase, ...]
    bytes: Optional[int] = None
    sheet_flop: Optional[float] = None
    notes: Tuple[Tuple[str, Any], ...] = ()


class Suite(NamedTuple):
    """A list of problems in the order of its source, repetitions included.

    `rules[0]` is the one that the suite itself goes by.
    """

    name: str
    kernel: str
    title: str
    summary: str
    reported: str
    precision: str
    source: Source
    rules: Tuple[Rule, ...]
    formulas: Tuple[Formula, ...]
    notes: Tuple[str, ...]
    problems: Tuple[Problem, ...]
    rate_unit: str = "TFLOPS"
    calibrations: Tuple[Calibration, ...] = ()

    def document(self) -> Dict[str, Any]:
        """The suite with all its cases as JSON-ready data."""
        cases = self._cases()
        calibrations = [calibration.document() for calibration in self.calibrations]
        return {
            "schema": "amun.suite/1",
            "name": self.name,
            "kernel": self.kernel,
            "title": self.title,
            "summary": self.summary,
            "reported": self.reported,
            "precision": self.precision,
            "source": self.source.document(),
            "rules": [rule.document() for rule in self.rules],
            "formulas": [formula.document() for formula in self.formulas],
            "notes": list(self.notes),
            "rate_unit": self.rate_unit,
            "figures": self._figures(),
            "digest": _digest([self.name, cases]),
            "calibrations": calibrations,
            "cases": cases,
        }

    def _cases(self) -> List[Dict[str, Any]]:
        first: Dict[str, int] = {}
        cases = []
        for index, problem in enumerate(self.problems):
            repeated = first.setdefault(problem.name, index)
            cases.append(self._case(index, problem, repeated if repeated != index else None))
        return cases

    def _case(self, index: int, problem: Problem, same_as: Optional[int]) -> Dict[str, Any]:
        rule = self.rules[0]
        return {
            "index": index,
            "name": problem.name,
            "kernel": self.kernel,
            "parameters": dict(problem.parameters),
            "flop": problem.phases[0].flop,
            "sheet_flop": problem.sheet_flop,
            "bytes": problem.bytes,
            "phases": [phase.document() for phase in problem.phases],
            "warmups": rule.warmups,
            "repeats": rule.repeats_of(problem.parameters) if rule.repeats_of else None,
            "same_as": same_as,
            "notes": dict(problem.notes),
        }

    def _figures(self) -> Dict[str, Any]:
        flop = [problem.phases[0].flop for problem in self.problems]
        counted = [one for one in flop if one is not None]
        moved = [problem.bytes for problem in self.problems if problem.bytes is not None]
        return {
            "cases": len(self.problems),
            "distinct": len({problem.name for problem in self.problems}),
            "flop_total": sum(counted) if counted else None,
            "flop_largest": max(counted) if counted else None,
            "bytes_largest": max(moved) if moved else None,
        }


def _digest(value: Any) -> str:
    """What tells one state of a suite from another: its cases, their rule and their requests."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
