"""Sweeps with their members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# byte order on every database, so that a prefix is a range of the index
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("inspections", sa.Column("sweep_id", KEY, nullable=True))
    op.create_index(op.f("ix_inspections_sweep_id"), "inspections", ["sweep_id"], unique=False)
    op.create_table(
        "sweeps",
        sa.Column("sequence", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("suffix", KEY, nullable=False),
        sa.Column("identifier", sa.Text(), nullable=True),
        sa.Column("idempotency_key", KEY, nullable=True),
        sa.Column("request_hash", KEY, nullable=False),
        sa.Column("indicator", KEY, nullable=True),
        sa.Column("framework", KEY, nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("in_flight", sa.Integer(), nullable=False),
        sa.Column("waves", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("band", sa.Double(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.Column("wish", KEY, nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("origin", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("host_id", KEY, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_sweeps")),
        sa.UniqueConstraint("id", name=op.f("uq_sweeps_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_sweeps_idempotency_key")),
    )
    op.create_index(op.f("ix_sweeps_suffix"), "sweeps", ["suffix"], unique=False)
    op.create_table(
        "sweep_members",
        sa.Column("sweep_id", KEY, nullable=False),
        sa.Column("member_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=True),
        sa.Column("lock_digest", KEY, nullable=False),
        sa.Column("pins", sa.JSON(), nullable=False),
        sa.Column("inspection_id", KEY, nullable=True),
        sa.Column("known_inspection_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["sweep_id"], ["sweeps.id"], name=op.f("fk_sweep_members_sweep_id")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_sweep_members_inspection_id")
        ),
        sa.ForeignKeyConstraint(
            ["known_inspection_id"],
            ["inspections.id"],
            name=op.f("fk_sweep_members_known_inspection_id"),
        ),
        sa.PrimaryKeyConstraint("sweep_id", "member_index", name=op.f("pk_sweep_members")),
    )
    op.create_index(
        op.f("ix_sweep_members_inspection_id"), "sweep_members", ["inspection_id"], unique=False
    )
