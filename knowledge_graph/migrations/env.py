"""Alembic's entry: runs the migrations on the connection that knowledge_graph/database.py holds."""

from __future__ import annotations

from alembic import context

from knowledge_graph import models

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=models.Inspection.metadata,
    # The caller's transaction is the only one: a migration happens whole or not at all.
    transactional_ddl=True,
    transaction_per_migration=False,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
