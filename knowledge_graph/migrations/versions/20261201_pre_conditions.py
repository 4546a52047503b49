"""The condition that a comparison was asked for; those of before took every block."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column(
        "comparisons", sa.Column("condition", KEY, server_default="any", nullable=False)
    )
    op.add_column(
        "comparisons",
        sa.Column("wait_quiet_seconds", sa.Integer(), server_default="0", nullable=False),
    )
