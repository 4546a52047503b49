"""What a person sees while a study is measured: one living line, or a line for each round."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console as RichConsole
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from amun_client.console import Console
from amun_client.errors import ServerUnreachableError
from amun_client.progress import DRAWS_PER_SECOND, REMINDER_SECONDS
from amun_client.quantities import time_span
from amun_client.study.forecast import remaining_seconds
from amun_client.study.plan import Cell, Plan
from amun_client.study.run import Teller
from amun_client.study.survey import Survey
from amun_core.states import InspectionState

Document = dict[str, Any]


@contextmanager
def telling(console: Console, plan: Plan) -> Iterator[Teller]:
    """The teller that suits the console."""
    if not console.lively:
        yield Lines(console, plan)
        return
    rich_console = RichConsole(
        file=console.err, no_color=not console.colours(console.err), highlight=False
    )
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[rest]}"),
        TimeElapsedColumn(),
        console=rich_console,
        transient=True,
        refresh_per_second=DRAWS_PER_SECOND,
    ) as progress:
        yield Living(console, plan, progress)


def rest_text(plan: Plan, survey: Survey) -> str:
    """`37/210  ETA 4 min 10 s`."""
    missing = survey.missing(plan)
    total = len(plan.values) * plan.rounds
    seconds = remaining_seconds(missing, survey.seconds)
    measured = sum(cell.round <= plan.rounds for cell in survey.done)
    text = f"{measured}/{total} measured"
    if seconds is None or not missing:
        return text
    return f"{text}  ETA {time_span(seconds)}"


def where_text(plan: Plan, cell: Cell) -> str:
    """`round 3/30  matrix_size=512`."""
    return f"round {cell.round}/{plan.rounds}  {plan.study.varies}={cell.value}"


def bad_end_text(plan: Plan, cell: Cell, inspection: Document, survey: Survey) -> str | None:
    """What went wrong with a cell; None where nothing did."""
    if inspection["state"] == InspectionState.SUCCEEDED:
        return None
    failure = inspection["failure"]
    why = failure["message"] if failure else inspection.get("crash_message") or "no reason told"
    text = f"{plan.study.varies}={cell.value}: {inspection['id']} {inspection['state']}: {why}"
    if cell.value in survey.given_up:
        return f"{text}; left out of the rounds to come"
    return f"{text}; the next call of this command tries it again"


class Lines:
    """A line at the end of each round, and one at least every half minute."""

    def __init__(
        self, console: Console, plan: Plan, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._plan = plan
        self._clock = clock
        self._begun = self._told_at = clock()
        self._round = 0
        self._silent = False

    def begun(self, cell: Cell, survey: Survey) -> None:
        """Tell when a new round begins, or when nothing was told for long."""
        if cell.round != self._round or self._clock() - self._told_at >= REMINDER_SECONDS:
            self._round = cell.round
            self._tell(f"{where_text(self._plan, cell)}  {rest_text(self._plan, survey)}")

    def ended(self, cell: Cell, inspection: Document, survey: Survey) -> None:
        """Tell what went wrong."""
        if text := bad_end_text(self._plan, cell, inspection, survey):
            self._console.warning(text)

    def seen(self, inspection: Document) -> None:  # noqa: ARG002
        """The service answers."""
        self._silent = False

    def unreachable(self, error: ServerUnreachableError) -> None:
        """Tell once that the service is silent."""
        if not self._silent:
            self._silent = True
            self._tell(f"{error}; waiting for it")

    def _tell(self, text: str) -> None:
        self._told_at = self._clock()
        self._console.story(f"{time_span(self._told_at - self._begun):>12}  {text}")


class Living:
    """One line that is rewritten, for terminals."""

    def __init__(self, console: Console, plan: Plan, progress: Progress) -> None:
        self._console = console
        self._plan = plan
        self._progress = progress
        self._where = plan.study.name
        self._task = progress.add_task(
            plan.study.name, total=len(plan.values) * plan.rounds, rest=""
        )

    def begun(self, cell: Cell, survey: Survey) -> None:
        """Show where it is and how much is left."""
        self._where = where_text(self._plan, cell)
        self._show(survey)

    def ended(self, cell: Cell, inspection: Document, survey: Survey) -> None:
        """Move on; what went wrong stays above the line."""
        if text := bad_end_text(self._plan, cell, inspection, survey):
            self._progress.console.print(f"warning: {text}", markup=False)
        self._show(survey)

    def seen(self, inspection: Document) -> None:  # noqa: ARG002
        """The service answers."""
        self._progress.update(self._task, description=self._where)

    def unreachable(self, error: ServerUnreachableError) -> None:
        """Show that the service is silent."""
        self._progress.update(self._task, description=f"{error}; waiting for it")

    def _show(self, survey: Survey) -> None:
        self._progress.update(
            self._task,
            description=self._where,
            completed=len(survey.done),
            rest=rest_text(self._plan, survey),
        )
