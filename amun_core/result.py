"""Results: what one run wrote, checked, and the document of all runs of an inspection.

What a run writes comes from inside a foreign software stack: it is bounded and checked like any
input. Keys that nobody reads are dropped, so that an older service reads a newer driver's result.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from amun_core.bounded_json import UnboundedError, load, refuse_unbounded
from amun_core.errors import Fault, InvalidResultError
from amun_core.intake import pointer_of
from amun_core.magnitudes import LARGEST_NUMBER, LARGEST_WHOLE, MOST
from amun_core.published import USAGE_KEYS, published_document
from amun_core.sample import MAXIMUM_SAMPLES, SampleSeries
from amun_core.specification import FrozenModel, JsonScalar
from amun_core.states import FailureReason, InspectionState, RunState

__all__ = [
    "INSPECTION_RESULT_SCHEMA",
    "MAXIMUM_RESULT_BYTES",
    "RUN_RESULT_SCHEMA",
    "USAGE_KEYS",
    "InspectionResult",
    "RunResult",
    "parse_run_result",
    "published_document",
]

RUN_RESULT_SCHEMA = "amun.run/1"
INSPECTION_RESULT_SCHEMA: Literal["amun.result/1"] = "amun.result/1"

#: A sample takes about 25 bytes of JSON; a million of them and everything else fit.
MAXIMUM_RESULT_BYTES = 64 * 1024 * 1024

Finite = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, allow_inf_nan=False)]
Duration = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=LARGEST_WHOLE)]
#: Unix time, s: up to the last that a date can be made of.
Clock = Annotated[float, Field(ge=0, le=253_402_300_799, allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=64 * 1024)]
ShortText = Annotated[str, Field(max_length=4096)]


class _FromRun(BaseModel):
    """Base of what a run wrote: immutable, unknown keys dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class RunFailure(_FromRun):
    """Why the run says that it failed."""

    reason: FailureReason
    message: Text = ""
    differences: tuple[ShortText, ...] = Field((), max_length=10_000)


class RunSamples(_FromRun):
    """Every iteration in order, s; the first `warmups` of them were seen to be warm-up."""

    unit: Literal["s"] = "s"
    values: tuple[Duration, ...] = Field((), max_length=MAXIMUM_SAMPLES)
    warmups: Count = 0
    steady_state: Literal["flat", "warmup", "slowdown", "none"] = "none"
    first_sample_at: Clock | None = Field(None, description="Unix time, s")
    loops: int = Field(1, ge=1, le=LARGEST_WHOLE)
    leading: Count = Field(0, description="iterations kept from before timing became steady")


class RunWork(_FromRun):
    """Operations behind one iteration and the formula they come from."""

    flops_per_iteration: Duration | None = None
    bytes_per_iteration: Duration | None = Field(
        None, description="memory traffic of one iteration, where that is what is measured"
    )
    least_bytes_per_iteration: Duration | None = Field(
        None, description="what an iteration must move: operands read once, results written once"
    )
    formula: ShortText = ""


class RunCheck(_FromRun):
    """Comparison of the computed result with its reference."""

    maximum_error: Finite | None = None
    tolerance: Finite | None = None
    passed: bool = False


class RunThreads(_FromRun):
    """Thread counts asked for, and those that the libraries of the run report."""

    requested: int | None = Field(None, ge=1, le=LARGEST_WHOLE)
    worked: Count | None = Field(None, description="threads that had a CPU while it was timed")
    cpus_used: Duration | None = Field(None, description="CPUs that they kept busy")
    affinity: tuple[Count, ...] = Field((), max_length=65_536)
    pools: tuple[dict[str, JsonValue], ...] = Field((), max_length=1024)
    environment: dict[str, str] = Field(default_factory=dict)
    dies_with_parent: bool | None = None


