"""What a person sees while a comparison is measured: one living line, or one line for each look."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.progress import Progress

from amun_client.comparison.sentence import interval_text, ratio_text
from amun_client.console import Console
from amun_client.errors import ServerUnreachableError
from amun_client.progress import living_line
from amun_client.quantities import between, time_span
from amun_client.waiting import Watcher
from amun_core.comparison import ComparisonState
from amun_core.condition import Condition

#: Where nothing changes, a line tells so often that the wait goes on.
REMINDER_SECONDS = 30.0

Document = dict[str, Any]

MEANINGS = {
    ComparisonState.ACCEPTED: "waits for a builder",
    ComparisonState.PREPARING: "both stacks are built",
    ComparisonState.MEASURING: "blocks of fresh runs in random order",
    ComparisonState.SUCCEEDED: "measured",
    ComparisonState.FAILED: "an arm ended badly",
    ComparisonState.CRASHED: "a fault of ours",
    ComparisonState.CANCELLED: "cancelled",
}


def ended(comparison: Document) -> bool:
    """True where nothing will change any more."""
    return ComparisonState(comparison["state"]) in {
        ComparisonState.SUCCEEDED,
        ComparisonState.FAILED,
        ComparisonState.CRASHED,
        ComparisonState.CANCELLED,
    }


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """The watcher that suits the console."""
    if not console.lively:
        yield Lines(console)
        return
    with living_line(console) as progress:
        yield Living(progress)


def words(comparison: Document, now: datetime | None = None) -> str:
    """`measuring: 12/120 blocks  1.021 [1.002, 1.041] slower  ETA 12 min 3 s`."""
    state = ComparisonState(comparison["state"])
    if state is not ComparisonState.MEASURING:
        return f"{state}: {MEANINGS[state]}"
    parts = [f"{state}: {counted_blocks(comparison)}/{comparison['maximum_blocks']} blocks"]
    if comparison.get("condition") == Condition.QUIET and comparison.get("shared_blocks"):
        parts.append(f"{comparison['shared_blocks']} not quiet")
    if begins_when_quiet(comparison):
        bound = time_span(comparison["wait_quiet_seconds"])
        parts.append(f"only blocks of a quiet host count; waits {bound} at most for one")
    if comparison["ratio"] is not None:
        interval = interval_text(comparison["low"], comparison["high"])
        parts.append(f"{ratio_text(comparison['ratio'])} {interval}")
    if direction := leaning(comparison):
        parts.append(direction)
    if (left := seconds_left(comparison, now)) is not None:
        parts.append(f"ETA {time_span(left)}")
    return "  ".join(parts)


def counted_blocks(comparison: Document) -> int:
    """Blocks that have a say."""
    found: Any = comparison.get("counted_blocks", comparison["blocks"])
    return int(found)


def begins_when_quiet(comparison: Document) -> bool:
    """Whether no block has a say yet, and only those of a quiet host will."""
    return comparison.get("condition") == Condition.QUIET and not counted_blocks(comparison)


def leaning(comparison: Document) -> str | None:
    """The direction that the interval excludes 1 in, before there is a verdict."""
    low, high = comparison["low"], comparison["high"]
    if low is None or high is None:
        return None
    return "slower" if low > 1 else "faster" if high < 1 else None


def seconds_left(comparison: Document, now: datetime | None = None) -> float | None:
    """How long it may take still, judged by the blocks so far; None before there are any."""
    done, most = counted_blocks(comparison), int(comparison["maximum_blocks"])
    if not done or not comparison["started_at"]:
        return None
    until = (now or datetime.now(UTC)).isoformat()
    spent = between(comparison["started_at"], until) or 0.0
    goal = min(int(comparison["blocks_to_decide"] or most), most)
    return max(0.0, spent / done * (goal - done))


class Lines:
    """One line for each state and each look, for logs and CI."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._begun = self._told_at = clock()
        self._last: object = None

    def seen(self, document: Document, /) -> None:
        """Tell a change of state or a new look, or after a while that the wait goes on."""
        self._tell((document["state"], len(document["looks"])), words(document))

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
        """Show the state in words and the blocks as a bar."""
        measuring = document["state"] == ComparisonState.MEASURING
        self._progress.update(
            self._task,
            description=words(document),
            total=document["maximum_blocks"] if measuring else None,
            completed=document["blocks"],
        )

    def unreachable(self, error: ServerUnreachableError) -> None:
        """Show that the service is silent."""
        self._progress.update(self._task, description=f"{error}; waiting for it", total=None)
