"""What a file says of a problem, before markers are evaluated: filled by one reader for each format."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName

from amun_core.intake import Intake, shown
from amun_core.plan import IndexSource, LinkSource
from amun_core.redaction import redact_text
from dependency_monkey.problem import PreReleases

_LONGEST_REQUIREMENT = 8192
#: The parser recurses once for each bracket of a marker.
_MOST_BRACKETS = 64
MAXIMUM_ROOTS = 2000
ONLY_INDEXES = "only packages of an index are taken: name it, and its versions, instead"


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """Where a package comes from if the marker holds: from a source, or from no index at all.

    `wrong` is what is wrong with it, which matters only where it is chosen.
    """

    marker: Marker | None = None
    source: str | None = None
    refused: str | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class DraftRoot:
    """A requirement, where it stands, and where it shall come from: the first choice that holds.

    It applies where its own marker and all `conditions` hold.
    """

    place: str
    requirement: Requirement
    choices: tuple[SourceChoice, ...] = ()
    conditions: tuple[Marker, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRoot:
    """What is no package of an index: a fault, but only where its marker holds."""

    place: str
    name: str
    why: str
    marker: Marker | None = None
    hint: str = ONLY_INDEXES


@dataclass
class Draft:
    """All that a file says. `python_version` is a wish, `requires_python` a demand.

    The first of `sources` is the default one; a source without an address is the index of pip's
    configuration. A package that is bound to none is looked for in each group of `searched` in turn,
    up to the first that has it, and in all of `links`; without groups in the default one.
    `overrides` take the place of every requirement of their packages, `removed` are required by none.
    `environments` are markers of which one must hold.
    """

    roots: list[DraftRoot] = field(default_factory=list)
    refused: list[RefusedRoot] = field(default_factory=list)
    constraints: list[Requirement] = field(default_factory=list)
    overrides: list[Requirement] = field(default_factory=list)
    removed: set[NormalizedName] = field(default_factory=set)
    sources: list[IndexSource] = field(default_factory=list)
    searched: list[tuple[str, ...]] = field(default_factory=list)
    links: list[LinkSource] = field(default_factory=list)
    no_index: bool = False
    python_version: str | None = None
    requires_python: str | None = None
    environments: list[Marker] = field(default_factory=list)
    pre_releases: PreReleases | None = None
    pre_releases_of: dict[NormalizedName, PreReleases] = field(default_factory=dict)
    as_of: datetime | None = None
    as_of_of: dict[NormalizedName, datetime | None] = field(default_factory=dict)
    wheels_only: bool = False

    def ask(
        self, place: str, text: object, intake: Intake, *, source: str | None = None
    ) -> Requirement | None:
        """Take a requirement for a root; None after a fault."""
        requirement = read_requirement(place, text, intake)
        if requirement is not None:
            choices = () if source is None else (SourceChoice(source=source),)
            self.take(place, requirement, choices)
        return requirement

    def take(
        self,
        place: str,
        requirement: Requirement,
        choices: tuple[SourceChoice, ...] = (),
        conditions: tuple[Marker, ...] = (),
    ) -> None:
        """Take a requirement that was read; one with an address is refused where it applies."""
        if requirement.url is not None and not choices:
            choices = (SourceChoice(refused=f"{requirement.name} names an address"),)
        self.roots.append(DraftRoot(place, requirement, choices, conditions))

    def refuse(self, place: str, name: str, why: str, marker: Marker | None = None) -> None:
        """Take what is no package of an index: a fault where its marker holds."""
        self.refused.append(RefusedRoot(place, name, why, marker))


def read_requirement(place: str, text: object, intake: Intake) -> Requirement | None:
    """A requirement, which may name an address, or None after a fault."""
    if not isinstance(text, str):
        intake.fault(place, f"a text is expected, not {shown(text)}")
        return None
    # an address may carry a password: such a line is not repeated
    said = "it" if "://" in text else shown(redact_text(text))
    if len(text) > _LONGEST_REQUIREMENT or text.count("(") > _MOST_BRACKETS:
        intake.fault(place, "a requirement that is too long to be one")
        return None
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError) as error:
        why = "" if "://" in text else f": {redact_text(str(error)).splitlines()[0]}"
        intake.fault(place, f"{said} is no requirement{why}", "such as name, or name>=1.2,<2")
        return None


def read_named_requirement(place: str, text: object, intake: Intake) -> Requirement | None:
    """A requirement by name and versions, or None after a fault."""
    requirement = read_requirement(place, text, intake)
    if requirement is not None and requirement.url is not None:
        intake.fault(place, f"{requirement.name} names an address", ONLY_INDEXES)
        return None
    return requirement
