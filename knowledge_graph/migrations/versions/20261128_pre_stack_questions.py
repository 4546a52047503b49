"""Questions about the space of stacks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# byte order on every database, so that a prefix is a range of the index
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stack_questions",
        sa.Column("sequence", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("suffix", KEY, nullable=False),
        sa.Column("idempotency_key", KEY, nullable=True),
        sa.Column("request_hash", KEY, nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("snapshot", KEY, nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_stack_questions")),
        sa.UniqueConstraint("id", name=op.f("uq_stack_questions_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_stack_questions_idempotency_key")),
    )
    op.create_index(op.f("ix_stack_questions_suffix"), "stack_questions", ["suffix"], unique=False)
    op.create_index(
        "ix_stack_questions_request_hash",
        "stack_questions",
        ["request_hash", "sequence"],
        unique=False,
    )
    op.create_index(
        "ix_stack_questions_open",
        "stack_questions",
        ["sequence"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
