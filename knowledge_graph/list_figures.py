"""What a list of inspections tells of each beside its state: medians, parameters, packages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from pydantic_core import from_json
from sqlalchemy import select

from knowledge_graph.models import inspections, runs
from knowledge_graph.nodes import package_versions, packages, stack_members
from knowledge_graph.rate_units import common_unit, plain_unit, rate_unit_column
from knowledge_graph.reader import Reader


@dataclass(slots=True)
class Figures:
    """Of one inspection; medians over its accepted runs."""

    median_seconds: float | None = None
    median_rate: float | None = None
    rate_unit: str | None = None
    parameters: Mapping[str, Any] | None = None
    packages: dict[str, str] = field(default_factory=dict)


class ListFigures(Reader):
    """Reads for a page of inspections at once, however many they are."""

    def figures(self, inspection_ids: Collection[str]) -> Mapping[str, Figures]:
        """The figures of each inspection, by its id."""
        found = {identity: Figures() for identity in inspection_ids}
        self._add_documents(found)
        self._add_medians(found)
        return found

    def _add_documents(self, found: Mapping[str, Figures]) -> None:
        statement = select(
            inspections.c.id, inspections.c.specification, inspections.c.stack_digest
        ).where(inspections.c.id.in_(found))
        of_stack: dict[str, list[str]] = {}
        with self._reading() as connection:
            for row in connection.execute(statement):
                indicator = from_json(row.specification).get("indicator")
                found[row.id].parameters = (indicator or {}).get("parameters")
                if row.stack_digest is not None:
                    of_stack.setdefault(row.stack_digest, []).append(row.id)
            members = (
                select(stack_members.c.stack_digest, packages.c.name, package_versions.c.version)
                .join_from(
                    stack_members,
                    package_versions,
                    package_versions.c.id == stack_members.c.package_version_id,
                )
                .join(packages, packages.c.id == package_versions.c.package_id)
                .where(stack_members.c.stack_digest.in_(of_stack))
            )
            for row in connection.execute(members):
                for identity in of_stack[row.stack_digest]:
                    found[identity].packages[row.name] = row.version

    def _add_medians(self, found: Mapping[str, Figures]) -> None:
        statement = select(
            runs.c.inspection_id, runs.c.elapsed_seconds, runs.c.rate_gflops, rate_unit_column()
        ).where(runs.c.inspection_id.in_(found), runs.c.accepted)
        made: dict[str, list[Any]] = {}
        with self._reading() as connection:
            for row in connection.execute(statement):
                made.setdefault(row.inspection_id, []).append(row)
        for identity, rows in made.items():
            seconds = [row.elapsed_seconds for row in rows if row.elapsed_seconds is not None]
            rates = [row.rate_gflops for row in rows if row.rate_gflops is not None]
            figures = found[identity]
            figures.median_seconds = median(seconds) if seconds else None
            figures.median_rate = median(rates) if rates else None
            figures.rate_unit = common_unit([plain_unit(row.rate_unit) for row in rows])
