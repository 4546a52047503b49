"""The studies of the prior system, as data: what each varies, what it holds, what was done then.

Source of what is told of the originals: the study published on the blog of project Thoth in 2019,
two tests of TensorFlow's matrix product on a CPU. Which repetitions its first test tried was not
published; those here span the default of its indicator (50) and the number it chose (2,000).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from amun_client.command import unknown_name
from amun_client.errors import UsageFaultError

SOURCE = "Project Thoth, blog, 2019: performance of TensorFlow's matrix product"
FRAMEWORKS = ("tensorflow", "torch", "numpy", "jax")


class Measure(StrEnum):
    """What the curve of a study shows against the values."""

    SPREAD = "spread"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Budget:
    """Repetitions by value: as many as do so many operations, within bounds."""

    operations: float
    fewest: int
    most: int

    def repetitions(self, size: int) -> int:
        """For the product of two matrices of this size."""
        fitting = int(self.operations / product_operations(size))
        return min(self.most, max(self.fewest, fitting))


@dataclass(frozen=True, slots=True)
class Original:
    """How the prior system did it: stack, inspections of a batch, parameters, what was found."""

    stack: str
    inspections: int
    parameters: Mapping[str, Any]
    finding: str


@dataclass(frozen=True, slots=True)
class Study:
    """A sweep over one parameter of one indicator."""

    name: str
    title: str
    question: str
    indicator: str
    varies: str
    axis: str
    measure: Measure
    values: tuple[int, ...]
    parameters: Mapping[str, Any]
    inspections: int
    original: Original
    source: str = SOURCE
    #: Where the repetitions are not given: how many for each value. None: they are the values.
    budget: Budget | None = None
    frameworks: tuple[str, ...] = field(default=FRAMEWORKS)


REPETITIONS = Study(
    name="repetitions",
    title="Spread of the rate against repetitions",
    question="How many repetitions give the rate with the least spread between inspections?",
    indicator="matmul",
    varies="reps",
    axis="repetitions of the product in one run",
    measure=Measure.SPREAD,
    values=(10, 20, 50, 100, 200, 500, 1000, 2000),
    parameters={"matrix_size": 512, "dtype": "float32", "device": "cpu"},
    inspections=30,
    original=Original(
        stack="TensorFlow 1.13, CPU",
        inspections=300,
        parameters={},
        finding="2,000 repetitions were chosen as those with the least spread",
    ),
)

SIZES = Study(
    name="sizes",
    title="Rate against the size of the matrices",
    question="How does the rate depend on the size of the matrices?",
    indicator="matmul",
    varies="matrix_size",
    axis="rows and columns of both matrices",
    measure=Measure.RATE,
    values=(64, 128, 256, 512, 1024, 2048, 4096),
    parameters={"dtype": "float32", "device": "cpu"},
    inspections=20,
    original=Original(
        stack="TensorFlow 1.14, CPU",
        inspections=100,
        parameters={"reps": 2000},
        finding="from 1.13 to 1.14 the product of size 512 became 1.46 times as fast "
        "(ratio of the median rates)",
    ),
    budget=Budget(operations=1e11, fewest=10, most=2000),
)

STUDIES = {study.name: study for study in (REPETITIONS, SIZES)}


def study_named(name: str) -> Study:
    """The study; a misspelt name is answered with the nearest."""
    if name not in STUDIES:
        raise UsageFaultError(unknown_name("study", name, list(STUDIES)))
    return STUDIES[name]


def product_operations(size: int) -> float:
    """Operations of one product to the leading term: for planning, not for rates."""
    return 2.0 * size**3
