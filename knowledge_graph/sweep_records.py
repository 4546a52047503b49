"""Sweeps as they go into the store and come out: frozen records, no SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amun_core.states import TERMINAL_STATES, InspectionState
from amun_core.sweep import SweepState, SweepWish
from amun_core.sweep_order import NextRun
from knowledge_graph.records import Claim, InspectionView, NewInspection


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member to be stored: with an inspection of its own, or with what is known of it."""

    name: str
    lock_digest: str
    pins: Mapping[str, str]
    inspection: NewInspection | None
    known_inspection_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewSweep:
    """What a sweep is stored with. `reference` is an index into its members."""

    identifier: str | None
    request_hash: str
    indicator: str | None
    framework: str | None
    parameters: Mapping[str, Any]
    rounds: int
    in_flight: int
    band: float
    seed: int
    again: bool
    reference: int
    labels: Mapping[str, str] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class CreatedSweep:
    """Identity of a stored sweep; `replayed` where the idempotency key was seen before."""

    sweep_id: str
    created_at: datetime
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class SweepTurn:
    """The right to make one run of one member."""

    sweep_id: str
    claim: Claim
    next: NextRun


@dataclass(frozen=True, slots=True)
class SweepView:
    """One sweep as it is shown; `states` counts the inspections of its members by state."""

    sweep_id: str
    sequence: int
    identifier: str | None
    request_hash: str
    indicator: str | None
    framework: str | None
    parameters: Mapping[str, Any]
    rounds: int
    in_flight: int
    waves: int
    wave: int
    band: float
    seed: int
    again: bool
    reference: int
    wish: SweepWish | None
    labels: Mapping[str, str]
    origin: Mapping[str, Any]
    warnings: Sequence[Mapping[str, Any]]
    host_id: str | None
    hostname: str | None
    members: int
    known: int
    states: Mapping[InspectionState, int]
    runs_accepted: int
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    #: accepted runs of the members that succeeded: a reference may end so without a single one
    runs_of_succeeded: int = 0

    @property
    def state(self) -> SweepState:
        """Where it is: what its members have come to, and what was wished."""
        if sum(self.states.get(state, 0) for state in TERMINAL_STATES) == sum(self.states.values()):
            return self._end
        if self.wish is SweepWish.PAUSED:
            return SweepState.PAUSED
        if self.runs_accepted or self.states.get(InspectionState.RUNNING):
            return SweepState.MEASURING
        if self.states.keys() == {InspectionState.ACCEPTED}:
            return SweepState.ACCEPTED
        return SweepState.PREPARING

    @property
    def _end(self) -> SweepState:
        if self.wish is SweepWish.CANCELLED:
            return SweepState.CANCELLED
        if self.known or self.runs_of_succeeded:
            return SweepState.SUCCEEDED
        if self.states.keys() == {InspectionState.CANCELLED}:
            return SweepState.CANCELLED
        return SweepState.FAILED


@dataclass(frozen=True, slots=True)
class SweepPage:
    """A page of sweeps, newest first, and the cursor of the next page (None at the end)."""

    sweeps: Sequence[SweepView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class MemberView:
    """One member. `inspection` is its own, or the one that was known; it carries no documents."""

    index: int
    name: str
    wave: int | None
    lock_digest: str
    pins: Mapping[str, str]
    inspection: InspectionView
    known: bool


@dataclass(frozen=True, slots=True)
class SweepRun:
    """One accepted run of a member, as far as a sweep's result needs it."""

    inspection_id: str
    run_index: int
    elapsed_seconds: float | None
    rate_gflops: float | None
    rate_unit: str | None
    wall_seconds: float
    peak_rss_bytes: int | None
    disturbed: Sequence[str]
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class TurnTime:
    """How long one completed attempt at a member took, s."""

    inspection_id: str
    measuring: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class KnownInspection:
    """An ended inspection that may be what a member would be, and where it was measured."""

    inspection_id: str
    lock_digest: str | None
    stack_digest: str | None
    specification: str
    plan: str | None
    runs_accepted: int
    host_id: str
    host: Mapping[str, Any]
    base_reference: str | None
    base_digest: str
