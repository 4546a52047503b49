"""From what a build or a run said to nodes and edges. Nodes are only ever added."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from knowledge_graph.column_types import database_now, json_text
from knowledge_graph.nodes import (
    artifacts,
    base_images,
    hosts,
    package_versions,
    packages,
    runtime_environments,
    software_stacks,
    stack_members,
)
from knowledge_graph.records import BuiltRecord, StackRecord
from knowledge_graph.writer import insert_new


def add_host(connection: Connection, host_id: str, description: Mapping[str, Any]) -> None:
    """Insert a host, or refresh what is known of it."""
    statement = insert_new(connection, hosts).values(
        id=host_id,
        hostname=str(description.get("hostname") or description.get("name") or host_id),
        description=dict(description),
        first_seen_at=database_now(),
        last_seen_at=database_now(),
    )
    fresh = {name: statement.excluded[name] for name in ("hostname", "description", "last_seen_at")}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=fresh))


def add_stack(connection: Connection, stack: StackRecord) -> None:
    """Insert a stack with its members; a digest that is there is left as it is."""
    added = connection.execute(
        insert_new(connection, software_stacks)
        .values(digest=stack.digest, package_count=len(stack.packages), created_at=database_now())
        .on_conflict_do_nothing()
        .returning(software_stacks.c.digest)
    ).first()
    if added is None or not stack.packages:
        return
    # Sorted: two builders that add the same packages take the row locks in the same order.
    members = sorted(stack.packages, key=lambda member: (member[0], member[1]))
    versions = _add_versions(connection, [(name, version) for name, version, _ in members])
    files = _add_artifacts(
        connection,
        [(versions[name, version], sha) for name, version, sha in members if sha is not None],
    )
    connection.execute(
        insert(stack_members),
        [
            {
                "stack_digest": stack.digest,
                "package_version_id": versions[name, version],
                "artifact_id": None if sha is None else files[versions[name, version], sha],
            }
            for name, version, sha in members
        ],
    )


def _add_versions(
    connection: Connection, wanted: list[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    names = [name for name, _ in wanted]
    connection.execute(
        insert_new(connection, packages).on_conflict_do_nothing(),
        [{"name": name} for name in names],
    )
    rows = connection.execute(
        select(packages.c.name, packages.c.id).where(packages.c.name.in_(names))
    )
    ids: dict[str, int] = {row.name: row.id for row in rows}
    connection.execute(
        insert_new(connection, package_versions).on_conflict_do_nothing(),
        [{"package_id": ids[name], "version": version} for name, version in wanted],
    )
    found = connection.execute(
        select(package_versions.c.id, packages.c.name, package_versions.c.version)
        .join(packages, packages.c.id == package_versions.c.package_id)
        .where(packages.c.name.in_(names))
    )
    return {(row.name, row.version): row.id for row in found}


def _add_artifacts(
    connection: Connection, wanted: list[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    if not wanted:
        return {}
    connection.execute(
        insert_new(connection, artifacts).on_conflict_do_nothing(),
        [{"package_version_id": version_id, "hash": sha} for version_id, sha in wanted],
    )
    found = connection.execute(
        select(artifacts.c.id, artifacts.c.package_version_id, artifacts.c.hash).where(
            artifacts.c.package_version_id.in_([version_id for version_id, _ in wanted])
        )
    )
    return {(row.package_version_id, row.hash): row.id for row in found}


def add_environment(connection: Connection, built: BuiltRecord) -> int:
    """Insert host, stack, base and run-time environment as far as they are new; the environment's id."""
    add_host(connection, built.host_id, built.host)
    add_stack(connection, built.stack)
    connection.execute(
        insert_new(connection, base_images)
        .values(
            digest=built.base_digest,
            reference=built.base_reference,
            operating_system=dict(built.operating_system),
            python_version=built.python_version,
            created_at=database_now(),
        )
        .on_conflict_do_nothing()
    )
    identity = {
        "key": built.environment_key,
        "digest": built.environment_digest,
        "engine": built.engine,
    }
    connection.execute(
        insert_new(connection, runtime_environments)
        .values(
            **identity,
            mode=built.mode,
            stack_digest=built.stack.digest,
            base_digest=built.base_digest,
            python_version=built.python_version,
            created_at=database_now(),
        )
        .on_conflict_do_nothing()
    )
    environment_id: int = connection.execute(
        select(runtime_environments.c.id).filter_by(**identity)
    ).scalar_one()
    return environment_id


#: The parameter that says how many iterations a run makes.
_ITERATIONS = "reps"


def result_keys(document: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, str | None]:
    """What is searched for in a run, extracted: any indicator's documents have these places."""
    # the published document of a run holds them inside what it printed: the facts have them plainly
    parameters = facts.get("parameters") or document.get("@parameters") or {}
    if isinstance(parameters, Mapping):
        # how often it was measured is chosen run by run, and is no part of what was measured
        parameters = {name: value for name, value in parameters.items() if name != _ITERATIONS}
    runtime = facts.get("runtime")
    version = runtime.get("component_version") if isinstance(runtime, Mapping) else None
    return {
        "parameters_digest": _digest(parameters),
        "framework_version": None if version is None else str(version),
    }


def _digest(parameters: Any) -> str:
    # ASCII and without numbers that are none: whatever a script printed has a digest
    finite = json.loads(json_text(parameters))
    text = json.dumps(finite, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
