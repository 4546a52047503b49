"""Whether inspections can be taken, shown by doing what that needs: reading, writing, and work seen.

The database is read as it lies on the disk and written to (the API's own sign of life); of each role
that gave signs of life since this API started, one worker at least must still work.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from amun_api.errors import WorkersGoneError
from amun_core.errors import StorageError
from amun_core.settings import Settings
from amun_core.signs import Working, role_of, working
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore

#: A probe that went well holds for so long, s: a request pays for none, many a second for one.
FRESH_SECONDS = 1.0
_ROLE = "api"


class Readiness:
    """One for each application."""

    def __init__(self, store: GraphStore, queries: GraphQueries, settings: Settings) -> None:
        self._store = store
        self._queries = queries
        self._lease_seconds = settings.lease_seconds
        self._started = time.monotonic()
        # two APIs of one host are two
        self._name = f"{_ROLE}@{platform.node()}:{settings.port}"
        self._probing = threading.Lock()
        self._probed_at = float("-inf")
        self._trouble: StorageError | None = None

    def require_storage(self) -> None:
        """Raises StorageError unless what is written now is kept."""
        asked = time.monotonic()
        if self._trouble is None and asked - self._probed_at < FRESH_SECONDS:
            return
        with self._probing:
            # another request may have probed while this one waited: its answer holds for both
            if self._probed_at < asked:
                self._trouble = self._probe()
                self._probed_at = time.monotonic()
            trouble = self._trouble
        if trouble is not None:
            raise StorageError(str(trouble), hint=trouble.hint)

    def require(self) -> None:
        """Raises StorageError unless inspections are taken and worked on."""
        self.require_storage()
        absent = self._absent(self._queries.service_beats())
        if absent:
            raise WorkersGoneError(
                f"no {' and no '.join(absent)} works",
                hint="What is submitted waits. `amun status` and /api/v1/service show the processes.",
            )

    def state_of(self, beat: Mapping[str, Any]) -> Working:
        """How the process of a sign of life fares."""
        return working(float(beat["age_seconds"]), beat["detail"], self._lease_seconds)

    def _probe(self) -> StorageError | None:
        try:
            self._queries.ready()
            self._store.service_beat(self._name, {"pid": os.getpid(), "host": platform.node()})
        except StorageError as error:
            return error
        return None

    def _absent(self, beats: Iterable[Mapping[str, Any]]) -> list[str]:
        """Roles of which signs came while we looked, and none is worth anything now."""
        lived = time.monotonic() - self._started
        seen: dict[str, bool] = {}
        for beat in beats:
            role = role_of(beat["name"])
            if role != _ROLE and float(beat["age_seconds"]) < lived:
                seen[role] = seen.get(role, False) or self.state_of(beat) is Working.WORKS
        return sorted(role for role, works in seen.items() if not works)
