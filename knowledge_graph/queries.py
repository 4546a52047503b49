"""Reads of the knowledge graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from knowledge_graph.records import (
    AttemptView,
    EventView,
    InspectionFilter,
    InspectionPage,
    InspectionView,
    RunRecord,
)


class GraphQueries:
    """Reads, on SQLite and PostgreSQL alike."""

    def __init__(self, database_url: str) -> None: ...

    def inspection(self, identity: str) -> InspectionView:
        """One inspection by id, or by a unique prefix (>= 6 characters) of the id or of its hex suffix.

        NotFoundError; an ambiguous prefix raises InvalidInputError that lists the candidates.
        """

    def page(
        self, wanted: InspectionFilter, *, cursor: str | None = None, limit: int = 50
    ) -> InspectionPage:
        """Newest first by sequence. InvalidInputError for a cursor that is none of ours."""

    def offset_page(self, *, page: int, limit: int) -> Sequence[str]:
        """Ids for the compatibility surface, newest first, pages that do not overlap."""

    def counts(self) -> dict[str, int]:
        """Inspections by state."""

    def events(self, inspection_id: str) -> Sequence[EventView]:
        """All transitions, oldest first."""

    def attempts(self, inspection_id: str) -> Sequence[AttemptView]:
        """All attempts, oldest first."""

    def log(
        self, inspection_id: str, *, after: int = 0, limit: int = 1000
    ) -> Sequence[dict[str, Any]]:
        """Chunks {offset, at, section, text} with offset > after, in order."""

    def runs(self, inspection_id: str, *, samples: bool = True) -> Sequence[RunRecord]:
        """All runs, accepted ones by index, then the others; without samples `seconds` is ()."""

    def run(self, inspection_id: str, run_index: int) -> RunRecord:
        """The accepted run of this index. NotFoundError."""

    def hosts(self) -> Sequence[dict[str, Any]]:
        """All hosts."""

    def service_beats(self) -> Sequence[dict[str, Any]]:
        """Signs of life {name, at, age_seconds, detail}."""

    def ready(self) -> None:
        """Raises StorageError if the database does not answer or its schema is not the newest."""
