"""The documents of the project's own API, for OpenAPI and for the tests.

Answers are not built from these models (that would cost more than the whole request); the tests
hold every answer against them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from amun_api.documentation import answered, links, response
from amun_core.plan import Plan
from amun_core.result import InspectionResult, ResultPrecision
from amun_core.signs import Working
from amun_core.specification import Specification
from amun_core.states import (
    AttemptKind,
    AttemptOutcome,
    AttributedTo,
    FailureReason,
    InspectionState,
    RunState,
)

#: The answer to a request whose ETag still holds.
UNCHANGED = response("Unchanged since the ETag that was sent.")


class Document(BaseModel):
    """Base of every documented answer: no key is undocumented."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Problem(Document):
    """RFC 9457 problem details, with the place of each fault."""

    class ProblemFault(Document):
        """One thing that is wrong."""

        pointer: str = Field(description="RFC 6901 pointer into the body")
        message: str
        hint: str | None

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(pattern=r"^A\d{3}$", description="stable; `amun explain CODE` tells more")
    errors: list[ProblemFault]
    request_id: str
    hint: str | None


class InputWarning(Document):
    """What was accepted, and how it was understood."""

    pointer: str
    message: str


class AcceptedInspection(Document):
    """The answer to an accepted specification."""

    model_config = answered(
        "Stored; a worker will take it. Also while the broker is down.",
        headers={
            "Location": "Where the inspection is found.",
            "Idempotency-Replayed": "true: this is the first answer again.",
        },
        links=links(
            (
                "show_inspection",
                "show_specification",
                "show_plan",
                "show_log",
                "list_runs",
                "show_results",
                "cancel_inspection",
            ),
            inspection_id="$response.body#/id",
        ),
    )

    schema_name: Literal["amun.inspection/1"] = Field(alias="schema")
    id: str
    state: InspectionState
    created_at: datetime
    url: str
    warnings: list[InputWarning]
    replayed: bool = Field(description="true: this Idempotency-Key was answered before")


class ShownIndicator(Document):
    """What is measured."""

    name: str
    framework: str
    parameters: dict[str, Any] | None = Field(description="null in lists; each inspection has them")


class ShownEngine(Document):
    """Which engine was asked for, which was taken, and why."""

    requested: str
    chosen: str | None
    why: str | None


class RunCounts(Document):
    """How many runs were asked for, and how many are done."""

    requested: int
    accepted: int


class ShownHost(Document):
    """The host that worked on an inspection."""

    id: str
    name: str | None


class ShownFailure(Document):
    """Why something ended badly, and whose doing it is."""

    reason: FailureReason
    attributed_to: AttributedTo
    message: str
    hint: str | None
    last_lines: str


class ShownAttempt(Document):
    """One claim of one worker."""

    kind: AttemptKind
    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: AttemptOutcome | None
    failure: ShownFailure | None
    crash_message: str | None = Field(description="what went wrong of the service's own")


class ListedFigures(Document):
    """What was measured of an inspection, and of which stack."""

    median_s: float | None = Field(description="median over the accepted runs")
    median_rate: float | None
    rate_unit: str | None
    parameters: dict[str, Any] | None = Field(description="null where a script was run")
    packages: dict[str, str] = Field(description="version of each package in the stack")


class InspectionSummary(Document):
    """One inspection in a list."""

    schema_name: Literal["amun.inspection/1"] = Field(alias="schema")
    id: str
    state: InspectionState
    state_meaning: str
    surface: str
    identifier: str | None
    comparison_id: str | None = Field(description="the comparison of which it is an arm")
    arm: Literal["a", "b"] | None
    sweep_id: str | None = Field(description="the sweep of which it is a member")
    labels: dict[str, str]
    indicator: ShownIndicator | None
    engine: ShownEngine
    runs: RunCounts
    stack_digest: str | None
    lock_digest: str | None
    specification_hash: str
    host: ShownHost | None
    failure: ShownFailure | None
    crash_message: str | None = Field(
        description="what went wrong of the service's own, where the state is crashed"
    )
    warnings: list[InputWarning]
    cancel_requested: bool
    created_at: datetime
    updated_at: datetime
    build_started_at: datetime | None
    build_ended_at: datetime | None
    run_started_at: datetime | None
    ended_at: datetime | None
    links: dict[str, str]
    figures: ListedFigures | None = Field(None, description="in lists that were asked for them")