class RunResult(_FromRun):
    """The result document of one run, as the driver inside the run wrote it."""

    schema_version: Literal["amun.run/1"] = Field(alias="schema")
    outcome: Literal["completed", "failed"]
    failure: RunFailure | None = None
    name: ShortText | None = None
    component: ShortText | None = None
    indicator: dict[str, JsonValue] | None = Field(
        None, description="name, version and digest of the indicator, as the driver knows them"
    )
    seed: int | None = None
    parameters: dict[str, JsonValue] = Field(default_factory=dict, alias="@parameters")
    result: dict[str, JsonValue] = Field(default_factory=dict, alias="@result")
    timing: Literal["own", "whole_process"] | None = Field(
        None, description="of a script: its own figures, or its whole process seen from outside"
    )
    samples: RunSamples = RunSamples()
    work: RunWork | None = None
    check: RunCheck | None = None
    threads: RunThreads = RunThreads()
    runtime: dict[str, JsonValue] = Field(default_factory=dict)
    framework: dict[str, JsonValue] = Field(default_factory=dict)
    usage: dict[str, Duration] = Field(default_factory=dict)
    peak_rss_bytes: Count | None = None
    before: dict[str, JsonValue] = Field(default_factory=dict)
    after: dict[str, JsonValue] = Field(default_factory=dict)
    started_at: Clock | None = Field(None, description="Unix time, s")
    ended_at: Clock | None = Field(None, description="Unix time, s")
    os_release: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> RunResult:
        if (self.outcome == "failed") != (self.failure is not None):
            raise ValueError("a failed run has a failure, a completed one has none")
        if self.samples.warmups > len(self.samples.values):
            raise ValueError("more warm-ups than samples")
        return self

    @property
    def series(self) -> SampleSeries:
        """The samples as a series, with the work behind one iteration."""
        return SampleSeries(
            self.samples.values,
            self.samples.warmups,
            self.work.flops_per_iteration if self.work else None,
        )

    @property
    def published(self) -> dict[str, Any]:
        """The published shape: name, component, @parameters, @result."""
        return {
            "name": self.name,
            "component": self.component,
            "@parameters": self.parameters,
            "@result": self.result,
        }


def parse_run_result(text: str | bytes) -> RunResult:
    """The result document of one run. Raises InvalidResultError with every fault at once."""
    if len(text) > MAXIMUM_RESULT_BYTES:
        raise _invalid(f"the result is larger than {MAXIMUM_RESULT_BYTES} bytes")
    try:
        document = load(text)
        _refuse_unbounded(document)
    except UnboundedError as error:
        raise _invalid(f"the result is not JSON that is taken: {error}") from None
    try:
        return RunResult.model_validate(document)
    except ValidationError as error:
        faults = [
            Fault(pointer_of(*item["loc"]), item["msg"])
            for item in error.errors(include_url=False, include_input=False)[:100]
        ]
        message = f"the result is not valid: {faults[0].pointer or '/'}: {faults[0].message}"
        raise InvalidResultError(message, faults=faults) from None


def _refuse_unbounded(document: Any) -> None:
    """Bounds of everything but the samples: these are many, and checked one by one by the model."""
    samples = document.get("samples") if isinstance(document, dict) else None
    if isinstance(samples, dict) and isinstance(samples.get("values"), list):
        document = {**document, "samples": {**samples, "values": []}}
    refuse_unbounded(document)


def _invalid(message: str) -> InvalidResultError:
    return InvalidResultError(message, faults=(Fault("", message),))


class ResultPackage(FrozenModel):
    """One package of the stack that was measured."""

    name: str
    version: str


class ResultStack(FrozenModel):
    """The stack that was measured."""

    digest: str
    packages: tuple[ResultPackage, ...]


class ResultEngine(FrozenModel):
    """The engine that was taken, and why."""

    chosen: str | None
    why: str | None


class ResultEnvironment(FrozenModel):
    """The run-time environment in which the runs happened."""

    key: str
    mode: str
    base: str | None
    base_digest: str | None = Field(
        None, description="digest or id of the base image; of this host, its identity"
    )
    python_version: str


class ResultHost(FrozenModel):
    """The host on which the runs happened."""

    id: str
    name: str
    processor: str
    cpu_count: int | None


