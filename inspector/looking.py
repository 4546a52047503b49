"""Looking for work: what a builder or a measurer takes next, and what it does while there is none."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import structlog

from amun_core.errors import StorageError
from amun_core.states import AttemptKind
from inspector.build import build
from inspector.claim import work_on
from inspector.comparing import measure_pair
from inspector.hints import LOOK_SECONDS, Waker
from inspector.other_hosts import LivingHosts
from inspector.run import measure
from inspector.sweeping import measure_round
from inspector.workplace import Workplace
from knowledge_graph.records import Waiting

#: A measurer that gave no sign of life for so long gets nothing built for it, s.
MEASURER_SECONDS = 15.0


class Looker:
    """One worker's loop: look into the table, work on what is found, else wait for a hint."""

    def __init__(self, workplace: Workplace, take: Callable[[], bool], waker: Waker) -> None:
        self._workplace = workplace
        self._take = take
        self._waker = waker
        self.counts: Counter[str] = Counter()

    def loop(self) -> None:
        """Work until the drain starts."""
        drain, trouble = self._workplace.drain, False
        while not drain.started():
            try:
                worked, trouble = self._take(), False
            except StorageError as error:
                if not trouble:
                    _log().error("looking_interrupted", error=str(error))
                trouble, worked = True, False
                self.counts["errors"] += 1
                drain.wait(LOOK_SECONDS)
            self.counts["started"] += worked
            if not worked:
                self._waker.wait()


class NextBuild:
    """Takes the oldest inspection that this host may build."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._hosts = LivingHosts(workplace.settings)
        self._lock = threading.Lock()
        self._measured = True

    def __call__(self) -> bool:
        """Build one. False where there is none."""
        place = self._workplace
        waiting = place.store.waiting_builds(
            place.host.host_id, build_only=not self._measurer_lives()
        )
        return any(work_on(place, one, AttemptKind.BUILD, build) for one in waiting)

    def _measurer_lives(self) -> bool:
        """Whether what is built here would be measured; said when that changes."""
        with self._lock:
            self._hosts.look(self._workplace.store)
            host_id = self._workplace.host.host_id
            lives = self._hosts.live("measurer", host_id, MEASURER_SECONDS)
            if lives != self._measured:
                said = "measurer_lives" if lives else "no_measurer_lives"
                takes = "every build" if lives else "builds that nobody measures"
                _log().warning(said, host_id=host_id, takes=takes)
            self._measured = lives
            return lives


class NextMeasurement:
    """Takes what has waited longest of all that was built on this host."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def __call__(self) -> bool:
        """Measure one inspection, one comparison, or one round of a sweep. False: there is none."""
        place = self._workplace
        return any(
            self._measure(one) for one in place.store.waiting_measurements(place.host.host_id)
        )

    def _measure(self, waiting: Waiting) -> bool:
        place, inspection_id = self._workplace, waiting.inspection_id
        if waiting.comparison_id is not None:
            return measure_pair(place, inspection_id, waiting.comparison_id)
        if waiting.sweep_id is not None:
            return measure_round(place, inspection_id, waiting.sweep_id)
        return work_on(place, inspection_id, AttemptKind.MEASURE, measure)


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
