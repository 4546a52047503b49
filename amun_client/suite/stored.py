"""What the graph already has of a run of a suite, and what that means for each phase."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from amun_client.suite import identity
from amun_client.suite.choices import DEFAULT_RUNS, SuiteChoices
from amun_client.suite.fit import Fit, Rule
from amun_core.states import InspectionState

Document = Mapping[str, Any]
Stored = dict[tuple[int, str], list[Document]]

PAGE = 200
#: A failed phase is measured again once: a second failure is taken for its answer.
TRIES = 2


class Lister(Protocol):
    """What can list inspections."""

    def page(self, **filters: Any) -> dict[str, Any]:
        """One page, newest first."""


class Step(StrEnum):
    """What is to be done for a phase."""

    TAKE = "take"
    ADOPT = "adopt"
    MEASURE = "measure"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to be done, with which inspection, and how many there were before."""

    step: Step
    inspection: Document | None
    earlier: int


def inspections(client: Lister, labels: Sequence[str]) -> Iterator[Document]:
    """All inspections with these labels, newest first."""
    cursor: str | None = None
    while True:
        page = client.page(label=tuple(labels), limit=PAGE, cursor=cursor)
        yield from page["inspections"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def by_phase(found: Iterable[Document]) -> Stored:
    """The inspections of each (case, phase), newest first."""
    stored: Stored = defaultdict(list)
    for one in found:
        labels = one["labels"]
        if identity.CASE in labels and identity.PHASE in labels:
            stored[int(labels[identity.CASE]), labels[identity.PHASE]].append(one)
    return dict(stored)


def standing(
    every: Sequence[Document],
    rule: Rule,
    fit: Fit | None,
    choices: SuiteChoices,
    host_id: str | None = None,
) -> Standing:
    """What the inspections of one phase mean: take one, wait for one, measure, or leave it failed.

    Without a `fit` nothing new is wanted: what was measured is taken, however little it is. What
    was measured on another host than `host_id` counts for nothing.
    """
    earlier = len(every)
    found = [one for one in every if not (host_id and one["host"] and one["host"]["id"] != host_id)]
    if choices.fresh:
        return Standing(Step.MEASURE, None, earlier)
    under_way = [one for one in found if not InspectionState(one["state"]).terminal]
    if under_way and not any(one["cancel_requested"] for one in under_way):
        return Standing(Step.ADOPT, under_way[0], earlier)
    measured = [one for one in found if one["state"] == InspectionState.SUCCEEDED]
    for one in measured:
        if fit is None or _suffices(one, rule, choices):
            return Standing(Step.TAKE, one, earlier)
    failed = [
        one for one in found if one["state"] in {InspectionState.FAILED, InspectionState.CRASHED}
    ]
    if failed and not measured and (choices.keep_failures or fit is None or len(failed) >= TRIES):
        return Standing(Step.LEAVE, failed[0], earlier)
    return Standing(Step.MEASURE, None, earlier)


def _suffices(one: Document, rule: Rule, choices: SuiteChoices) -> bool:
    """Whether a result is as good as this budget can make it."""
    if choices.runs is not None and one["runs"]["accepted"] < choices.runs:
        return False
    whole = int(one["labels"][identity.REPEATS]) >= rule.iterations
    whole = whole and (choices.runs is not None or one["runs"]["accepted"] >= DEFAULT_RUNS)
    return whole or float(one["labels"][identity.BUDGET]) >= choices.budget_seconds
