"""What a study measures, in which order, and how each of its inspections is called.

A study runs in rounds: each value once per round, in an order drawn anew for each round, so that a
drift of the host looks like noise of every value and not like a trend over the values. Everything
follows from the plan: the same command makes the same plan with the same id, finds by their labels
the inspections that are there, and asks for those that are missing under the same idempotency keys.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amun_client.errors import UsageFaultError
from amun_client.study.catalogue import Study, product_operations

STUDY, IDENTITY, VALUE, ROUND = "study", "study.id", "study.value", "study.round"
VALUES, ROUNDS = "study.values", "study.rounds"
#: A label holds so many characters.
MAXIMUM_VALUES_TEXT = 256
#: The slowest host that shall still finish a run within its time limit, operations per second.
_SLOWEST = 2e9
_RUN_SECONDS, _MOST_RUN_SECONDS = 600, 24 * 3600

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One inspection of a study."""

    round: int
    value: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A study with everything settled. `request` is what every inspection of it has in common."""

    study: Study
    framework: str
    values: tuple[int, ...]
    rounds: int
    runs: int
    parameters: Mapping[str, Any]
    request: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        if len(set(self.values)) != len(self.values) or min(self.values, default=0) < 1:
            raise UsageFaultError("--values: expected different whole numbers from 1")
        if len(values_text(self.values)) > MAXIMUM_VALUES_TEXT:
            raise UsageFaultError("--values: too many of them for one study")
        if self.study.varies in self.parameters:
            raise UsageFaultError(
                f"-p {self.study.varies}: the study varies it", hint="--values says which it takes"
            )

    @property
    def identity(self) -> str:
        """`sizes-1a2b3c4d5e`; more rounds of the same study are the same study."""
        content = [
            self.study.name,
            self.framework,
            self.values,
            self.runs,
            dict(self.parameters),
            dict(self.request),
            self.name,
        ]
        text = json.dumps(content, sort_keys=True)
        return f"{self.study.name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"

    def cells(self) -> list[Cell]:
        """Round by round; within a round in an order that the id and the round decide."""
        ordered = []
        for number in range(1, self.rounds + 1):
            values = sorted(self.values)
            random.Random(f"{self.identity}/{number}").shuffle(values)  # noqa: S311 - no secret
            ordered += [Cell(number, value) for value in values]
        return ordered

    def indicator_parameters(self, value: int) -> Document:
        """Of the inspections with this value."""
        found = {**self.parameters, self.study.varies: value}
        if self.study.budget is not None and "reps" not in found:
            found["reps"] = self.study.budget.repetitions(value)
        return found

    def specification(self, cell: Cell) -> Document:
        """What is sent for one cell."""
        parameters = self.indicator_parameters(cell.value)
        seconds = math.ceil(2 * operations(parameters) / _SLOWEST)
        return {
            **self.request,
            "indicator": {
                "name": self.study.indicator,
                "framework": self.framework,
                "parameters": parameters,
            },
            "runs": self.runs,
            "limits": {"run_seconds": min(_MOST_RUN_SECONDS, max(_RUN_SECONDS, seconds))},
            "labels": self.labels(cell),
        }

    def labels(self, cell: Cell) -> dict[str, str]:
        """By these the inspection is found again, and the plan told from any of them."""
        return {
            STUDY: self.study.name,
            IDENTITY: self.identity,
            VALUE: str(cell.value),
            ROUND: str(cell.round),
            VALUES: values_text(self.values),
            ROUNDS: str(self.rounds),
        }

    def key(self, cell: Cell, attempt: int) -> str:
        """The idempotency key: a lost answer may be asked for again, by another process too."""
        return f"{self.identity}/{cell.round}/{cell.value}/{attempt}"


def operations(parameters: Mapping[str, Any]) -> float:
    """Operations of one run, to the leading term."""
    return product_operations(int(parameters["matrix_size"])) * int(parameters["reps"])


def values_text(values: Sequence[int]) -> str:
    """`64,128,256`."""
    return ",".join(map(str, values))


def parse_values(text: str) -> tuple[int, ...]:
    """The values of an option, in rising order."""
    try:
        return tuple(sorted(int(part) for part in text.split(",")))
    except ValueError:
        raise UsageFaultError(
            f"--values {text!r}: expected whole numbers separated by commas"
        ) from None
