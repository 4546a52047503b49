"""What each version of each package costs in a sweep, as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from packaging.utils import canonicalize_name

from amun_statistics.main_effects import MainEffects, main_effects
from knowledge_graph.sweep_records import MemberView, SweepView

#: Member -> round in the whole sweep -> log seconds minus the reference's.
LogRatios = Mapping[int, Mapping[int, float]]


def shown_effects(
    view: SweepView, members: Sequence[MemberView], ratios: LogRatios
) -> dict[str, Any]:
    """The effects, over the stacks that took part in every round of their wave."""
    whole = [
        one
        for one in members
        if one.wave is not None and len(ratios.get(one.index, ())) == view.rounds
    ]
    reference = members[view.reference]
    values = [[ratios[one.index][number] for number in sorted(ratios[one.index])] for one in whole]
    found = main_effects(
        reference.pins, [one.pins for one in whole], values, named=_named(view, members)
    )
    return {"stacks": len(whole), **_document(found)}


def _named(view: SweepView, members: Sequence[MemberView]) -> list[str]:
    """Packages that the stacks were chosen by; else those that stand in their names."""
    told = view.origin.get("named")
    if isinstance(told, list):
        return [str(canonicalize_name(str(name))) for name in told]
    packages = {name for one in members for name in one.pins}
    words = {word.strip(",") for one in members for word in one.name.split()}
    return sorted(packages & words)


def _document(found: MainEffects) -> dict[str, Any]:
    # equal ratios keep the order of the request
    ordered = sorted(found.effects, key=lambda one: (one.versions[0].package, one.ratio))
    return {
        "rounds": found.rounds,
        "versions": [asdict(one) for one in ordered],
        "inseparable": [asdict(one) for one in found.inseparable],
        "as_noise": list(found.as_noise),
    }
