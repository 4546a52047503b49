"""Which host cannot build which inspection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# byte order on every database, so that a prefix is a range of the index
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "refusals",
        sa.Column("host_id", KEY, nullable=False),
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("hostname", sa.Text(), nullable=False),
        sa.Column("failure", sa.JSON(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
            name=op.f("fk_refusals_inspection_id"),
        ),
        sa.PrimaryKeyConstraint("host_id", "inspection_id", name=op.f("pk_refusals")),
    )
    op.create_index(op.f("ix_refusals_inspection_id"), "refusals", ["inspection_id"], unique=False)
