"""The graph's nodes, inspections, attempts, runs and samples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# byte order on every database, so that a prefix is a range of the index
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "base_images",
        sa.Column("digest", KEY, nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("operating_system", sa.JSON(), nullable=False),
        sa.Column("python_version", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_base_images")),
    )
    op.create_table(
        "hosts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("hostname", sa.Text(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("first_seen_at", sa.Double(), nullable=False),
        sa.Column("last_seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosts")),
    )
    op.create_index(op.f("ix_hosts_hostname"), "hosts", ["hostname"], unique=False)
    op.create_table(
        "indicators",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("framework", KEY, nullable=False),
        sa.Column("version", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("first_seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators")),
        sa.UniqueConstraint(
            "name",
            "framework",
            "version",
            "digest",
            name=op.f("uq_indicators_name_framework_version_digest"),
        ),
    )
    op.create_table(
        "packages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
        sa.UniqueConstraint("name", name=op.f("uq_packages_name")),
    )
    op.create_table(
        "software_stacks",
        sa.Column("digest", KEY, nullable=False),
        sa.Column("package_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_software_stacks")),
    )
    op.create_table(
        "package_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"], ["packages.id"], name=op.f("fk_package_versions_package_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_versions")),
        sa.UniqueConstraint(
            "package_id", "version", name=op.f("uq_package_versions_package_id_version")
        ),
    )
    op.create_table(
        "runtime_environments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("engine", KEY, nullable=False),
        sa.Column("mode", KEY, nullable=False),
        sa.Column("stack_digest", KEY, nullable=False),
        sa.Column("base_digest", KEY, nullable=False),
        sa.Column("python_version", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_digest"],
            ["base_images.digest"],
            name=op.f("fk_runtime_environments_base_digest"),
        ),
        sa.ForeignKeyConstraint(
            ["stack_digest"],
            ["software_stacks.digest"],
            name=op.f("fk_runtime_environments_stack_digest"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runtime_environments")),
        sa.UniqueConstraint(
            "key", "digest", "engine", name=op.f("uq_runtime_environments_key_digest_engine")
        ),
    )
    op.create_index(
        op.f("ix_runtime_environments_base_digest"),
        "runtime_environments",
        ["base_digest"],
        unique=False,
    )
    op.create_index(
        op.f("ix_runtime_environments_stack_digest"),
        "runtime_environments",
        ["stack_digest"],
        unique=False,
    )
    op.create_table(
        "artifacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_version_id", sa.Integer(), nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["package_version_id"],
            ["package_versions.id"],
            name=op.f("fk_artifacts_package_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
        sa.UniqueConstraint(
            "package_version_id", "hash", name=op.f("uq_artifacts_package_version_id_hash")
        ),
    )
    op.create_index(op.f("ix_artifacts_hash"), "artifacts", ["hash"], unique=False)
    op.create_table(
        "inspections",
        sa.Column("sequence", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("suffix", KEY, nullable=False),
        sa.Column("identifier", sa.Text(), nullable=True),
        sa.Column("surface", KEY, nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column(
            "cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("specification", sa.Text(), nullable=False),
        sa.Column("specification_hash", KEY, nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("indicator", KEY, nullable=True),
        sa.Column("framework", KEY, nullable=True),
        sa.Column("engine_requested", KEY, nullable=False),
        sa.Column("engine", KEY, nullable=True),
        sa.Column("engine_why", sa.Text(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("lock_digest", KEY, nullable=True),
        sa.Column("stack_digest", KEY, nullable=True),
        sa.Column("environment_id", sa.Integer(), nullable=True),
        sa.Column("host_id", KEY, nullable=True),
        sa.Column("failure_reason", KEY, nullable=True),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("log_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("announced_at", sa.Double(), nullable=False),
        sa.Column("build_started_at", sa.Double(), nullable=True),
        sa.Column("build_ended_at", sa.Double(), nullable=True),
        sa.Column("run_started_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["runtime_environments.id"],
            name=op.f("fk_inspections_environment_id"),
        ),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_inspections_host_id")),
        sa.ForeignKeyConstraint(
            ["stack_digest"], ["software_stacks.digest"], name=op.f("fk_inspections_stack_digest")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_inspections")),
        sa.UniqueConstraint("id", name=op.f("uq_inspections_id")),
    )
    op.create_index(
        op.f("ix_inspections_failure_reason"), "inspections", ["failure_reason"], unique=False
    )
    op.create_index(op.f("ix_inspections_host_id"), "inspections", ["host_id"], unique=False)
    op.create_index(
        "ix_inspections_indicator", "inspections", ["indicator", "framework"], unique=False
    )
    op.create_index(
        "ix_inspections_lease_until",
        "inspections",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("lease_until IS NOT NULL"),
        sqlite_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_inspections_lock_digest"), "inspections", ["lock_digest"], unique=False
    )
    op.create_index(
        op.f("ix_inspections_specification_hash"),
        "inspections",
        ["specification_hash"],
        unique=False,
    )
    op.create_index(
        op.f("ix_inspections_stack_digest"), "inspections", ["stack_digest"], unique=False
    )
    op.create_index(
        "ix_inspections_state_sequence", "inspections", ["state", "sequence"], unique=False
    )
    op.create_index(op.f("ix_inspections_suffix"), "inspections", ["suffix"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("host_id", KEY, nullable=True),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("outcome", KEY, nullable=True),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("environment_id", sa.Integer(), nullable=True),
        sa.Column("build_seconds", sa.Double(), nullable=True),
        sa.Column("reused", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["runtime_environments.id"], name=op.f("fk_attempts_environment_id")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_attempts_inspection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(
        op.f("ix_attempts_inspection_id_fence"), "attempts", ["inspection_id", "fence"], unique=True
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("key", KEY, nullable=False),
        sa.Column("specification_hash", KEY, nullable=False),
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_idempotency_keys_inspection_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "inspection_events",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("state_from", KEY, nullable=True),
        sa.Column("state_to", KEY, nullable=False),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_inspection_events_inspection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_events")),
    )
    op.create_index(
        op.f("ix_inspection_events_inspection_id"),
        "inspection_events",
        ["inspection_id"],
        unique=False,
    )
    op.create_table(
        "labels",
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_labels_inspection_id")
        ),
        sa.PrimaryKeyConstraint("inspection_id", "key", name=op.f("pk_labels")),
    )
    op.create_index(op.f("ix_labels_key_value"), "labels", ["key", "value"], unique=False)
    op.create_table(
        "log_chunks",
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_log_chunks_inspection_id")
        ),
        sa.PrimaryKeyConstraint("inspection_id", "position", name=op.f("pk_log_chunks")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_outbox_inspection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_inspection_id"), "outbox", ["inspection_id"], unique=False)
    op.create_table(
        "stack_members",
        sa.Column("stack_digest", KEY, nullable=False),
        sa.Column("package_version_id", sa.Integer(), nullable=False),
        sa.Column("artifact_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["artifact_id"], ["artifacts.id"], name=op.f("fk_stack_members_artifact_id")
        ),
        sa.ForeignKeyConstraint(
            ["package_version_id"],
            ["package_versions.id"],
            name=op.f("fk_stack_members_package_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["stack_digest"], ["software_stacks.digest"], name=op.f("fk_stack_members_stack_digest")
        ),
        sa.PrimaryKeyConstraint(
            "stack_digest", "package_version_id", name=op.f("pk_stack_members")
        ),
    )
    op.create_index(
        op.f("ix_stack_members_package_version_id"),
        "stack_members",
        ["package_version_id"],
        unique=False,
    )
    op.create_table(
        "runs",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("attempt_id", NUMBER, nullable=False),
        sa.Column("run_index", sa.Integer(), nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("indicator", KEY, nullable=True),
        sa.Column("framework", KEY, nullable=True),
        sa.Column("framework_version", KEY, nullable=True),
        sa.Column("parameters_digest", KEY, nullable=False),
        sa.Column("stack_digest", KEY, nullable=True),
        sa.Column("environment_id", sa.Integer(), nullable=True),
        sa.Column("host_id", KEY, nullable=True),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("wall_seconds", sa.Double(), nullable=False),
        sa.Column("peak_rss_bytes", sa.BigInteger(), nullable=True),
        sa.Column("rate_gflops", sa.Double(), nullable=True),
        sa.Column("elapsed_seconds", sa.Double(), nullable=True),
        sa.Column("first_sample_at", sa.Double(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("stdout", sa.Text(), nullable=False),
        sa.Column("stderr", sa.Text(), nullable=False),
        sa.Column("disturbed", sa.JSON(), nullable=False),
        sa.Column("failure_reason", KEY, nullable=True),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_runs_attempt_id")),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["runtime_environments.id"], name=op.f("fk_runs_environment_id")
        ),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_runs_host_id")),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_runs_inspection_id")
        ),
        sa.ForeignKeyConstraint(
            ["stack_digest"], ["software_stacks.digest"], name=op.f("fk_runs_stack_digest")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_attempt_id"), "runs", ["attempt_id"], unique=False)
    op.create_index("ix_runs_inspection_id", "runs", ["inspection_id"], unique=False)
    op.create_index(
        "ix_runs_result_key",
        "runs",
        [
            "indicator",
            "framework",
            "parameters_digest",
            "stack_digest",
            "environment_id",
            "host_id",
        ],
        unique=False,
    )
    op.create_index("ix_runs_stack_digest", "runs", ["stack_digest"], unique=False)
    op.create_index(
        "uq_runs_accepted",
        "runs",
        ["inspection_id", "run_index"],
        unique=True,
        postgresql_where=sa.text("accepted"),
        sqlite_where=sa.text("accepted"),
    )
    op.create_table(
        "samples",
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("warmups", sa.Integer(), nullable=False),
        sa.Column("flops_per_iteration", sa.Double(), nullable=True),
        sa.Column("seconds", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_samples_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_samples")),
    )
