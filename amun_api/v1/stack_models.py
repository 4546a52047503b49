"""The documents of questions about stacks, for OpenAPI and for the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from amun_api.documentation import answered, links
from amun_api.v1.models import Document
from amun_core.stack_question import QuestionState
from amun_core.stack_request import StackVerb


class AcceptedQuestion(Document):
    """A question was stored, or one like it was there."""

    model_config = answered(
        "The question is stored; look at it until it is over.",
        headers={
            "Location": "Where the question is.",
            "Idempotency-Replayed": "true where it had been asked before.",
        },
        links=links(["show_question"], question_id="$response.body#/id"),
    )

    schema_: Literal["amun.stack-question/1"] = Field(alias="schema")
    id: str
    state: QuestionState
    url: str
    replayed: bool = Field(
        description="the same question is open, or was answered in the last ten minutes"
    )


class QuestionProblem(Document):
    """Why there is no answer."""

    code: str
    message: str
    hint: str | None
    faults: list[dict[str, Any]]
    warnings: list[str] = Field([], description="remarks on the input, which may be the reason")


class ShownQuestion(Document):
    """One question of a list."""

    id: str
    verb: StackVerb
    state: QuestionState
    snapshot: str | None = Field(description="digest of the index that the answer is for")
    created_at: datetime
    ended_at: datetime | None


class QuestionList(Document):
    """Questions, newest first."""

    model_config = answered(
        "Questions, newest first, without their answers.",
        headers={"Link": 'The next page, rel="next".'},
    )

    schema_: Literal["amun.stack-questions/1"] = Field(alias="schema")
    questions: list[ShownQuestion]
    next_cursor: str | None


class Question(ShownQuestion):
    """A question with its answer, or how far it is."""

    model_config = answered(
        "The question, and its answer once it is there.",
        headers={"Retry-After": "Seconds to wait before the next look, while it is not over."},
    )

    schema_: Literal["amun.stack-question/1"] = Field(alias="schema")
    request: dict[str, Any]
    progress: dict[str, Any] | None = Field(description="stage and figures; null before it begins")
    answer: dict[str, Any] | None = Field(
        description="an amun.stack-VERB/1, as `amun stack VERB --json` prints it"
    )
    error: QuestionProblem | None
