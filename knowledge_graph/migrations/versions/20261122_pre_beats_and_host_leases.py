"""Signs of life of the service's processes, and the measuring lease of a host."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# byte order on every database, so that a prefix is a range of the index
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "host_leases",
        sa.Column("host_id", KEY, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("host_id", name=op.f("pk_host_leases")),
    )
    op.create_table(
        "service_beats",
        sa.Column("name", KEY, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_beats")),
    )
