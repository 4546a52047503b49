"""Questions about the space of stacks, and what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_graph.column_types import Base, Document, Key, Moment, PlainText, table_of

# SQLite numbers rows by itself only in a column whose type is exactly INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")


class StackQuestion(Base):
    """One question, its lease and fence, and its answer.

    Who works on it is decided here alone: a question that is accepted, or whose lease has ended, is
    taken by raising its fence.
    """

    __tablename__ = "stack_questions"
    __table_args__ = (
        Index("ix_stack_questions_request_hash", "request_hash", "sequence"),
        # what solvers look for: few rows at any time
        Index(
            "ix_stack_questions_open",
            "sequence",
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    sequence: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Key, unique=True)
    suffix: Mapped[str] = mapped_column(Key, index=True)
    idempotency_key: Mapped[str | None] = mapped_column(Key, unique=True)
    request_hash: Mapped[str] = mapped_column(Key)
    request: Mapped[dict[str, Any]] = mapped_column(Document)
    state: Mapped[str] = mapped_column(Key)
    fence: Mapped[int] = mapped_column(Integer, server_default="0")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    lease_owner: Mapped[str | None] = mapped_column(PlainText)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    progress: Mapped[dict[str, Any] | None] = mapped_column(Document)
    snapshot: Mapped[str | None] = mapped_column(Key)
    answer: Mapped[dict[str, Any] | None] = mapped_column(Document)
    error: Mapped[dict[str, Any] | None] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


stack_questions = table_of(StackQuestion)
