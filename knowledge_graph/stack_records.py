"""Questions about stacks as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amun_core.stack_question import QuestionState


@dataclass(frozen=True, slots=True)
class QuestionClaim:
    """The right to answer one question, until the lease ends."""

    question_id: str
    fence: int
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question as it is shown; of a list without answer."""

    sequence: int
    question_id: str
    state: QuestionState
    request: Mapping[str, Any]
    progress: Mapping[str, Any] | None
    snapshot: str | None
    answer: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """A page of questions, newest first, and the cursor of the next page (None at the end)."""

    questions: Sequence[QuestionView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class CreatedQuestion:
    """A question that is stored; `replayed`: it was before."""

    question_id: str
    replayed: bool = False
