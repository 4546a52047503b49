"""What is asked of the space of valid stacks: one document for the command line and for the API.

`parse_stack_request` is the border at which an unchecked document becomes a StackRequest. Everything
that decides the answer stands in it, but for the index, whose snapshot each answer names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, ValidationError

from amun_core.document import check_document
from amun_core.errors import InvalidStackQuestionError
from amun_core.identity import canonical_json, digest_text
from amun_core.intake import Intake
from amun_core.normal_fields import note_unknown_key
from amun_core.specification import MAXIMUM_FILE_BYTES, FrozenModel, LockFormat
from amun_core.validation_faults import add_validation_faults

STACK_REQUEST_SCHEMA = "amun.stack-request/1"
LARGEST_SEED = 2**53 - 1
#: Stacks in one answer.
MOST_STACKS = 100_000
DEFAULT_TIME_LIMIT_SECONDS = 120.0
MOST_ROOTS = 1000


class StackVerb(StrEnum):
    """What is asked."""

    COUNT = "count"
    SAMPLE = "sample"
    LIST = "list"
    BEST = "best"
    NEAREST = "nearest"
    COVER = "cover"
    EXPLAIN = "explain"
    LOCK = "lock"


class Distribution(StrEnum):
    """How stacks are drawn."""

    NAMED = "named"  # over the versions of what was named, each with the newest rest that fits
    UNIFORM = "uniform"  # over all stacks


def _requirement(text: str) -> str:
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError):
        raise ValueError("not a requirement such as 'name' or 'name>=1.2'") from None
    if requirement.url is not None:
        raise ValueError("packages of an index only, no address")
    return text


RequirementText = Annotated[
    str, StringConstraints(min_length=1, max_length=512), AfterValidator(_requirement)
]
Name = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$")
]
VersionText = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Rank = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,5000})$")]


class GivenFile(FrozenModel):
    """A file as it was given: its name tells the format."""

    name: str = Field(min_length=1, max_length=255, pattern=r"^[^/\x00-\x1f]+$")
    content: str = Field(max_length=MAXIMUM_FILE_BYTES)


class TargetWish(FrozenModel):
    """The environment that the stacks are meant for; what is not said is this host's."""

    python_version: str | None = Field(
        None,
        pattern=r"^3(\.\d{1,2}(\.\d{1,3}([a-z]+\d+)?)?)?$",
        description='"3.12.4"; "3.12" is its newest bug-fix release, or that of this host',
    )
    platform: str | None = Field(
        None, max_length=64, description='"linux_x86_64", "manylinux_2_28_aarch64", "x86_64"'
    )
    libc: str | None = Field(
        None, pattern=r"^(glibc|musl)[ -]?\d+\.\d+$", description='"glibc 2.36", "musl 1.2"'
    )
    base: str | None = Field(None, max_length=255, description="a base image; its name is read")


class PolicyWish(FrozenModel):
    """What narrows the space besides the requirements."""

    as_of: AwareDatetime | None = Field(None, description="files uploaded up to this moment")
    newer_than: AwareDatetime | None = Field(None, description="files uploaded after this moment")
    last: int | None = Field(None, ge=1, description="the newest so many versions of each package")
    last_of: dict[Name, Annotated[int, Field(ge=1)]] = Field({}, max_length=MOST_ROOTS)
    exclude: tuple[RequirementText, ...] = Field((), max_length=MOST_ROOTS)
    allow: tuple[RequirementText, ...] = Field((), max_length=MOST_ROOTS)
    pre_releases: Literal["if-necessary", "allow", "never"] = "if-necessary"
    sdists: bool = Field(False, description="versions without a wheel too")


class PairScore(FrozenModel):
    """A score for two versions that are in a stack together."""

    a: RequirementText
    b: RequirementText
    score: float = Field(allow_inf_nan=False)


class Scores(FrozenModel):
    """Score of each version, higher is better; what is not named scores 0. Pairs add to it."""

    versions: dict[Name, dict[VersionText, Annotated[float, Field(allow_inf_nan=False)]]] = Field(
        {}, max_length=10_000
    )
    pairs: tuple[PairScore, ...] = Field((), max_length=10_000)


