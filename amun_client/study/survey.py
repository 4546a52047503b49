"""What is there of a study: read from the labels of its inspections, kept nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from amun_client.api import Client
from amun_client.quantities import between
from amun_client.study.plan import IDENTITY, ROUND, VALUE, Cell, Plan
from amun_core.states import AttributedTo, InspectionState

Document = dict[str, Any]

_PAGE = 200
#: Another try would end in the same way: the value is left out of the rounds to come.
_FINAL = frozenset({AttributedTo.STACK, AttributedTo.REQUEST})


@dataclass(slots=True)
class Survey:
    """The cells that are measured, those under way, and the values that cannot be measured."""

    done: dict[Cell, str] = field(default_factory=dict)
    active: dict[Cell, str] = field(default_factory=dict)
    attempts: dict[Cell, int] = field(default_factory=dict)
    given_up: dict[int, str] = field(default_factory=dict)
    seconds: dict[int, list[float]] = field(default_factory=dict)

    def note(self, inspection: Document) -> None:
        """Take one inspection in; what carries no labels of a study is passed over."""
        cell = cell_of(inspection)
        if cell is None:
            return
        self.attempts[cell] = self.attempts.get(cell, 0) + 1
        self.renew(cell, inspection)

    def renew(self, cell: Cell, inspection: Document) -> None:
        """The same inspection, as it is now."""
        state = InspectionState(inspection["state"])
        self.active.pop(cell, None)
        if state is InspectionState.SUCCEEDED:
            self.done[cell] = str(inspection["id"])
            # the stack is built once: that says nothing of the inspections to come
            begun = inspection.get("run_started_at") or inspection["created_at"]
            seconds = between(begun, inspection["ended_at"])
            self.seconds.setdefault(cell.value, []).append(seconds or 0.0)
        elif not state.terminal:
            self.active[cell] = str(inspection["id"])
        elif (failure := inspection["failure"]) and failure["attributed_to"] in _FINAL:
            self.given_up.setdefault(cell.value, f"{failure['reason']}: {failure['message']}")

    def missing(self, plan: Plan) -> list[Cell]:
        """What is left to be measured or waited for, in the order of the plan."""
        return [
            cell
            for cell in plan.cells()
            if cell not in self.done and (cell in self.active or cell.value not in self.given_up)
        ]


def cell_of(inspection: Document) -> Cell | None:
    """The cell that an inspection's labels name."""
    labels = inspection["labels"]
    try:
        return Cell(int(labels[ROUND]), int(labels[VALUE]))
    except (KeyError, ValueError):
        return None


def look(client: Client, identity: str) -> Survey:
    """Everything that the service has of a study."""
    return survey_of(inspections_of(client, identity))


def survey_of(inspections: Iterable[Document]) -> Survey:
    """A survey of these."""
    survey = Survey()
    for inspection in inspections:
        survey.note(inspection)
    return survey


def inspections_of(client: Client, identity: str) -> Iterator[Document]:
    """All inspections of a study, newest first."""
    cursor = None
    while True:
        page = client.page(label=[f"{IDENTITY}={identity}"], limit=_PAGE, cursor=cursor)
        yield from page["inspections"]
        cursor = page["next_cursor"]
        if cursor is None:
            return
