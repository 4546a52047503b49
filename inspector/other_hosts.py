"""The hosts of the service: which of them live, and who may do what this one cannot."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace

from amun_core.settings import Settings
from inspector.pulses import Pulses
from inspector.workplace import Workplace
from knowledge_graph.placement import each_lacks
from knowledge_graph.records import Claim, Failure, Sign
from knowledge_graph.store import GraphStore

#: A host is registered for so many times the time after which its measurer counts as gone: it may
#: be away for a restart, and what it alone can build waits for it.
REGISTERED_TIMES = 10.0


def given_to_others(workplace: Workplace, claim: Claim, failure: Failure) -> bool:
    """Leave to the other hosts what this one lacks something for. False: none is left to be asked."""
    host = workplace.host
    registered = registered_hosts(workplace.store, workplace.settings) | {host.host_id}
    return workplace.store.refuse(claim, host.host_id, host.hostname, failure, registered)


def with_all_hosts(workplace: Workplace, claim: Claim, failure: Failure) -> Failure:
    """The failure with what each host lacks, where several were asked."""
    lacks = workplace.store.refusals(claim.inspection_id)
    return replace(failure, message=each_lacks(lacks)) if len(lacks) > 1 else failure


def registered_hosts(store: GraphStore, settings: Settings) -> set[str]:
    """The hosts that build, those that are away for a while included."""
    bound = REGISTERED_TIMES * settings.host_gone_seconds
    return {
        sign.host_id
        for sign in store.signs()
        if sign.role == "builder" and sign.age_seconds < bound
    }


class LivingHosts:
    """Which hosts live, as seen again and again by one process."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._began = clock()
        self._pulses = Pulses(clock)
        self._first: dict[str, tuple[float, float]] = {}
        self._signs: list[tuple[Sign, float]] = []

    def look(self, store: GraphStore) -> None:
        """Read the signs of life."""
        signs = store.signs()
        self._pulses.keep(sign.name for sign in signs)
        self._signs = [(sign, self._silent_seconds(sign)) for sign in signs]

    def _silent_seconds(self, sign: Sign) -> float:
        """Time since the process gave this sign: by our clock, but for its age when first seen."""
        at, age = self._first.setdefault(sign.name, (sign.at, max(0.0, sign.age_seconds)))
        return self._pulses.still_seconds(sign.name, sign.at) + (age if at == sign.at else 0.0)

    def live(self, role: str, host_id: str, seconds: float) -> bool:
        """Whether this process of this host gave a sign of life within so many seconds."""
        return any(
            sign.role == role and sign.host_id == host_id and silent < seconds
            for sign, silent in self._signs
        )

    def hosts(self) -> set[str]:
        """Every host that ever gave a sign of life."""
        return {sign.host_id for sign, _ in self._signs}

    def gone(self, holders: Collection[str]) -> set[str]:
        """Those `holders` of built work whose measurer is gone; none where no other host does it all."""
        seconds = self._settings.host_gone_seconds
        if self._clock() - self._began < seconds:
            return set()  # all hosts may have been started a moment ago
        gone = {one for one in holders if not self.live("measurer", one, seconds)}
        others = self.hosts() - gone
        takers = {
            one
            for one in others
            if all(self.live(role, one, seconds) for role in ("builder", "measurer"))
        }
        return gone if takers else set()

    def registered(self) -> set[str]:
        """Hosts that build, those that are away for a while included."""
        seconds = REGISTERED_TIMES * self._settings.host_gone_seconds
        return {host_id for host_id in self.hosts() if self.live("builder", host_id, seconds)}
