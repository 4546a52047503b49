"""What a person sees while a suite is measured: which case of how many, and how long it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console as RichConsole
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from amun_client.console import Console
from amun_client.errors import ServerUnreachableError
from amun_client.progress import DRAWS_PER_SECOND, REMINDER_SECONDS, count
from amun_client.quantities import time_span

Document = dict[str, Any]


class Eta:
    """How long it goes on: the predictions of what is left, at the pace of what is done."""

    def __init__(self, predicted: dict[int, float], clock: Callable[[], float]) -> None:
        self._left = dict(predicted)
        self._clock = clock
        self._begun = 0.0
        self._done_predicted = self._done_spent = 0.0

    def begin(self) -> None:
        """A case is begun."""
        self._begun = self._clock()

    def end(self, case: int) -> None:
        """A case is done."""
        self._done_predicted += self._left.pop(case, 0.0)
        self._done_spent += self._clock() - self._begun

    @property
    def seconds(self) -> float | None:
        """What is left; None where nothing was predicted."""
        if not self._left:
            return None
        known = self._done_predicted > 0
        return sum(self._left.values()) * (
            self._done_spent / self._done_predicted if known else 1.0
        )


class SuiteProgress:
    """Tells of one case after the other: a line for each, and on a terminal one that lives."""

    def __init__(
        self,
        console: Console,
        living: Progress | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._living = living
        self._task = living.add_task("", total=None) if living else None
        self._clock = clock
        self._begun = self._told_at = clock()
        self._head = ""
        self._silent = False

    def begin(self, head: str, eta_seconds: float | None = None) -> None:
        """What is measured now, `case 3/13  5124x700x2048-NN`."""
        self._head = head + _eta(eta_seconds)
        self._silent = False
        self._show(self._head)
        self._told_at = self._clock()

    def end(self, text: str, eta_seconds: float | None = None) -> None:
        """What came of it."""
        begun = time_span(self._clock() - self._begun)
        self._console.story(f"{begun:>12}  {text}{_eta(eta_seconds)}")

    def seen(self, inspection: Document) -> None:
        """Its inspection as it is now."""
        self._silent = False
        self._show(f"{self._head}  {inspection['state']} {count(inspection)}")
        self._remind(f"{self._head}  {inspection['state']} {count(inspection)}")

    def unreachable(self, error: ServerUnreachableError) -> None:
        """The service is silent: tell it once."""
        self._show(f"{error}; waiting for it")
        if not self._silent and self._living is None:
            self.end(f"{error}; waiting for it")
        self._silent = True

    def _show(self, text: str) -> None:
        if self._living is not None and self._task is not None:
            self._living.update(self._task, description=text)

    def _remind(self, text: str) -> None:
        if self._living is None and self._clock() - self._told_at >= REMINDER_SECONDS:
            self._told_at = self._clock()
            self.end(text)


def _eta(seconds: float | None) -> str:
    return "" if seconds is None else f"  ETA {time_span(seconds)}"


@contextmanager
def telling(console: Console) -> Iterator[SuiteProgress]:
    """The progress that suits the console."""
    if not console.lively:
        yield SuiteProgress(console, None)
        return
    rich_console = RichConsole(
        file=console.err, no_color=not console.colours(console.err), highlight=False
    )
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=rich_console,
        transient=True,
        refresh_per_second=DRAWS_PER_SECOND,
    ) as living:
        yield SuiteProgress(console, living)
