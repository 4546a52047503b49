"""Which requirements of a draft apply in an environment, and where each of them comes from."""

from __future__ import annotations

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.version import InvalidVersion

from amun_core.intake import Intake, shown
from amun_core.redaction import redact_text
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem import Root
from dependency_monkey.problem_draft import (
    MAXIMUM_ROOTS,
    ONLY_INDEXES,
    Draft,
    DraftRoot,
    SourceChoice,
)


def active_roots(
    draft: Draft, intake: Intake, environment: TargetEnvironment
) -> tuple[tuple[Root, ...], tuple[str, ...]]:
    """The roots that apply in an environment, and those that do not in words.

    Where a package comes from is judged only here: what does not apply is passed over, whatever it is.
    """
    roots: list[Root] = []
    inactive: list[str] = []
    sources: dict[str, str] = {}
    if len(draft.roots) + len(draft.refused) > MAXIMUM_ROOTS:
        intake.fault("", f"{len(draft.roots)} requirements are more than {MAXIMUM_ROOTS}")
        return (), ()
    for one in draft.roots:
        markers = (one.requirement.marker, *one.conditions)
        if not all(applies(marker, environment) for marker in markers):
            inactive.append(redact_text(str(one.requirement)))
            continue
        root = Root(one.requirement, _source(one, intake, environment))
        if root.source and sources.setdefault(root.name, root.source) != root.source:
            intake.fault(
                one.place,
                f"{root.name} comes from {shown(root.source)} here and from "
                f"{shown(sources[root.name])} elsewhere",
            )
        roots.append(root)
    for other in draft.refused:
        if applies(other.marker, environment):
            intake.fault(other.place, other.why, other.hint)
        else:
            inactive.append(f"{other.name}; {other.marker}")
    return tuple(roots), tuple(inactive)


def _source(one: DraftRoot, intake: Intake, environment: TargetEnvironment) -> str | None:
    """The source of a root that applies: that of the first choice whose marker holds."""
    choices = (choice for choice in one.choices if applies(choice.marker, environment))
    choice = next(choices, SourceChoice())
    if choice.refused is not None:
        intake.fault(one.place, choice.refused, ONLY_INDEXES)
    if choice.wrong is not None:
        place, _, why = choice.wrong.partition(": ")
        intake.fault(place, why)
    return choice.source


def applies(marker: Marker | None, environment: TargetEnvironment) -> bool:
    """Whether a marker holds. Raises InvalidProblemError for one that compares what cannot be."""
    try:
        return marker is None or marker.evaluate({**environment.markers, "extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion) as error:
        raise InvalidProblemError(f"the marker {shown(str(marker))}: {error}") from None
