"""Comparisons with their blocks, and calibrations of hosts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# byte order on every database, so that a prefix is a range of the index
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("inspections", sa.Column("comparison_id", KEY, nullable=True))
    op.add_column("inspections", sa.Column("arm", KEY, nullable=True))
    op.add_column(
        "inspections",
        sa.Column("build_variant", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_index(
        op.f("ix_inspections_comparison_id"), "inspections", ["comparison_id"], unique=False
    )
    op.create_table(
        "comparisons",
        sa.Column("sequence", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("suffix", KEY, nullable=False),
        sa.Column("identifier", sa.Text(), nullable=True),
        sa.Column("idempotency_key", KEY, nullable=True),
        sa.Column("request_hash", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("design", KEY, nullable=False),
        sa.Column("band", sa.Double(), nullable=False),
        sa.Column("maximum_blocks", sa.Integer(), nullable=False),
        sa.Column("maximum_seconds", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("a_name", sa.Text(), nullable=False),
        sa.Column("a_inspection_id", KEY, nullable=False),
        sa.Column("b_name", sa.Text(), nullable=False),
        sa.Column("b_inspection_id", KEY, nullable=False),
        sa.Column("host_id", KEY, nullable=True),
        sa.Column("ended_because", KEY, nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["a_inspection_id"], ["inspections.id"], name=op.f("fk_comparisons_a_inspection_id")
        ),
        sa.ForeignKeyConstraint(
            ["b_inspection_id"], ["inspections.id"], name=op.f("fk_comparisons_b_inspection_id")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_comparisons")),
        sa.UniqueConstraint("id", name=op.f("uq_comparisons_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_comparisons_idempotency_key")),
    )
    for column in ("suffix", "a_inspection_id", "b_inspection_id"):
        op.create_index(op.f(f"ix_comparisons_{column}"), "comparisons", [column], unique=False)
    op.create_table(
        "comparison_blocks",
        sa.Column("comparison_id", KEY, nullable=False),
        sa.Column("block_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_order", KEY, nullable=False),
        sa.Column("a_runs", sa.JSON(), nullable=False),
        sa.Column("b_runs", sa.JSON(), nullable=False),
        sa.Column("a_seconds", sa.JSON(), nullable=False),
        sa.Column("b_seconds", sa.JSON(), nullable=False),
        sa.Column("log_ratio", sa.Double(), nullable=False),
        sa.Column("disturbed", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparisons.id"], name=op.f("fk_comparison_blocks_comparison_id")
        ),
        sa.PrimaryKeyConstraint(
            "comparison_id", "block_index", name=op.f("pk_comparison_blocks")
        ),
    )
    op.create_table(
        "calibrations",
        sa.Column("comparison_id", KEY, nullable=False),
        sa.Column("host_id", KEY, nullable=False),
        sa.Column("indicator", KEY, nullable=False),
        sa.Column("framework", KEY, nullable=False),
        sa.Column("least_detectable_effect", sa.Double(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("measured_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparisons.id"], name=op.f("fk_calibrations_comparison_id")
        ),
        sa.ForeignKeyConstraint(
            ["host_id"], ["hosts.id"], name=op.f("fk_calibrations_host_id")
        ),
        sa.PrimaryKeyConstraint("comparison_id", name=op.f("pk_calibrations")),
    )
    op.create_index(
        op.f("ix_calibrations_host_id_measured_at"),
        "calibrations",
        ["host_id", "measured_at"],
        unique=False,
    )
