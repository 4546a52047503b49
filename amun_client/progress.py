"""What a person sees while an inspection goes its way: one living line, or one line for each step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console as RichConsole
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from amun_client.console import Console
from amun_client.errors import ServerUnreachableError
from amun_client.precision_text import progress_text
from amun_client.quantities import time_span
from amun_client.waiting import Watcher
from amun_core.states import STATE_MEANINGS, InspectionState

#: Where nothing changes, a line tells so often that the wait goes on.
REMINDER_SECONDS = 30.0
#: The screen is drawn this often: the drawing must not disturb what is measured beside it.
DRAWS_PER_SECOND = 2.0

Document = dict[str, Any]


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """The watcher that suits the console."""
    if not console.lively:
        yield Lines(console)
        return
    with living_line(console) as progress:
        yield Living(progress)


@contextmanager
def living_line(console: Console) -> Iterator[Progress]:
    """One line of the terminal that is rewritten: a text, a bar, the field `count`, the time."""
    rich_console = RichConsole(
        file=console.err, no_color=not console.colours(console.err), highlight=False
    )
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        console=rich_console,
        transient=True,
        refresh_per_second=DRAWS_PER_SECOND,
    ) as progress:
        yield progress


def words(inspection: Document) -> str:
    """The state with its meaning: `building: a builder makes the run-time environment`."""
    state = InspectionState(inspection["state"])
    if inspection.get("cancel_requested") and not state.terminal:
        return f"{state}: cancelling"
    return f"{state}: {STATE_MEANINGS[state]}"


def count(inspection: Document) -> str:
    """`3/6 runs`, or `37 runs, ±1.8 % (goal 2 %)` where they are added until that is reached."""
    if precision := inspection.get("precision"):
        return progress_text(precision)
    runs = inspection["runs"]
    return f"{runs['accepted']}/{runs['requested']} runs"


class Lines:
    """One line for each step, for logs and CI."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._begun = self._told_at = clock()
        self._last = ""

    def seen(self, inspection: Document) -> None:
        """Tell a change, or after a while that there is none."""
        text = words(inspection)
        if inspection["state"] == InspectionState.RUNNING:
            text = f"{text}  {count(inspection)}"
        self._tell(text)

    def unreachable(self, error: ServerUnreachableError) -> None:
        """Tell once that the service is silent."""
        self._tell(f"{error}; waiting for it")

    def _tell(self, text: str) -> None:
        now = self._clock()
        if text == self._last and now - self._told_at < REMINDER_SECONDS:
            return
        self._last, self._told_at = text, now
        self._console.story(f"{time_span(now - self._begun):>8}  {text}")


class Living:
    """One line that is rewritten, for terminals."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("waiting", total=None, count="")

    def seen(self, inspection: Document) -> None:
        """Show the state in words and the runs as a bar."""
        runs = inspection["runs"]
        # how many runs a precision takes is not known before
        fixed = inspection["state"] == InspectionState.RUNNING and not inspection.get("precision")
        self._progress.update(
            self._task,
            description=words(inspection),
            count=count(inspection),
            total=runs["requested"] if fixed else None,
            completed=runs["accepted"],
        )

    def unreachable(self, error: ServerUnreachableError) -> None:
        """Show that the service is silent."""
        self._progress.update(self._task, description=f"{error}; waiting for it", total=None)
