"""The two Celery tasks. Their bodies are thin: a task is a hint that work may be waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Celery

from amun_core.states import AttemptKind
from inspector.build import build
from inspector.celery_app import TASKS
from inspector.claim import Holding, work_on
from inspector.comparing import work_on_pair
from inspector.run import measure
from inspector.sweeping import work_on_sweep
from inspector.workplace import Workplace

#: What is done with an inspection that was claimed for building or for measuring.
STAGES: dict[AttemptKind, Callable[[Workplace, Holding], None]] = {
    AttemptKind.BUILD: build,
    AttemptKind.MEASURE: measure,
}


def register_task(application: Celery, workplace: Workplace, kind: AttemptKind) -> Any:
    """Give `application` the task of this kind, working at `workplace`; returns the task."""

    def task(inspection_id: str) -> None:
        # an arm is measured with the other one only, a member of a sweep in its turn
        if kind is AttemptKind.MEASURE and (
            work_on_pair(workplace, inspection_id) or work_on_sweep(workplace, inspection_id)
        ):
            return
        work_on(workplace, inspection_id, kind, STAGES[kind])

    return application.task(name=TASKS[kind])(task)  # type: ignore[no-untyped-call]
