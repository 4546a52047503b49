"""What goes into the store and what comes out: frozen records, no SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amun_core.states import (
    AttemptKind,
    AttemptOutcome,
    AttributedTo,
    FailureReason,
    InspectionState,
    RunState,
)


@dataclass(frozen=True, slots=True)
class NewInspection:
    """What POST stores. `specification` is the normalised document as JSON text."""

    identifier: str | None
    surface: str  # "v1" or "compatibility"
    specification: str
    specification_hash: str
    lock_digest: str | None
    warnings: Sequence[Mapping[str, Any]] = ()  # {pointer, message}
    labels: Mapping[str, str] = field(default_factory=dict)
    indicator: str | None = None
    framework: str | None = None
    engine: str = "auto"
    runs: int = 1


@dataclass(frozen=True, slots=True)
class CreatedInspection:
    """Identity of a stored inspection; `replayed` where the idempotency key was seen before."""

    inspection_id: str
    state: InspectionState
    created_at: datetime
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on an inspection until the lease ends. Every write carries it."""

    inspection_id: str
    kind: AttemptKind
    fence: int
    attempt_id: int
    attempt_number: int
    worker: str
    specification: str
    plan: str | None
    accepted_runs: frozenset[int]
    runs: int
    comparison_id: str | None = None
    build_variant: int = 0  # equal plans of different variants are built apart
    sweep_id: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt or an inspection ended badly. `message` is fit to be shown."""

    reason: FailureReason
    attributed_to: AttributedTo
    message: str
    hint: str | None = None
    last_lines: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as it is stored.

    `seconds` are all iterations in order (s per iteration), warm-up included; `warmups` says how
    many of the first were seen to be warm-up. `document` is the published result document of the
    compatibility surface; `facts` is everything else that the run said (threads, check, runtime).
    """

    run_index: int
    state: RunState
    accepted: bool
    started_at: datetime
    ended_at: datetime
    exit_code: int | None
    wall_seconds: float
    peak_rss_bytes: int | None
    document: Mapping[str, Any]
    facts: Mapping[str, Any]
    stdout: str = ""
    stderr: str = ""
    seconds: Sequence[float] = ()
    warmups: int = 0
    flops_per_iteration: float | None = None
    rate_gflops: float | None = None  # of the median iteration after warm-up
    elapsed_seconds: float | None = None  # the median iteration after warm-up, s
    first_sample_at: datetime | None = None
    disturbed: Sequence[str] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class StackRecord:
    """The software stack as installed: (canonical name, version, artifact hash or None)."""

    digest: str
    packages: Sequence[tuple[str, str, str | None]]


@dataclass(frozen=True, slots=True)
class BuiltRecord:
    """What a completed build adds to the graph."""

    stack: StackRecord
    environment_key: str
    environment_digest: str
    engine: str
    mode: str
    base_reference: str | None
    base_digest: str
    operating_system: Mapping[str, Any]
    python_version: str
    host_id: str
    host: Mapping[str, Any]  # HostDescription as JSON
    build_seconds: float
    reused: bool


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A hint to be published: which queue, which inspection; what is built waits on its host."""

    outbox_id: int
    inspection_id: str
    kind: AttemptKind
    host_id: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something built that a measurer may take: an inspection, a comparison or a sweep."""

    inspection_id: str  # of an arm or a member where it is not alone
    comparison_id: str | None = None
    sweep_id: str | None = None


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """A claim that nobody gave back yet. `beat` changes whenever its worker prolongs the lease.

    Two looks at one claim are equal as long as nobody prolonged it, however late the second is.
    """

    inspection_id: str
    fence: int
    beat: float
    left: float = field(compare=False)  # until the lease's end by the database's clock, s
    host_id: str | None


@dataclass(frozen=True, slots=True)
class Sign:
    """The newest sign of life of one process on one host. `at` changes with every new one."""

    name: str
    role: str
    host_id: str
    hostname: str
    at: float
    age_seconds: float


@dataclass(frozen=True, slots=True)
class Reaped:
    """What the reaper did about one expired lease."""

    inspection_id: str
    fence: int
    was: InspectionState
    now: InspectionState


@dataclass(frozen=True, slots=True)
class InspectionView:
    """One inspection as it is shown."""

    inspection_id: str
    sequence: int
    identifier: str | None
    surface: str
    state: InspectionState
    specification: str
    specification_hash: str
    warnings: Sequence[Mapping[str, Any]]
    labels: Mapping[str, str]
    indicator: str | None
    framework: str | None
    engine_requested: str
    engine: str | None
    engine_why: str | None
    runs: int
    runs_accepted: int
    stack_digest: str | None
    lock_digest: str | None
    plan: str | None
    host_id: str | None
    hostname: str | None
    cancel_requested: bool
    failure: Failure | None
    created_at: datetime
    updated_at: datetime
    build_started_at: datetime | None
    build_ended_at: datetime | None
    run_started_at: datetime | None
    ended_at: datetime | None
    message: str | None = None  # of a crashed one: what went wrong of ours
    comparison_id: str | None = None
    arm: str | None = None
    sweep_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventView:
    """One transition as it left its trace."""

    at: datetime
    state_from: InspectionState | None
    state_to: InspectionState
    actor: str
    fence: int
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt as it is shown."""

    attempt_id: int
    kind: AttemptKind
    number: int
    fence: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: AttemptOutcome | None
    failure: Failure | None
    message: str | None = None  # of a crashed or lost one: what went wrong of ours
    host_id: str | None = None
    build_seconds: float | None = None
    reused: bool | None = None


@dataclass(frozen=True, slots=True)
class InspectionFilter:
    """What to list. Every field that is set narrows the list."""

    states: frozenset[InspectionState] = frozenset()
    labels: Mapping[str, str | None] = field(default_factory=dict)  # key -> value, None: any value
    indicator: str | None = None
    framework: str | None = None
    package: str | None = None  # canonical name, or name==version
    host: str | None = None  # host id (or prefix) or hostname


@dataclass(frozen=True, slots=True)
class InspectionPage:
    """A page of inspections, newest first, and the cursor of the next page (None at the end)."""

    inspections: Sequence[InspectionView]
    next_cursor: str | None
