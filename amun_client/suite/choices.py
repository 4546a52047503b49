"""What a person chooses for a run of a suite."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_RUNS = 6
DEFAULT_BUDGET_SECONDS = 60.0
DEFAULT_DTYPE = "float32"
DEFAULT_PROCESSES = 2
DEFAULT_DEVICE = "cpu"


@dataclass(frozen=True, slots=True)
class SuiteChoices:
    """The options of `amun suite run` that decide what is measured and what is left out.

    `runs` is None where nobody asked for a number: then there are DEFAULT_RUNS, or fewer where the
    budget asks for it. `memory_bytes` is None where no bound is known.
    """

    framework: str
    dtype: str = DEFAULT_DTYPE
    device: str = DEFAULT_DEVICE
    phases: tuple[str, ...] = ()
    runs: int | None = None
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    memory_bytes: int | None = None
    processes: int = DEFAULT_PROCESSES
    base: str | None = None
    engine: str | None = None
    fresh: bool = False
    keep_failures: bool = False
