"""Reads of questions about stacks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from amun_core.stack_question import QuestionState
from knowledge_graph.filters import decode_cursor, encode_cursor
from knowledge_graph.prefixes import by_prefix
from knowledge_graph.reader import Reader
from knowledge_graph.stack_records import QuestionPage, QuestionView
from knowledge_graph.stack_tables import stack_questions

_T = stack_questions.c
_SHORT = [column for column in _T if column.name != "answer"]


class StackQueries(Reader):
    """Looks at questions."""

    def question(self, identity: str) -> QuestionView:
        """One question by id or a unique prefix of it.

        NotFoundError; an ambiguous prefix raises InvalidInputError that lists the candidates.
        """
        statement = select(stack_questions)
        with self._reading() as connection:
            row = connection.execute(statement.where(_T.id == identity)).first()
            if row is None:
                full = by_prefix(connection, stack_questions, "question", identity)
                row = connection.execute(statement.where(_T.id == full)).one()
        return _view(row, row.answer)

    def question_page(self, *, cursor: str | None = None, limit: int = 50) -> QuestionPage:
        """Newest first, without answers."""
        statement = select(*_SHORT)
        if cursor is not None:
            statement = statement.where(_T.sequence < decode_cursor(cursor))
        with self._reading() as connection:
            rows = connection.execute(statement.order_by(_T.sequence.desc()).limit(limit + 1)).all()
        views = tuple(_view(row, None) for row in rows[:limit])
        return QuestionPage(views, encode_cursor(views[-1].sequence) if len(rows) > limit else None)


def _view(row: Row[Any], answer: dict[str, Any] | None) -> QuestionView:
    return QuestionView(
        sequence=row.sequence,
        question_id=row.id,
        state=QuestionState(row.state),
        request=row.request,
        progress=row.progress,
        snapshot=row.snapshot,
        answer=answer,
        error=row.error,
        created_at=row.created_at,
        updated_at=row.updated_at,
        ended_at=row.ended_at,
    )
