"""The reaper: takes back what dead workers left, in the database and on this host."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import structlog

from amun_core.errors import AmunError, StorageError
from amun_core.settings import Settings
from inspector.drain import Drain
from inspector.engines.base import Engine
from inspector.leftovers import remove_tree
from inspector.other_hosts import LivingHosts
from inspector.pulses import Pulses
from inspector.run_folder import folders_of_runs
from inspector.signs_of_life import BEAT_SECONDS
from knowledge_graph.records import HeldClaim, Reaped
from knowledge_graph.store import GraphStore

#: Leftovers without an expired lease are rare: looked for at start, after each expired lease,
#: and this often besides (asking a container engine costs time that a measurement would feel), s.
LEFTOVERS_SECONDS = 60.0


class AliveClaims(Collection[tuple[str, int]]):
    """The (inspection id, fence) pairs of living claims, read from the database when asked.

    Not a copy: whoever lists containers first and asks afterwards cannot take a fresh claim, made
    in between, for a dead one.
    """

    def __init__(self, store: GraphStore, dead: Callable[[HeldClaim], bool]) -> None:
        self._store = store
        self._dead = dead

    def _read(self) -> set[tuple[str, int]]:
        held = self._store.held_claims()
        return {(one.inspection_id, one.fence) for one in held if not self._dead(one)}

    def __contains__(self, pair: object) -> bool:
        return pair in self._read()

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


class Reaper:
    """Reclaims expired leases and removes leftovers of this installation on this host."""

    def __init__(
        self,
        store: GraphStore,
        engines: Collection[Engine],
        settings: Settings,
        installation_id: str,
        *,
        host_id: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._engines = tuple(engines)
        self._settings = settings
        self._installation_id = installation_id
        self._host_id = host_id
        self._leases = Pulses(clock)
        self._hosts = LivingHosts(settings, clock)
        self._dead: set[HeldClaim] | None = None
        self._alive = AliveClaims(store, self._is_dead)
        self._cleaned_at: float | None = None
        self._engine_trouble: dict[str, str] = {}
        self.reaped = 0
        self.removed = 0

    def once(self) -> list[Reaped]:
        """Take back what has expired by the database's clock: a single look has no other."""
        self._dead = None
        dead = [claim for claim in self._store.held_claims() if self._is_dead(claim)]
        return self._take_back(dead)

    def look(self) -> list[Reaped]:
        """One of many looks: take back what was not prolonged for a lease's time while we looked.

        What was held on this host is removed from it first, so that no other attempt can begin
        beside it. A claim of another host is left to the reaper there while that one lives.
        """
        self._hosts.look(self._store)
        held = self._store.held_claims()
        self._leases.keep((one.inspection_id, one.fence) for one in held)
        self._dead = {one for one in held if self._expired(one)}
        reaped = self._take_back([one for one in self._dead if self._is_ours(one)])
        self._place_anew()
        return reaped

    def remove_orphans(self) -> None:
        """Remove what workers that are gone left on this host, before a new one begins."""
        self._dead = set()
        try:
            self.remove_leftovers()
        except StorageError as error:
            _log().error("reaping_interrupted", error=str(error))

    def _take_back(self, dead: Collection[HeldClaim]) -> list[Reaped]:
        if dead or self._leftovers_due():
            self.remove_leftovers()
        attempts = self._settings.maximum_attempts
        reaped = self._store.reap(maximum_attempts=attempts, dead=dead) if dead else []
        for one in reaped:
            _log().warning(
                "lease_expired",
                inspection_id=one.inspection_id,
                fence=one.fence,
                was=one.was,
                now=one.now,
            )
        self.reaped += len(reaped)
        return reaped

    def _is_dead(self, claim: HeldClaim) -> bool:
        return claim.left < 0 if self._dead is None else claim in self._dead

    def _expired(self, claim: HeldClaim) -> bool:
        key = (claim.inspection_id, claim.fence)
        return self._leases.still_seconds(key, claim.beat) >= self._settings.lease_seconds

    def _is_ours(self, claim: HeldClaim) -> bool:
        if claim.host_id in {None, self._host_id}:
            return True
        reaping = 2 * self._settings.reap_interval_seconds + BEAT_SECONDS
        bound = self._settings.lease_seconds + reaping
        return not self._hosts.live("reaper", str(claim.host_id), bound)

    def _place_anew(self) -> None:
        """Give to other hosts what a host that is gone holds; end what no host can build."""
        for inspection_id in self._store.fail_unplaceable(self._hosts.registered()):
            _log().info("no_host_fits", inspection_id=inspection_id)
        gone = self._hosts.gone(self._store.holding_hosts())
        for inspection_id in self._store.hand_over(gone):
            _log().warning("handed_over", inspection_id=inspection_id)

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
                self.look()
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
        alive = set(self._alive)
        removed = []
        for folder, owner in found:
            if owner not in alive:
                remove_tree(folder)
                removed.append(f"run folder {folder.name}")
        return removed


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
