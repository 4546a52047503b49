"""What all reads share: the engine, and a connection that turns its errors into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from knowledge_graph.connections import read_engine, storage_errors


class Reader:
    """Owns the engine of reads."""

    def __init__(self, database_url: str) -> None:
        self._engine = read_engine(database_url)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with storage_errors(), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
