"""The Celery application: hints travel by Redis, the truth stays in the database.

Tasks are acknowledged early: a lost message is announced again by the dispatcher, a lost worker is
found by its lease. There is no result backend, since nobody reads a task's result.
"""

from __future__ import annotations

import signal
import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery, Task, signals
from celery.app.amqp import AMQP
from kombu.connection import Connection

from amun_core.settings import Settings
from amun_core.states import AttemptKind

#: The queue and the task of each kind of claim.
QUEUES = {AttemptKind.BUILD: "build", AttemptKind.MEASURE: "measure"}
TASKS = {AttemptKind.BUILD: "amun.build", AttemptKind.MEASURE: "amun.measure"}

#: Longest pause between two tries to reach a broker that is gone, s (Celery's own bound is 30).
RECONNECT_SECONDS = 2
#: Bound of every answer of the broker, s.
BROKER_TIMEOUT = 3.0
#: Header with the time of publishing (unix time, s).
PUBLISHED_AT = "amun_published_at"

#: What the tasks of this process did, shown with its sign of life.
COUNTS: Counter[str] = Counter()


class _PatientConnection(Connection):
    """A connection whose pauses between tries stay short, so that work goes on soon after."""

    def _ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("interval_start", 0.2)
        kwargs.setdefault("interval_step", 0.3)
        kwargs.setdefault("interval_max", RECONNECT_SECONDS)
        return super()._ensure_connection(*args, **kwargs)  # type: ignore[no-untyped-call]


class _Amqp(AMQP):
    Connection = _PatientConnection


class InspectionTask(Task):
    """Base of every task: counts it, and logs how long its message waited."""

    abstract = True
    ignore_result = True  # type: ignore[assignment]  # Celery's own class says None
    max_retries = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        headers = self.request.headers or {}
        published = headers.get(PUBLISHED_AT)
        waited = round((time.time() - published) * 1000, 1) if published else None
        structlog.get_logger(__name__).info(
            "task_started", task=self.name, inspection_id=args[0], waited_ms=waited
        )
        COUNTS["started"] += 1
        try:
            return super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]
        except Exception:
            COUNTS["errors"] += 1
            raise


def make_celery(settings: Settings, *, publishing: bool = False) -> Celery:
    """The application for the broker of `settings`.

    One that publishes must not wait for a broker that is away: the outbox is its retry.
    """
    options: dict[str, Any] = {
        # messages are acknowledged early, so that nothing is redelivered by the clock; above any
        # work's length all the same
        "visibility_timeout": 7 * 24 * 3600,
        "socket_connect_timeout": BROKER_TIMEOUT,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
    if publishing:
        options |= {"socket_timeout": BROKER_TIMEOUT, "max_retries": 0}
    application = Celery(  # type: ignore[no-untyped-call]
        "amun", amqp=_Amqp, task_cls=InspectionTask, set_as_current=False
    )
    application.conf.update(
        broker_url=settings.broker_url,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=BROKER_TIMEOUT,
        broker_transport_options=options,
        task_acks_late=False,
        task_ignore_result=True,
        result_backend=None,
        task_serializer="json",
        accept_content=["json"],
        task_create_missing_queues=True,
        task_default_queue=QUEUES[AttemptKind.BUILD],
        task_routes={TASKS[kind]: {"queue": QUEUES[kind]} for kind in AttemptKind},
        worker_prefetch_multiplier=1,
        worker_soft_shutdown_timeout=10.0,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        enable_utc=True,
    )
    return application


def run_worker(
    application: Celery,
    kind: AttemptKind,
    *,
    name: str,
    concurrency: int = 1,
    on_ready: Callable[[], None] = lambda: None,
) -> int:
    """Work on one queue until SIGTERM; returns the exit code.

    One at a time runs in the main thread (solo pool, the least delay), more in threads.
    """
    # Celery's logging set-up is replaced as a whole: a receiver of this signal switches it off
    signals.setup_logging.connect(_keep_logging, weak=False)  # type: ignore[no-untyped-call]
    # the message format is JSON: what Celery warns root about does not apply
    warnings.filterwarnings("ignore", message="You're running the worker with superuser")

    def ready(_consumer: object) -> None:
        # Ctrl-C drains as SIGTERM does, where Celery would wait for the work and then fail
        signal.signal(signal.SIGINT, signal.getsignal(signal.SIGTERM))
        on_ready()

    worker = application.Worker(
        hostname=name,
        pool_cls="solo" if concurrency == 1 else "threads",
        concurrency=concurrency,
        queues=[QUEUES[kind]],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
        ready_callback=ready,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _keep_logging(**_details: object) -> None:
    """Celery finds its logging set up already."""
