"""What a person sees while an index is read and a space is compiled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.progress import Progress

from amun_client.console import Console
from amun_client.progress import REMINDER_SECONDS, living_line
from amun_client.quantities import time_span
from amun_client.stack.process import Watcher

Document = Mapping[str, Any]


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """The watcher that suits the console."""
    if not console.lively:
        yield Lines(console)
        return
    with living_line(console) as progress:
        yield Living(progress)


def words(progress: Document) -> str:
    """`reading the index: 7 packages, 218 versions, 228 requests`."""
    figures = ", ".join(
        f"{value} {name}" for name, value in progress.items() if name not in {"event", "stage"}
    )
    return f"{progress['stage']}: {figures}" if figures else str(progress["stage"])


class Lines:
    """One line for each stage, and for a long one from time to time; for logs and CI."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._begun = self._told_at = clock()
        self._stage: str | None = None

    def seen(self, progress: Document) -> None:
        """Tell a new stage, or after a while how far it is."""
        now = self._clock()
        stage = progress["stage"]
        if stage == self._stage and now - self._told_at < REMINDER_SECONDS:
            return
        text = words(progress) if stage == self._stage else stage
        self._stage, self._told_at = stage, now
        self._console.story(f"{time_span(now - self._begun):>8}  {text}")


class Living:
    """One line that is rewritten, for terminals."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None, count="")

    def seen(self, progress: Document) -> None:
        """Show the stage and its figures."""
        self._progress.update(self._task, description=words(progress))
