"""What becomes of a question about stacks that a service was asked."""

from __future__ import annotations

from enum import StrEnum

STACK_QUESTION_SCHEMA = "amun.stack-question/1"
#: A question that was answered so short a time ago is not worked on again, s: the index is read
#: again no sooner.
FRESH_SECONDS = 600.0


class QuestionState(StrEnum):
    """Where a question is."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CRASHED = "crashed"

    @property
    def over(self) -> bool:
        """True where nothing will change any more."""
        return self in _OVER


_OVER = frozenset({QuestionState.SUCCEEDED, QuestionState.FAILED, QuestionState.CRASHED})

QUESTION_STATE_MEANINGS: dict[QuestionState, str] = {
    QuestionState.ACCEPTED: "stored; no solver works on it yet",
    QuestionState.RUNNING: "a solver reads the index and works on the answer",
    QuestionState.SUCCEEDED: "the answer is there",
    QuestionState.FAILED: "there is no answer, and the error says why",
    QuestionState.CRASHED: "our fault: solver after solver ended without a word",
}
