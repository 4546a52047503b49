"""The documents of the project's own API, for OpenAPI and for the tests.

Answers are not built from these models (that would cost more than the whole request); the tests
hold every answer against them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from amun_core.states import (
    AttemptKind,
    AttemptOutcome,
    AttributedTo,
    FailureReason,
    InspectionState,
    RunState,
)


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


class InspectionSummary(Document):
    """One inspection in a list."""

    schema_name: Literal["amun.inspection/1"] = Field(alias="schema")
    id: str
    state: InspectionState
    state_meaning: str
    surface: str
    identifier: str | None
    labels: dict[str, str]
    indicator: ShownIndicator | None
    engine: ShownEngine
    runs: RunCounts
    stack_digest: str | None
    lock_digest: str | None
    specification_hash: str
    host: ShownHost | None
    failure: ShownFailure | None
    warnings: list[InputWarning]
    cancel_requested: bool
    created_at: datetime
    updated_at: datetime
    build_started_at: datetime | None
    build_ended_at: datetime | None
    run_started_at: datetime | None
    ended_at: datetime | None
    links: dict[str, str]


class Inspection(InspectionSummary):
    """One inspection with its attempts."""

    attempts: list[ShownAttempt]


class InspectionList(Document):
    """A page of inspections, newest first."""

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

    runs: list[ShownRun]


class CancelAnswer(Document):
    """What became of the wish to cancel."""

    id: str
    state: InspectionState
    cancel_requested: bool


class IndicatorDocument(BaseModel):
    """A performance indicator as the catalogue describes it."""

    model_config = ConfigDict(extra="allow")

    name: str
    frameworks: list[str]
    parameters: Any


class IndicatorList(Document):
    """Every performance indicator that this installation ships."""

    schema_name: Literal["amun.indicators/1"] = Field(alias="schema")
    indicators: list[IndicatorDocument]


class Health(Document):
    """A sign of life."""

    status: str
