"""Comparisons as they go into the store and come out: frozen records, no SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amun_core.comparison import Arm, ComparisonKind, ComparisonState, EndedBecause
from amun_core.condition import Condition, shows_sharing
from amun_core.states import InspectionState
from knowledge_graph.records import Claim, InspectionView, NewInspection


@dataclass(frozen=True, slots=True)
class NewComparison:
    """What a comparison is stored with, whatever its design."""

    identifier: str | None
    request_hash: str
    kind: ComparisonKind
    band: float
    maximum_blocks: int
    maximum_seconds: int
    seed: int | None
    a_name: str
    b_name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[Mapping[str, Any]] = ()
    condition: Condition = Condition.ANY
    wait_quiet_seconds: int = 0


@dataclass(frozen=True, slots=True)
class NewArm:
    """An arm to be measured; equal arms of different variants are built apart."""

    inspection: NewInspection
    build_variant: int = 0


@dataclass(frozen=True, slots=True)
class CreatedComparison:
    """Identity of a stored comparison; `replayed` where the idempotency key was seen before."""

    comparison_id: str
    created_at: datetime
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Four runs beside each other in time; `order` says whose ("ABBA" or "BAAB").

    `a_runs` and `b_runs` are run indexes of the two arms, `disturbed` says what disturbed which run.
    """

    index: int
    order: str
    a_runs: tuple[int, ...]
    b_runs: tuple[int, ...]
    a_seconds: tuple[float, ...]
    b_seconds: tuple[float, ...]
    log_ratio: float
    disturbed: tuple[str, ...]
    started_at: datetime
    ended_at: datetime

    @property
    def seconds(self) -> float:
        """How long the block took, s."""
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def shared(self) -> bool:
        """Whether other work used the CPUs beside one of its runs."""
        return shows_sharing(self.disturbed)

    @property
    def in_time_order(self) -> tuple[float, ...]:
        """The seconds of the runs as they followed one another."""
        taken = {"A": iter(self.a_seconds), "B": iter(self.b_seconds)}
        return tuple(next(taken[letter]) for letter in self.order)


@dataclass(frozen=True, slots=True)
class PairClaim:
    """The right to measure both arms of a comparison; each arm has a claim of its own in it."""

    comparison_id: str
    kind: ComparisonKind
    band: float
    maximum_blocks: int
    maximum_seconds: int
    seed: int
    a: Claim
    b: Claim
    blocks: tuple[Block, ...]
    condition: Condition = Condition.ANY
    wait_quiet_seconds: int = 0

    @property
    def arms(self) -> tuple[Claim, Claim]:
        """Both claims, in the order in which their rows are always locked."""
        return self.a, self.b

    def of(self, arm: Arm) -> Claim:
        """The claim of one arm."""
        return self.a if arm == "a" else self.b


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a comparison ended: why, and the decision as a JSON document."""

    ended_because: EndedBecause
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """What a calibration says of its host; `document` is what is shown."""

    indicator: str
    framework: str
    least_detectable_effect: float | None
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """A calibration as it is stored with its host."""

    comparison_id: str
    host_id: str
    least_detectable_effect: float | None
    document: Mapping[str, Any]
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """One comparison as it is shown, with its arms; its blocks are read apart."""

    comparison_id: str
    sequence: int
    identifier: str | None
    request_hash: str
    kind: ComparisonKind
    design: str
    band: float
    maximum_blocks: int
    maximum_seconds: int
    condition: Condition
    wait_quiet_seconds: int
    seed: int | None
    labels: Mapping[str, str]
    warnings: Sequence[Mapping[str, Any]]
    a_name: str
    b_name: str
    a: InspectionView
    b: InspectionView
    blocks: int
    ended_because: EndedBecause | None
    outcome: Mapping[str, Any] | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None

    @property
    def arms(self) -> tuple[InspectionView, InspectionView]:
        """Both arms."""
        return self.a, self.b

    @property
    def state(self) -> ComparisonState:
        """Where it is: the decision, or else what the arms have come to."""
        if self.outcome is not None:
            return ComparisonState.SUCCEEDED
        states = {arm.state for arm in self.arms}
        for ended in (InspectionState.CRASHED, InspectionState.CANCELLED, InspectionState.FAILED):
            if ended in states:
                return ComparisonState(ended.value)
        if InspectionState.RUNNING in states or self.blocks:
            return ComparisonState.MEASURING
        if states == {InspectionState.ACCEPTED}:
            return ComparisonState.ACCEPTED
        return ComparisonState.PREPARING


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """A page of comparisons, newest first, and the cursor of the next page (None at the end)."""

    comparisons: Sequence[ComparisonView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RunValues:
    """What a comparison needs of one accepted run."""

    run_index: int
    elapsed_seconds: float | None
    rate_gflops: float | None
    disturbed: Sequence[str]
    facts: Mapping[str, Any]
    document: Mapping[str, Any]
