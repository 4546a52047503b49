"""What a person asks to be compared, and the words for what becomes of it.

`amun_core.comparison_intake.parse_comparison` is the border at which a document becomes these. Both
arms are specifications, which are then measured in blocks beside each other; or
both are inspections that are stored already, which are judged by what their runs say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from amun_core.condition import DEFAULT_WAIT_QUIET_SECONDS, LONGEST_WAIT_QUIET_SECONDS, Condition
from amun_core.intake import InputWarning
from amun_core.normalisation import ParsedSpecification
from amun_core.specification import (
    MAXIMUM_LABELS,
    FrozenModel,
    Identifier,
    LabelKey,
    LabelValue,
    Specification,
)

COMPARISON_SCHEMA = "amun.comparison/1"
COMPARISON_REQUEST_SCHEMA = "amun.comparison-request/1"

DEFAULT_BAND = 0.02
#: The last planned look: what is measured beyond it, no interval of ours is made for.
MOST_BLOCKS = 120
CALIBRATION_BLOCKS = 40
FEWEST_CALIBRATION_BLOCKS = 10
MOST_CALIBRATION_BLOCKS = 1000
#: What every JSON reader keeps exactly.
LARGEST_SEED = 2**53 - 1

#: Fields of an arm's specification that say when to stop: the block design alone does.
NOT_FOR_ARMS = ("runs", "batch_size", "precision")

Arm = Literal["a", "b"]
ARMS: tuple[Arm, ...] = get_args(Arm)
ArmName = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")
]
InspectionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{6,128}$")]


class ComparisonKind(StrEnum):
    """What the blocks are for."""

    COMPARISON = "comparison"
    CALIBRATION = "calibration"


class ComparisonState(StrEnum):
    """Where a comparison is; it follows from its arms and its decision."""

    ACCEPTED = "accepted"
    PREPARING = "preparing"
    MEASURING = "measuring"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CRASHED = "crashed"
    CANCELLED = "cancelled"


class EndedBecause(StrEnum):
    """Why a comparison ended with what it says."""

    DECIDED = "decided"
    FUTILE = "futile"
    CAP = "cap"
    TIME = "time"
    FIXED = "fixed"
    STORED = "stored"
    BUSY = "busy"


class ComparisonSettings(FrozenModel):
    """What a comparison asks for beside its arms."""

    schema_name: Literal["amun.comparison-request/1"] = Field(
        "amun.comparison-request/1", alias="schema"
    )
    kind: ComparisonKind = Field(
        ComparisonKind.COMPARISON,
        description="calibration: two separate builds of one stack, a fixed number of blocks",
    )
    band: float = Field(
        DEFAULT_BAND, gt=0, le=0.5, description="differences up to this share do not matter"
    )
    maximum_blocks: int | None = Field(
        None,
        ge=1,
        le=MOST_CALIBRATION_BLOCKS,
        description=f"blocks at most: up to {MOST_BLOCKS}, which is the default; of a calibration "
        f"the number of blocks, {CALIBRATION_BLOCKS} by default",
    )
    maximum_seconds: int = Field(
        3600, ge=1, le=7 * 24 * 3600, description="s of measuring after which no new block begins"
    )
    condition: Condition | None = Field(
        None,
        description="quiet (default): only blocks count beside which nothing else used the CPUs; "
        "shared: each is measured beside a load of the service's own; any (default of a "
        "calibration): all count",
    )
    wait_quiet_seconds: int = Field(
        DEFAULT_WAIT_QUIET_SECONDS,
        ge=0,
        le=LONGEST_WAIT_QUIET_SECONDS,
        description="s spent at most on waiting for quiet, and on blocks that were not quiet",
    )
    seed: int | None = Field(
        None, ge=0, le=LARGEST_SEED, description="seed of the coin; null: drawn, and stored"
    )
    labels: dict[LabelKey, LabelValue] = Field({}, max_length=MAXIMUM_LABELS)
    identifier: Identifier | None = None


class ArmRequest(FrozenModel):
    """One arm: a specification to be measured, or an inspection that is stored."""

    name: ArmName | None = Field(None, description='shown to people, "numpy 1.26.4"')
    specification: Specification | None = None
    inspection: InspectionId | None = Field(None, description="its id, or a prefix of it")


class ComparisonRequest(ComparisonSettings):
    """A whole request, as it is documented."""

    a: ArmRequest
    b: ArmRequest


@dataclass(frozen=True, slots=True)
class ParsedArm:
    """A checked arm: one of `specification` and `inspection` is set."""

    name: str
    specification: ParsedSpecification | None
    inspection: str | None


@dataclass(frozen=True, slots=True)
class ParsedComparison:
    """A checked request. `hash` covers the whole of it, labels and names included."""

    a: ParsedArm
    b: ParsedArm
    settings: ComparisonSettings
    maximum_blocks: int
    warnings: tuple[InputWarning, ...]
    hash: str

    @property
    def condition(self) -> Condition:
        """What was asked for, or what is meant where nothing was said."""
        if self.stored:
            return Condition.ANY
        calibration = self.settings.kind is ComparisonKind.CALIBRATION
        return self.settings.condition or (Condition.ANY if calibration else Condition.QUIET)

    @property
    def stored(self) -> bool:
        """True where both arms are inspections that exist already."""
        return self.a.inspection is not None
