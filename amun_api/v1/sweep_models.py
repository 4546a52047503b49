"""The documents of sweeps, for OpenAPI and for the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from amun_api.documentation import answered, links
from amun_api.v1.models import Document, InputWarning, ShownFailure
from amun_core.states import InspectionState
from amun_core.sweep import SweepState

Verdict = Literal["slower", "faster", "equivalent", "inconclusive"]
MemberState = InspectionState | Literal["known"]


class SweptIndicator(Document):
    """What is timed."""

    name: str
    framework: str
    parameters: dict[str, Any]


class SweptRuns(Document):
    """How far it is."""

    requested: int = Field(description="of all stacks and rounds, were none to fail")
    accepted: int


class SweepReference(Document):
    """The stack that is run in every round."""

    index: int
    name: str | None = Field(description="null in lists")


class SweepHost(Document):
    """Where all of it is built and measured."""

    id: str
    name: str | None


class Sweep(Document):
    """One sweep."""

    model_config = answered(
        "The sweep.",
        links=links(
            (
                "list_sweep_members",
                "show_sweep_results",
                "pause_sweep",
                "resume_sweep",
                "cancel_sweep",
            ),
            sweep_id="$response.body#/id",
        ),
    )

    schema_name: Literal["amun.sweep/1"] = Field(alias="schema")
    id: str
    state: SweepState
    state_meaning: str
    identifier: str | None
    indicator: SweptIndicator | None = Field(description="null: a script is run")
    members: int
    known: int = Field(description="members that the graph had a result of before")
    states: dict[str, int] = Field(description="the measured members by state")
    rounds: int
    waves: int = Field(description="how many groups are built and measured one after the other")
    wave: int = Field(description="the present one, counted from 0")
    runs: SweptRuns
    seconds_left: float | None = Field(
        description="estimate from the builds and runs so far; null before there are any, in lists, "
        "and while it is paused the time from its resumption on"
    )
    in_flight: int
    band: float
    seed: int
    again: bool
    reference: SweepReference
    host: SweepHost | None
    labels: dict[str, str]
    origin: dict[str, Any]
    warnings: list[InputWarning]
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    links: dict[str, str]


class SweepList(Document):
    """A page of sweeps, newest first."""

    model_config = answered(
        "Newest first.",
        headers={"Link": 'The next page, rel="next".'},
        links=links(("show_sweep",), sweep_id="$response.body#/sweeps/0/id"),
    )

    schema_name: Literal["amun.sweeps/1"] = Field(alias="schema")
    sweeps: list[Sweep]
    next_cursor: str | None


class AcceptedSweep(Document):
    """The answer to an accepted request."""

    model_config = answered(
        "Stored; workers will take its first wave.",
        headers={
            "Location": "Where the sweep is found.",
            "Idempotency-Replayed": "true: this is the first answer again.",
        },
        links=links(
            (
                "show_sweep",
                "list_sweep_members",
                "show_sweep_results",
                "pause_sweep",
                "resume_sweep",
                "cancel_sweep",
            ),
            sweep_id="$response.body#/id",
        ),
    )

    schema_name: Literal["amun.sweep/1"] = Field(alias="schema")
    id: str
    state: SweepState
    members: int
    known: int = Field(description="members that are not measured: the graph has their results")
    created_at: datetime
    url: str
    warnings: list[InputWarning]
    replayed: bool = Field(description="true: this Idempotency-Key was answered before")


class CheckedSweep(Document):
    """The answer to a request that was only checked."""

    model_config = answered("It would be accepted; nothing was stored.")

    schema_name: Literal["amun.checked-sweep/1"] = Field(alias="schema")
    members: int
    warnings: list[InputWarning]


class ChangedSweep(Document):
    """What became of a wish."""

    model_config = answered("Stored; workers obey within seconds.")

    id: str
    state: SweepState
    wish: Literal["paused", "cancelled"] | None


class SweepMember(Document):
    """One stack of a sweep."""

    index: int
    name: str
    state: MemberState
    wave: int | None = Field(description="null: known before")
    is_reference: bool
    inspection_id: str = Field(description="its own, or the one that was known before")
    stack_digest: str | None
    lock_digest: str
    pins: dict[str, str] = Field(description="version of each package in its lock")
    runs: SweptRuns
    failure: ShownFailure | None


class SweepMemberList(Document):
    """All members of a sweep."""

    model_config = answered(
        "In the order of the request.",
        links=links(("show_inspection",), inspection_id="$response.body#/members/0/inspection_id"),
    )

    schema_name: Literal["amun.sweep-members/1"] = Field(alias="schema")
    members: list[SweepMember]


class SweepContrast(Document):
    """One stack against the reference, round by round."""

    rounds: int
    ratio: float = Field(description="time of the stack / time of the reference")
    low: float | None = Field(description="lower end of its 95 % interval; null below 6 rounds")
    high: float | None
    difference_p: float = Field(description="adjusted for the number of stacks")
    equivalence_p: float = Field(description="adjusted for the number of stacks")
    verdict: Verdict = Field(description="holds among all stacks of the sweep")


class SweepVersion(Document):
    """A version of a package, and the one it is measured against."""

    package: str
    version: str | None = Field(description="null: without the package")
    reference: str | None = Field(description="null: the reference lacks the package")


class SweepEffect(Document):
    """What versions cost, the other packages equal."""

    versions: list[SweepVersion] = Field(
        description="several where they only ever vary together: one effect, not to be divided"
    )
    stacks: int = Field(description="how many stacks have them")
    ratio: float = Field(description="time with them / time with the reference's")
    low: float | None = Field(description="lower end of its 95 % interval; null below 6 rounds")
    high: float | None


class SweepEffects(Document):
    """Main effects of versions, from the contrasts within rounds."""

    stacks: int = Field(description="stacks that took part in every round")
    rounds: int
    versions: list[SweepEffect]
    inseparable: list[SweepVersion] = Field(
        description="versions whose effect these stacks do not separate from that of others"
    )
    as_noise: list[str] = Field(
        description="packages that differ too and were not told apart: what they do is noise"
    )


class SweepResult(SweepMember):
    """One stack with what was measured of it."""

    rank: int | None = Field(
        description="place by the ratio, the reference's being 1; null where there is no ratio"
    )

    median_s: float | None = Field(description="median over runs of seconds per iteration")
    low_s: float | None = Field(description="lower end of its 95 % interval; null below 6 runs")
    high_s: float | None
    median_rate_gflops: float | None
    rate_unit: str | None = Field(
        None, description="of that rate: GFLOPS of an indicator, a script's own or none"
    )
    peak_rss_bytes: int | None = Field(description="the largest of its runs")
    disturbed_runs: int
    contrast: SweepContrast | None = Field(
        description="null: the reference itself, known before, or without a whole round"
    )


class SweepRun(Document):
    """One run."""

    member: int
    inspection_id: str
    run_index: int
    round: int | None = Field(description="null: known before")
    position: int | None = Field(description="its place in the order of the round")
    elapsed_s: float | None = Field(description="median seconds per iteration")
    rate_gflops: float | None
    rate_unit: str | None = None
    wall_s: float
    peak_rss_bytes: int | None
    log_ratio: float | None = Field(description="log seconds minus the reference's in this round")
    disturbed: list[str]
    started_at: datetime
    ended_at: datetime


class SweepResults(Document):
    """All that a sweep has measured so far."""

    model_config = answered("The stacks in the order of the request, and every run.")

    schema_name: Literal["amun.sweep-results/1"] = Field(alias="schema")
    id: str
    state: SweepState
    reference: SweepReference
    band: float
    confidence: float
    false_discovery_rate: float
    members: list[SweepResult]
    sorted_by: Literal["ratio"] = Field(description="what `rank` is by; members are as requested")
    effects: SweepEffects
    runs: list[SweepRun]
    notes: list[str]
