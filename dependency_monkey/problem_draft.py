"""What a file says of a problem, before markers are evaluated: filled by one reader for each format."""

from __future__ import annotations

from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement

from amun_core.intake import Intake, shown
from amun_core.plan import IndexSource

_LONGEST_REQUIREMENT = 8192
#: The parser recurses once for each bracket of a marker.
_MOST_BRACKETS = 64
MAXIMUM_ROOTS = 2000
_ONLY_INDEXES = "only packages of an index are taken: name it, and its versions, instead"


@dataclass(frozen=True, slots=True)
class DraftRoot:
    """A requirement, where it stands, and the name of the source it shall come from."""

    place: str
    requirement: Requirement
    source: str | None = None


@dataclass
class Draft:
    """All that a file says. `python_version` is a wish, `requires_python` a demand.

    The first of `sources` is the default one; a source without an address is the index of pip's
    configuration.
    """

    roots: list[DraftRoot] = field(default_factory=list)
    constraints: list[Requirement] = field(default_factory=list)
    sources: list[IndexSource] = field(default_factory=list)
    python_version: str | None = None
    requires_python: str | None = None
    pre_releases: bool = False

    def ask(
        self, place: str, text: object, intake: Intake, *, source: str | None = None
    ) -> Requirement | None:
        """Take a requirement for a root; None after a fault."""
        requirement = read_requirement(place, text, intake)
        if requirement is not None:
            self.roots.append(DraftRoot(place, requirement, source))
        return requirement


def read_requirement(place: str, text: object, intake: Intake) -> Requirement | None:
    """A requirement by name and versions, or None after a fault."""
    if not isinstance(text, str):
        intake.fault(place, f"a text is expected, not {shown(text)}")
        return None
    # an address may carry a password: such a line is not repeated
    said = "it" if "://" in text else shown(text)
    if len(text) > _LONGEST_REQUIREMENT or text.count("(") > _MOST_BRACKETS:
        intake.fault(place, "a requirement that is too long to be one")
        return None
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError) as error:
        why = "" if "://" in text else f": {str(error).splitlines()[0]}"
        intake.fault(place, f"{said} is no requirement{why}", "such as name, or name>=1.2,<2")
        return None
    if requirement.url is not None:
        refuse_origin(place, f"{requirement.name} names an address", intake)
        return None
    return requirement


def refuse_origin(place: str, what: str, intake: Intake) -> None:
    """The fault of everything that is no package of an index."""
    intake.fault(place, what, _ONLY_INDEXES)
