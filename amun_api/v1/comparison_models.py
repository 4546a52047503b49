"""The documents of comparisons, calibrations and hosts, for OpenAPI and for the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from amun_api.documentation import answered, links
from amun_api.v1.models import Document, InputWarning, ShownFailure
from amun_core.comparison import ComparisonKind, ComparisonState, EndedBecause
from amun_core.condition import Condition
from amun_core.hardware import HostDescription
from amun_core.states import InspectionState

Verdict = Literal["slower", "faster", "equivalent", "inconclusive", "not_comparable"]
Direction = Literal["slower", "faster"]
_RATIO = "time B / time A"


class MeasuredIndicator(Document):
    """What was timed."""

    name: str
    framework: str
    parameters: dict[str, Any] | None = Field(description="null in lists")
    version: str | None = Field(description="null until it is planned, and in lists")


class CalibratedIndicator(Document):
    """What a host was calibrated with."""

    name: str
    framework: str
    parameters: dict[str, Any]


class ShownCalibration(Document):
    """What blocks of two builds of one stack showed of a host."""

    comparison_id: str
    measured_at: datetime
    indicator: CalibratedIndicator
    blocks: int
    comparisons: int = Field(description="how often the blocks were lived through again")
    false_verdict_rate: float = Field(description="share of them that ended slower or faster")
    false_verdict_upper: float = Field(description="upper 95 % bound of that share")
    equivalent_rate: float
    block_spread: float | None = Field(description="spread of a block's log ratio")
    least_detectable_effect: float | None = Field(
        description="ratio that is called slower nine times of ten"
    )
    band: float


class ShownArm(Document):
    """One of the two that are compared; an ordinary inspection."""

    name: str
    inspection_id: str
    state: InspectionState
    stack_digest: str | None
    specification_hash: str
    indicator: MeasuredIndicator | None
    script: str | None = Field(
        None, description="name of the script that was run instead of an indicator, if it has one"
    )
    host_id: str | None
    failure: ShownFailure | None
    runs: int = Field(0, description="measured runs")
    disturbed_runs: int = Field(0, description="runs that something else disturbed")
    median_s: float | None = Field(description="median over its runs of seconds per iteration")
    median_rate_gflops: float | None
    rate_unit: str | None = Field(
        None, description="of that rate: GFLOPS of an indicator, a script's own or none"
    )


class DifferingPackage(Document):
    """A package of which the stacks have different versions, or which one of them lacks."""

    name: str
    a: str | None
    b: str | None


class Difference(Document):
    """What keeps two inspections from being compared."""

    what: str
    a: str | None
    b: str | None


class ShownLook(Document):
    """What the blocks said when they were looked at."""

    blocks: int
    ratio: float
    low: float | None
    high: float | None
    verdict: Verdict


class JudgedPart(Document):
    """What the blocks of one condition say by themselves."""

    blocks: int
    verdict: Verdict
    ratio: float
    low: float | None
    high: float | None


class Conditions(Document):
    """Blocks of a quiet host and blocks with shared CPUs, judged apart; null: there are none."""

    quiet: JudgedPart | None
    shared: JudgedPart | None


class CalibratedHost(Document):
    """Where it was measured, and what that host can see."""

    id: str
    name: str | None
    calibration: ShownCalibration | None = Field(description="the newest of this host")


class Comparison(Document):
    """One comparison."""

    model_config = answered(
        "The comparison.",
        headers={"ETag": "Changes with the comparison; send it back as If-None-Match."},
        links=links(("list_blocks", "cancel_comparison"), comparison_id="$response.body#/id"),
    )

    schema_name: Literal["amun.comparison/1"] = Field(alias="schema")
    id: str
    kind: ComparisonKind
    state: ComparisonState
    design: Literal["blocks", "stored"]
    interleaved: bool
    a: ShownArm
    b: ShownArm
    differing_packages: list[DifferingPackage]
    shared_packages: int
    verdict: Verdict | None = Field(description="slower: B is slower than A")
    not_comparable_because: list[Difference]
    direction: Direction | None
    ratio: float | None = Field(description=f"{_RATIO}; before the end as at the last look")
    low: float | None = Field(description="the interval's lower end")
    high: float | None = Field(description="the interval's upper end")
    confidence: float
    band: float
    blocks: int
    blocks_to_decide: int | None = Field(description="blocks in all that would decide it")
    maximum_blocks: int
    ended_because: EndedBecause | None
    looks: list[ShownLook]
    widened_by: float | None = Field(description="factor on both ends; stored inspections only")
    disturbed_blocks: int
    condition: Condition = Field(
        Condition.ANY, description="which blocks count: quiet, measured under a shared load, any"
    )
    wait_quiet_seconds: int = Field(0, description="s that may be spent on waiting for quiet")
    counted_blocks: int = Field(0, description="blocks that have a say")
    shared_blocks: int = Field(0, description="blocks beside which other work used the CPUs")
    by_condition: Conditions | None = None
    host: CalibratedHost | None
    calibration_result: ShownCalibration | None
    notes: list[str]
    seed: int | None
    labels: dict[str, str]
    warnings: list[InputWarning]
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    links: dict[str, str]


class ComparisonList(Document):
    """A page of comparisons, newest first."""

    model_config = answered(
        "Newest first.",
        headers={"Link": 'The next page, rel="next".'},
        links=links(("show_comparison",), comparison_id="$response.body#/comparisons/0/id"),
    )

    schema_name: Literal["amun.comparisons/1"] = Field(alias="schema")
    comparisons: list[Comparison]
    next_cursor: str | None


class AcceptedComparison(Document):
    """The answer to an accepted request."""

    model_config = answered(
        "Stored; workers will take it. Stored inspections are judged at once.",
        headers={
            "Location": "Where the comparison is found.",
            "Idempotency-Replayed": "true: this is the first answer again.",
        },
        links=links(
            ("show_comparison", "list_blocks", "cancel_comparison"),
            comparison_id="$response.body#/id",
        ),
    )

    schema_name: Literal["amun.comparison/1"] = Field(alias="schema")
    id: str
    state: ComparisonState
    created_at: datetime
    url: str
    warnings: list[InputWarning]
    replayed: bool = Field(description="true: this Idempotency-Key was answered before")


class CancelledComparison(Document):
    """What became of the wish to cancel."""

    model_config = answered("Cancelled, or its workers will stop it within seconds.")

    id: str
    state: ComparisonState
    cancel_requested: bool


class ShownBlock(Document):
    """Four fresh runs beside each other in time."""

    index: int
    order: Literal["ABBA", "BAAB"]
    a_s: list[float] = Field(description="seconds of A's runs in time order")
    b_s: list[float] = Field(description="seconds of B's runs in time order")
    log_ratio: float = Field(description="mean log seconds of B minus that of A")
    a_runs: list[int] = Field(description="run indexes of arm A's inspection")
    b_runs: list[int]
    disturbed: list[str] = Field(description="what disturbed which run; it counts all the same")
    started_at: datetime
    ended_at: datetime


class BlockList(Document):
    """Every block of a comparison."""

    model_config = answered("In the order in which they were measured.")

    schema_name: Literal["amun.comparison-blocks/1"] = Field(alias="schema")
    blocks: list[ShownBlock]


class ShownHostRecord(Document):
    """A host that has built or measured."""

    model_config = answered("The host.")

    schema_name: Literal["amun.host-record/1"] = Field(alias="schema")
    id: str
    name: str
    processor: str | None
    cpu_count: int | None
    memory_bytes: int | None
    operating_system: str | None
    description: HostDescription | dict[str, Any] = Field(description="all that it told of itself")
    first_seen_at: datetime
    last_seen_at: datetime
    calibrations: list[ShownCalibration] = Field(description="newest first")
    links: dict[str, str]


class HostList(Document):
    """All hosts of the service."""

    model_config = answered(
        "By id.", links=links(("show_host",), host_id="$response.body#/hosts/0/id")
    )

    schema_name: Literal["amun.hosts/1"] = Field(alias="schema")
    hosts: list[ShownHostRecord]
