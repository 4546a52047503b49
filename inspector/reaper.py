"""The reaper: takes back what dead workers left, in the database and on this host."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from pathlib import Path

import structlog

from amun_core.errors import AmunError, StorageError
from amun_core.settings import Settings
from inspector.drain import Drain
from inspector.engines.base import Engine
from inspector.leftovers import remove_tree
from inspector.run_folder import folders_of_runs
from knowledge_graph.records import Reaped
from knowledge_graph.store import GraphStore

#: Leftovers without an expired lease are rare: looked for at start, after each expired lease,
#: and this often besides (asking a container engine costs time that a measurement would feel), s.
LEFTOVERS_SECONDS = 60.0


class AliveClaims(Collection[tuple[str, int]]):
    """The (inspection id, fence) pairs with a valid lease, read from the database when asked.

    Not a copy: whoever lists containers first and asks afterwards cannot take a fresh claim, made
    in between, for a dead one.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def __contains__(self, pair: object) -> bool:
        return pair in self._store.alive_claims()

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._store.alive_claims())

    def __len__(self) -> int:
        return len(self._store.alive_claims())


class Reaper:
    """Reclaims expired leases and removes leftovers of this installation on this host."""

    def __init__(
        self,
        store: GraphStore,
        engines: Collection[Engine],
        settings: Settings,
        installation_id: str,
    ) -> None:
        self._store = store
        self._engines = tuple(engines)
        self._settings = settings
        self._installation_id = installation_id
        self._alive = AliveClaims(store)
        self._cleaned_at: float | None = None
        self._engine_trouble: dict[str, str] = {}
        self.reaped = 0
        self.removed = 0

    def once(self) -> list[Reaped]:
        """Take back expired leases; look for leftovers where that is due."""
        reaped = self._store.reap(maximum_attempts=self._settings.maximum_attempts)
        for one in reaped:
            _log().warning(
                "lease_expired",
                inspection_id=one.inspection_id,
                fence=one.fence,
                was=one.was,
                now=one.now,
            )
        self.reaped += len(reaped)
        if reaped or self._leftovers_due():
            self.remove_leftovers()
        return reaped

    def remove_leftovers(self) -> list[str]:
        """End and remove processes, containers and run folders whose lease is gone."""
        self._cleaned_at = time.monotonic()
        removed: list[str] = []
        for engine in self._engines:
            removed += self._remove_from(engine)
        removed += self._remove_folders(self._settings.home)
        for line in removed:
            _log().info("leftover_removed", what=line)
        self.removed += len(removed)
        return removed

    def loop(self, drain: Drain) -> None:
        """Reap until the drain starts."""
        trouble = False
        while not drain.started():
            try:
                self.once()
                trouble = False
            except StorageError as error:
                if not trouble:
                    _log().error("reaping_interrupted", error=str(error))
                trouble = True
            drain.wait(self._settings.reap_interval_seconds)

    def _leftovers_due(self) -> bool:
        if self._cleaned_at is None:
            return True
        return time.monotonic() - self._cleaned_at >= LEFTOVERS_SECONDS

    def _remove_from(self, engine: Engine) -> list[str]:
        try:
            lines = engine.remove_leftovers(self._installation_id, self._alive)
        except StorageError:
            raise
        except AmunError as error:
            # an engine that is not there has no leftovers; said once, not every minute
            if self._engine_trouble.get(engine.name) != str(error):
                self._engine_trouble[engine.name] = str(error)
                _log().info("engine_not_asked", engine=engine.name, error=str(error))
            return []
        self._engine_trouble.pop(engine.name, None)
        return lines

    def _remove_folders(self, home: Path) -> list[str]:
        found = folders_of_runs(home)  # listed before the leases are read
        if not found:
            return []
        alive = self._store.alive_claims()
        removed = []
        for folder, owner in found:
            if owner not in alive:
                remove_tree(folder)
                removed.append(f"run folder {folder.name}")
        return removed


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