class ResultIndicator(FrozenModel):
    """The indicator that was run."""

    name: str
    framework: str
    parameters: dict[str, JsonScalar] = Field(default_factory=dict)


class ResultScript(FrozenModel):
    """The script that was run instead of an indicator, and what it told of itself."""

    name: str | None = Field(description="the name of its file or address, where it was sent")
    sha256: str | None
    reported_name: str | None = Field(description="name that it printed")
    component: str | None
    parameters: dict[str, JsonValue]
    timing: Literal["own", "whole_process"] | None = Field(
        description="own: the figures are the script's; whole_process: its time from start to end"
    )
    user_s: Duration | None = Field(description="CPU time in the program, median over runs")
    system_s: Duration | None = Field(description="CPU time in the kernel, median over runs")


class ResultPrecision(FrozenModel):
    """How precise an inspection that stops by itself has become, and what ended it."""

    goal: float = Field(description="relative half-width asked for")
    half_width: float | None = Field(
        description="half the width of the interval of the median over runs, over the median"
    )
    precision_reached: bool
    stopped_by: Literal["target", "runs_cap", "time_cap", "no_value"] | None = Field(
        description="null while runs are added, and where the inspection ended otherwise"
    )
    why: str | None
    confidence: float = Field(description="that the interval holds the median, wherever it stops")
    confidence_at_look: float = Field(
        description="for which the interval's ranks are taken, since it is looked at more than once"
    )
    runs: Count
    fewest_runs: Count
    maximum_runs: Count
    seconds: Duration = Field(description="s, all accepted runs together")
    maximum_seconds: Duration
    iterations: dict[str, JsonValue] | None = Field(
        description="of the later runs: count, chosen_by (user, pilot, levels), why, levels"
    )


class ResultRun(FrozenModel):
    """One run in short."""

    index: Count
    state: RunState
    accepted: bool
    exit_code: int | None = None
    iterations: Count = 0
    warmups: Count = 0
    elapsed_s: Duration | None = None
    rate_gflops: Duration | None = None
    peak_rss_bytes: Count | None = None
    steady_state: str | None = Field(None, description="flat, warmup, slowdown or none")
    disturbed: tuple[str, ...] = Field((), description="what disturbed the run; it still counts")
    remarks: tuple[str, ...] = Field(
        (), description="what else a reader should know, such as threads other than asked for"
    )


class ResultSummary(FrozenModel):
    """The accepted runs taken together. An interval that does not exist is null, and says why."""

    runs: Count
    median_rate_gflops: Duration | None
    rate_interval: tuple[Duration, Duration] | None
    median_elapsed_s: Duration | None
    elapsed_interval: tuple[Duration, Duration] | None
    confidence: float = Field(gt=0, lt=1)
    interval_absent_because: str | None
    relative_spread: Duration | None = Field(description="IQR / median of the medians of the runs")
    minimum_elapsed_s: Duration | None
    maximum_elapsed_s: Duration | None
    peak_rss_bytes: Count | None
    steady_states: dict[str, int] = Field(
        description="number of runs by how their iterations went: flat, warmup, slowdown, none"
    )
    disturbed_runs: Count = Field(description="runs that something disturbed; they still count")


class InspectionResult(FrozenModel):
    """The versioned document of all runs of an inspection."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal["amun.result/1"] = Field(INSPECTION_RESULT_SCHEMA, alias="schema")
    inspection_id: str
    state: InspectionState
    indicator: ResultIndicator | None
    script: ResultScript | None = Field(None, description="null where an indicator was run")
    rate_unit: str | None = Field(
        None, description="unit of all rates: GFLOPS of an indicator, a script's own or none"
    )
    stack: ResultStack | None
    engine: ResultEngine
    environment: ResultEnvironment | None
    host: ResultHost | None
    runs: tuple[ResultRun, ...]
    summary: ResultSummary | None
    precision: ResultPrecision | None = Field(
        None, description="null where exactly so many runs were asked for"
    )
