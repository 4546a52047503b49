"""The gate: whether a comparison keeps to the policies of `--fail-on`, and the exit code.

A policy tests the near end of the interval, never the estimate: `slower:3%` is broken where the
whole interval lies above 1.03, kept where the whole of it lies at or below, and open between. The
ratio is time B / time A; shares of "faster" count the other way round (A / B), so that exchanging
A and B exchanges the two words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Self, get_args

from amun_client.exit_codes import ExitCode
from amun_core.comparison import ComparisonKind, ComparisonState

Document = Mapping[str, Any]
Word = Literal["slower", "faster", "different"]


_BY_STATE = {
    ComparisonState.FAILED: ExitCode.FAILED,
    ComparisonState.CRASHED: ExitCode.FAILED,
    ComparisonState.CANCELLED: ExitCode.NOTHING,
}


class Outcome(StrEnum):
    """What a comparison says of a policy."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Policy:
    """`word:share` of --fail-on; `share` None is the comparison's band."""

    word: Word
    share: float | None = None

    @classmethod
    def of(cls, word: str, share: float | None) -> Self:
        """The policy. Raises ValueError for a word that is none."""
        for known in get_args(Word):
            if word == known:
                return cls(known, share)
        raise ValueError(word)

    def limit(self, band: float) -> float:
        """The ratio that the policy allows: of time B / time A, for "faster" of A / B."""
        return 1 + (band if self.share is None else self.share)

    def text(self, band: float) -> str:
        """`slower:3%`."""
        share = band if self.share is None else self.share
        return f"{self.word}:{100 * share:.4g}%"

    def judge(self, low: float | None, high: float | None, band: float) -> Outcome:
        """Broken only where the whole interval is beyond the limit, kept only where none of it is."""
        if low is None or high is None:
            return Outcome.OPEN
        limit = self.limit(band)
        above = _beyond(low, high, limit)
        below = _beyond(1 / high, 1 / low, limit)
        if self.word == "slower":
            return above
        if self.word == "faster":
            return below
        if Outcome.BROKEN in (above, below):
            return Outcome.BROKEN
        return Outcome.OPEN if Outcome.OPEN in (above, below) else Outcome.KEPT


def _beyond(near: float, far: float, limit: float) -> Outcome:
    if near > limit:
        return Outcome.BROKEN
    return Outcome.KEPT if far <= limit else Outcome.OPEN


def judged(comparison: Document, policies: Sequence[Policy]) -> list[tuple[str, Outcome]]:
    """Each policy as text with its outcome."""
    band = float(comparison["band"])
    return [
        (policy.text(band), policy.judge(comparison["low"], comparison["high"], band))
        for policy in policies
    ]


def exit_code(
    comparison: Document, policies: Sequence[Policy] = (), *, inconclusive_passes: bool = False
) -> ExitCode:
    """How a command that waited for this comparison ends."""
    state = ComparisonState(comparison["state"])
    if state is not ComparisonState.SUCCEEDED:
        # what goes on still has measured nothing that a policy could be held against
        return _BY_STATE.get(state, ExitCode.NOTHING)
    if comparison["kind"] == ComparisonKind.CALIBRATION:
        return ExitCode.DONE
    if comparison["verdict"] == "not_comparable":
        return ExitCode.NOT_COMPARABLE
    if comparison["ratio"] is None:
        return ExitCode.NOTHING
    outcomes = {outcome for _, outcome in judged(comparison, policies)}
    if Outcome.BROKEN in outcomes:
        return ExitCode.FAILED
    if Outcome.OPEN in outcomes and not inconclusive_passes:
        return ExitCode.INCONCLUSIVE
    return ExitCode.DONE
