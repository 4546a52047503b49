"""Parameters of questions about stacks."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from amun_api.parameters import Absent, PathParameters, QueryParameters, Text, WholeNumber
from amun_api.v1.parameters import DEFAULT_PAGE, MAXIMUM_PAGE
from amun_core.errors import NotFoundError

_IDENTITY = re.compile(r"[A-Za-z0-9-]{6,128}")


def _identity(text: str) -> str:
    """What cannot be an id is not looked up."""
    if _IDENTITY.fullmatch(text):
        return text
    raise NotFoundError(
        "question",
        text,
        hint="GET /api/v1/stacks/questions lists them; a prefix needs 6 characters or more",
    )


class QuestionPath(PathParameters):
    """Which question."""

    question_id: Annotated[str, AfterValidator(_identity)] = Field(
        description="The question's id, or a prefix of it (or of its last eight characters) that "
        "only it has, of 6 characters or more.",
        json_schema_extra={"pattern": f"^{_IDENTITY.pattern}$"},
    )


class QuestionQuery(QueryParameters):
    """Which questions to list."""

    limit: Annotated[int, WholeNumber(1, MAXIMUM_PAGE)] = Field(
        DEFAULT_PAGE, description="At most so many."
    )
    cursor: Text | Absent = Field(
        None, description="Where to go on: next_cursor of the page before."
    )