class StackQuestion(FrozenModel):
    """A question without its verb. Fields behind `time_limit_seconds` are for some verbs only."""

    schema_name: Literal["amun.stack-request/1"] = Field("amun.stack-request/1", alias="schema")
    requirements: tuple[RequirementText, ...] = Field((), max_length=MOST_ROOTS)
    file: GivenFile | None = Field(None, description="Pipfile, pyproject.toml or requirements.txt")
    dev: bool = Field(False, description="development packages too")
    target: TargetWish = TargetWish()
    policy: PolicyWish = PolicyWish()
    time_limit_seconds: float = Field(DEFAULT_TIME_LIMIT_SECONDS, gt=0, le=86_400)

    by: bool = Field(False, description="count: how many stacks contain each version")
    number: int = Field(1, ge=1, le=MOST_STACKS, description="sample, list, best, nearest")
    seed: int | None = Field(
        None, ge=0, le=LARGEST_SEED, description="sample: 0 where none is said; lock: a drawn stack"
    )
    distribution: Distribution = Field(
        Distribution.NAMED,
        description="sample, lock with a seed: named: spread over the versions of what was named, each "
        "with the newest rest; uniform: each stack equally likely",
    )
    cursor: str | None = Field(None, max_length=6000, description="list: where to go on")
    scores: Scores | None = Field(None, description="best, lock; absent: the newest versions")
    near: GivenFile | None = Field(None, description="nearest: a lock")
    most_differing: int = Field(2, ge=0, le=1000, description="nearest: names that may differ")
    strength: Literal[1, 2] = Field(1, description="cover: each version, or each pair of them")
    subject: RequirementText | None = Field(None, description="explain: which versions")
    rank: Rank | None = Field(None, description="lock: the stack with this rank")
    stack: dict[Name, VersionText] | None = Field(None, description="lock: this stack")
    with_locks: bool = Field(False, description="each stack of the answer with its lock")
    lock_format: LockFormat = LockFormat.REQUIREMENTS
    all_files: bool = Field(False, description="locks: every file of each version, not one")


class StackRequest(StackQuestion):
    """One question about one space."""

    verb: StackVerb

    @property
    def hash(self) -> str:
        """What identifies the question."""
        return digest_text("request", canonical_json(self.document()))

    def document(self) -> dict[str, Any]:
        """The question as a document, without what is left at its default."""
        shown: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {"schema": STACK_REQUEST_SCHEMA, **shown}


def parse_stack_request(document: Any) -> StackRequest:
    """Check a question. Raises InvalidStackQuestionError with every fault at once."""
    intake = Intake()
    if not check_document(document, intake):
        raise _invalid(intake)
    fields = _known_fields(document, intake)
    request = None
    try:
        request = StackRequest.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        add_validation_faults(error, intake)
    if request is not None:
        _check_together(request, intake)
    if request is None or intake.faults:
        raise _invalid(intake)
    return request


def _known_fields(document: Mapping[str, Any], intake: Intake) -> dict[str, Any]:
    known = [field.alias or name for name, field in StackRequest.model_fields.items()]
    fields = {}
    for key, value in document.items():
        if key not in known:
            note_unknown_key((), key, known, "v1", intake)
        elif value is not None:
            fields[key] = value
    return fields


def _check_together(request: StackRequest, intake: Intake) -> None:
    if bool(request.requirements) == bool(request.file):
        intake.fault(
            "/requirements",
            "names neither requirements nor a file"
            if not request.file
            else "names both requirements and a file",
            "give one of them",
        )
    policy = request.policy
    if policy.as_of and policy.newer_than and policy.newer_than >= policy.as_of:
        intake.fault("/policy/newer_than", "is not before as_of: nothing is left between them")
    if request.verb is StackVerb.NEAREST and request.near is None:
        intake.fault("/near", "is missing: the lock to stay near to")
    if request.verb is StackVerb.EXPLAIN and request.subject is None:
        intake.fault("/subject", "is missing: which versions to explain, such as numpy==1.24.*")
    if request.rank is not None and request.stack is not None:
        intake.fault("/rank", "names both a rank and a stack", "give one of them")


def _invalid(intake: Intake) -> InvalidStackQuestionError:
    faults = intake.bounded_faults()
    message = faults[0].message if len(faults) == 1 else f"{len(faults)} faults"
    return InvalidStackQuestionError(
        f"the question about stacks is not valid: {message}", faults=faults
    )