class Inspection(InspectionSummary):
    """One inspection with its attempts."""

    model_config = answered(
        "The inspection.",
        headers={"ETag": "Changes with the inspection; send it back as If-None-Match."},
    )

    attempts: list[ShownAttempt]
    precision: ResultPrecision | None = Field(
        description="how precise it has become; null where exactly so many runs were asked for"
    )


class InspectionList(Document):
    """A page of inspections, newest first."""

    model_config = answered(
        "Newest first.",
        headers={"Link": 'The next page, rel="next".'},
        links=links(("show_inspection",), inspection_id="$response.body#/inspections/0/id"),
    )

    schema_name: Literal["amun.inspections/1"] = Field(alias="schema")
    inspections: list[InspectionSummary]
    next_cursor: str | None
    counts: dict[str, int] = Field(description="all inspections by state, whatever the filter")


class LogChunk(Document):
    """A piece of the log."""

    offset: int
    at: datetime
    section: str
    text: str


class LogPage(Document):
    """The log from an offset on."""

    model_config = answered(
        "The log from `after` on; as plain text where Accept asks for that.",
        content={"text/plain": {"schema": {"type": "string"}}},
        headers={"Amun-Next-After": "What to send as `after` to read on."},
    )

    chunks: list[LogChunk]
    next_after: int = Field(description="send it as `after` to read on")


class ShownRun(Document):
    """One run: one fresh process or container."""

    index: int
    state: RunState
    accepted: bool
    started_at: datetime
    ended_at: datetime
    exit_code: int | None
    wall_s: float
    peak_rss_bytes: int | None
    iterations: int | None = Field(description="iterations measured, warm-up included")
    warmups: int
    elapsed_s: float | None = Field(description="median iteration after warm-up")
    rate_gflops: float | None
    flops_per_iteration: float | None
    first_sample_at: datetime | None
    disturbed: list[str]
    facts: dict[str, Any]
    failure: ShownFailure | None
    seconds: list[float] | None = Field(
        None, description="every iteration in order, s; present with samples=true"
    )


class RunList(Document):
    """All runs of an inspection, accepted ones first."""

    model_config = answered("Accepted runs by index, then the others.")

    runs: list[ShownRun]


class CancelAnswer(Document):
    """What became of the wish to cancel."""

    model_config = answered("Cancelled, or its worker will stop it within seconds.")

    id: str
    state: InspectionState
    cancel_requested: bool


class IndicatorDocument(BaseModel):
    """A performance indicator as the catalogue describes it."""

    model_config = ConfigDict(extra="allow") | answered("The indicator.")

    name: str
    frameworks: list[str]
    parameters: Any


class IndicatorList(Document):
    """Every performance indicator that this installation ships."""

    model_config = answered(
        "By name.", links=links(("show_indicator",), name="$response.body#/indicators/0/name")
    )

    schema_name: Literal["amun.indicators/1"] = Field(alias="schema")
    indicators: list[IndicatorDocument]


class ProcessBeat(Document):
    """The newest sign of life of one process of the service."""

    name: str = Field(description="process@host")
    at: datetime
    age_seconds: float = Field(description="s since then, by the database's clock")
    state: Working = Field(
        description="works; silent: no sign of life for a lease's time; hangs: its work stands still"
    )
    detail: dict[str, Any] = Field(description="pid, and what the process says of its work")


class ServiceStatus(Document):
    """The processes of the service, as they last spoke."""

    model_config = answered("By name.")

    schema_name: Literal["amun.service/1"] = Field(alias="schema")
    version: str
    processes: list[ProcessBeat]


class Health(Document):
    """A sign of life."""

    model_config = answered("All is well.")

    status: str


class ShownSpecification(Specification):
    """The specification of an inspection, normalised; values and credentials are hidden."""

    model_config = answered("As it was understood.")


class ShownPlan(Plan):
    """How an inspection is carried out; values and credentials are hidden."""

    model_config = answered("The plan of the last attempt.")


class ShownResult(InspectionResult):
    """What an inspection has come to."""

    model_config = answered(
        "What the runs say so far; the summary is over those that were accepted."
    )
