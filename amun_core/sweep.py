"""What a sweep asks for, and the words for what becomes of it.

A sweep measures many stacks in rounds: in each round every stack of a wave is run once, and the
reference with them, in random order. `amun_core.sweep_intake.parse_sweep` is the border at which a
document becomes these; `amun_core.sweep_order` says what is run next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from amun_core.comparison import DEFAULT_BAND, LARGEST_SEED
from amun_core.intake import InputWarning
from amun_core.normalisation import ParsedSpecification
from amun_core.specification import (
    DEFAULT_RUNS,
    MAXIMUM_LABELS,
    FrozenModel,
    Identifier,
    LabelKey,
    LabelValue,
    LockDocument,
    Specification,
)

SWEEP_SCHEMA = "amun.sweep/1"
SWEEP_REQUEST_SCHEMA = "amun.sweep-request/1"

MOST_MEMBERS = 1000
MOST_ROUNDS = 240
DEFAULT_IN_FLIGHT = 24
MOST_IN_FLIGHT = 200
#: A thousand locks with one hash a package stay well below it.
MAXIMUM_SWEEP_BYTES = 32 * 1024 * 1024

#: Fields of the common part that the members, or the rounds, say themselves.
NOT_FOR_MEMBERS = ("runs", "batch_size", "precision")
#: Fields below `python` that each member brings.
BROUGHT_BY_MEMBERS = ("lock", "lock_file", "requirements", "requirements_locked")

MemberName = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")
]


class SweepState(StrEnum):
    """Where a sweep is; it follows from its members and from what its user wished."""

    ACCEPTED = "accepted"
    PREPARING = "preparing"
    MEASURING = "measuring"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """True where nothing will change any more."""
        return self in _OVER


_OVER = frozenset({SweepState.SUCCEEDED, SweepState.FAILED, SweepState.CANCELLED})

#: One line for each state, shown in the documentation and by `amun sweep status`.
SWEEP_STATE_MEANINGS: dict[SweepState, str] = {
    SweepState.ACCEPTED: "stored; no member is being built yet",
    SweepState.PREPARING: "the members of this wave are built",
    SweepState.MEASURING: "rounds of fresh runs in random order",
    SweepState.PAUSED: "no new build and no new run begins until it is resumed",
    SweepState.SUCCEEDED: "every member has ended, and at least one was measured",
    SweepState.FAILED: "every member has ended, and nothing was measured",
    SweepState.CANCELLED: "ended by the wish of a user; what was measured is kept",
}


class SweepWish(StrEnum):
    """What the user of a sweep wished beside its going on."""

    PAUSED = "paused"
    CANCELLED = "cancelled"


class SweepSettings(FrozenModel):
    """What a sweep asks for beside its members."""

    schema_name: Literal["amun.sweep-request/1"] = Field("amun.sweep-request/1", alias="schema")
    runs: int = Field(
        DEFAULT_RUNS,
        ge=1,
        le=MOST_ROUNDS,
        description="rounds: fresh runs of each stack; below 6 no interval is told",
    )
    in_flight: int = Field(
        DEFAULT_IN_FLIGHT,
        ge=1,
        le=MOST_IN_FLIGHT,
        description="most stacks beside the reference that are built and measured together",
    )
    band: float = Field(
        DEFAULT_BAND, gt=0, le=0.5, description="differences up to this share do not matter"
    )
    seed: int | None = Field(
        None, ge=0, le=LARGEST_SEED, description="seed of all orders; null: drawn, and stored"
    )
    again: bool = Field(
        False, description="measure also what the graph has already for this class of hosts"
    )
    reference: MemberName | None = Field(
        None, description="name of the member that is run in every round; null: the first"
    )
    labels: dict[LabelKey, LabelValue] = Field({}, max_length=MAXIMUM_LABELS)
    identifier: Identifier | None = None
    origin: dict[str, Any] = Field(
        {}, description="how the members were chosen, kept as it is: snapshot, count, selection"
    )


class MemberRequest(FrozenModel):
    """One stack."""

    name: MemberName | None = Field(None, description='shown to people, "numpy 2.1.3"')
    lock: LockDocument


class SweepRequest(SweepSettings):
    """A whole request, as it is documented."""

    common: Specification = Field(
        description="the specification that all members share, without a lock"
    )
    members: tuple[MemberRequest, ...] = Field(min_length=1, max_length=MOST_MEMBERS)


@dataclass(frozen=True, slots=True)
class ParsedMember:
    """A checked member. `pins` are the name and version of each package in its lock.

    `stack_digest` is None where markers decide what of the lock is installed.
    """

    name: str
    specification: ParsedSpecification
    lock_digest: str
    stack_digest: str | None
    pins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ParsedSweep:
    """A checked request. `reference` is an index into `members`; `hash` covers the whole of it."""

    members: tuple[ParsedMember, ...]
    reference: int
    settings: SweepSettings
    warnings: tuple[InputWarning, ...]
    hash: str
