"""What a person sees while a sweep goes its way: one living line, or one line for each change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import Progress

from amun_client.console import Console
from amun_client.errors import ServerUnreachableError
from amun_client.progress import REMINDER_SECONDS, living_line
from amun_client.quantities import time_span
from amun_client.waiting import Watcher
from amun_core.sweep import SweepState

Document = dict[str, Any]


def ended(sweep: Document) -> bool:
    """True where nothing will change any more."""
    return SweepState(sweep["state"]).over


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """The watcher that suits the console."""
    if not console.lively:
        yield Lines(console)
        return
    with living_line(console) as progress:
        yield Living(progress)


def words(sweep: Document) -> str:
    """`measuring: 37/180 runs of 30 stacks  about 12 min 3 s left`."""
    runs = sweep["runs"]
    text = f"{sweep['state']}: {runs['accepted']}/{runs['requested']} runs of {sweep['members']} stacks"
    if bad := sum(sweep["states"].get(state, 0) for state in ("failed", "crashed")):
        text += f", {bad} of them failed"
    if (left := sweep["seconds_left"]) and not ended(sweep):
        text += f"  about {time_span(left)} left"
    return text


class Lines:
    """One line for each state, each wave and each failure, and from time to time; for logs and CI."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._begun = self._told_at = clock()
        self._last: object = None

    def seen(self, document: Document, /) -> None:
        """Tell a change, or after a while how far it is."""
        states = document["states"]
        bad = states.get("failed", 0) + states.get("crashed", 0)
        self._tell((document["state"], document["wave"], bad), words(document))

    def unreachable(self, error: ServerUnreachableError) -> None:
        """Tell once that the service is silent."""
        self._tell("unreachable", f"{error}; waiting for it")

    def _tell(self, key: object, text: str) -> None:
        now = self._clock()
        if key == self._last and now - self._told_at < REMINDER_SECONDS:
            return
        self._last, self._told_at = key, now
        self._console.story(f"{time_span(now - self._begun):>8}  {text}")


class Living:
    """One line that is rewritten, for terminals."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("waiting", total=None, count="")

    def seen(self, document: Document, /) -> None:
        """Show the state in words and the runs as a bar."""
        runs = document["runs"]
        self._progress.update(
            self._task,
            description=words(document),
            total=runs["requested"] or None,
            completed=runs["accepted"],
        )

    def unreachable(self, error: ServerUnreachableError) -> None:
        """Show that the service is silent."""
        self._progress.update(self._task, description=f"{error}; waiting for it", total=None)
