"""Starts the processes of the service, restarts those that die, ends them all when told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import psutil
import structlog

from amun_core.errors import AmunError
from amun_local import migration, state_file
from amun_local.child import Child
from amun_local.errors import LocalServiceError, StartFailedError, to_record
from amun_local.home import Home
from amun_local.leftovers import MARK, end_leftovers
from amun_local.process_identity import ProcessIdentity
from amun_local.process_table import ManagedProcess, ServicePlan
from amun_local.rolling_log import RollingLog
from amun_local.signals import SignalWaiter, adopt_orphans
from amun_local.state_file import Phase, ServiceState
from amun_local.stopping import Patience, stop_children
from amun_local.watching import Watch

#: Deaths of one process before the start of the service counts as failed.
DEATHS_AT_START = 3
MIGRATION_SECONDS = 600.0
#: The migration waits longer than this for a lock, but a person should not wait in silence.
LOCK_PATIENCE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the supervisor waits for what."""

    start_seconds: float = 60.0
    #: a process without a readiness check counts as started after living so long
    settle_seconds: float = 1.0
    #: between two looks for orphans and for processes that live and do nothing
    look_seconds: float = 5.0
    patience: Patience = field(default_factory=Patience)


class StopAskedError(LocalServiceError):
    """The service was asked to stop while it started."""


class Supervisor:
    """One life of the local service, in the process that calls `run`."""

    def __init__(
        self,
        home: Home,
        make_plan: Callable[[ServiceState | None], ServicePlan],
        *,
        version: str,
        log_bytes: int,
        log: structlog.typing.FilteringBoundLogger,
        timing: Timing | None = None,
    ) -> None:
        self._home = home
        self._make_plan = make_plan
        self._log_bytes = log_bytes
        self._log = log
        self._timing = timing or Timing()
        self._waiter = SignalWaiter()
        self._children: list[Child] = []
        self._state = ServiceState(
            phase=Phase.STARTING,
            version=version,
            supervisor=ProcessIdentity.of(os.getpid()),
            started_at=time.time(),
        )

    def run(self) -> int:
        """Start, watch, stop. Returns the exit code; a failed start is told in the state file."""
        lease = state_file.try_lock(self._home.service_lease)
        if lease is None:
            raise StartFailedError("another supervisor runs this home folder")
        with lease, self._waiter:
            adopt_orphans()
            previous = state_file.read(self._home.state_file)
            failure: dict[str, Any] | None = None
            try:
                self._start(previous)
                self._watch()
            except StopAskedError:
                self._log.info("stopped while starting", action="stop")
            except AmunError as error:
                self._log.exception("start failed", action="start")
                failure = to_record(error)
            except Exception as error:
                self._log.exception("supervisor failed", action="start")
                failure = to_record(StartFailedError(f"the supervisor failed: {error!r}"))
            finally:
                self._stop(failure)
            return 1 if failure else 0

    # starting

    def _start(self, previous: ServiceState | None) -> None:
        if previous is not None:
            for description in end_leftovers(previous, self._home.folder):
                self._log.warning("ended a leftover", action="start", process=description)
            self._state = replace(self._state, ports=previous.ports)
        self._publish()
        plan = self._make_plan(previous)
        mark = {MARK: str(self._home.folder)}
        plan = replace(plan, environment={**plan.environment, **mark})
        self._state = replace(self._state, url=plan.url, ports=dict(plan.ports), notes=plan.notes)
        deadline = time.monotonic() + self._timing.start_seconds
        for managed in plan.foundations:
            self._add(managed, plan)
            self._await_ready(plan, deadline)
        if plan.migration:
            self._migrate(plan)
        deadline = time.monotonic() + self._timing.start_seconds
        for managed in plan.processes:
            self._add(managed, plan)
        self._await_ready(plan, deadline)
        self._plan = plan
        self._state = replace(self._state, phase=Phase.READY)
        self._publish()
        self._log.info("ready", action="start", url=plan.url)

    def _add(self, managed: ManagedProcess, plan: ServicePlan) -> None:
        log = RollingLog(self._home.log(managed.name), maximum_bytes=self._log_bytes)
        log.begin()
        child = Child(managed, log)
        self._children.append(child)
        self._start_child(child, plan)

    def _start_child(self, child: Child, plan: ServicePlan) -> None:
        child.start(plan.environment, self._home.folder)
        self._log.info("started", action="start", process=child.name, pid=child.pid)
        self._publish()

    def _migrate(self, plan: ServicePlan) -> None:
        managed = ManagedProcess("migration", plan.migration)
        log = RollingLog(self._home.log(managed.name), maximum_bytes=self._log_bytes)
        log.begin()  # an earlier migration's trouble is not this one's
        child = Child(managed, log)
        self._children.append(child)
        child.start(plan.environment, self._home.folder)
        # a large database may need longer than the processes that follow
        deadline = time.monotonic() + MIGRATION_SECONDS
        while not child.noticed_death():
            self._stop_if_asked()
            if time.monotonic() > deadline:
                raise migration.explain("did not end in time", log, plan.environment)
            if child.age_seconds > LOCK_PATIENCE_SECONDS and (
                held := migration.other_writers(plan.environment)
            ):
                raise held
            self._waiter.wait(0.2)
        self._children.remove(child)
        if child.last_end != "exit code 0":
            raise migration.explain(str(child.last_end), log, plan.environment)

    def _await_ready(self, plan: ServicePlan, deadline: float) -> None:
        waiting = list(self._children)
        while waiting:
            self._stop_if_asked()
            self._tend(plan)
            for child in self._children:
                if child.restarts >= DEATHS_AT_START:
                    raise _start_failed(child, f"ended again and again: {child.last_end}")
            waiting = [child for child in waiting if not self._is_ready(child)]
            if waiting and time.monotonic() > deadline:
                seconds = f"{self._timing.start_seconds:g} s"
                raise _start_failed(waiting[0], f"was not ready within {seconds}")
            if waiting:
                self._waiter.wait(0.05)

    def _is_ready(self, child: Child) -> bool:
        if not child.running:
            return False
        if child.managed.ready is not None:
            return child.managed.ready()
        return child.age_seconds >= self._timing.settle_seconds

    def _stop_if_asked(self) -> None:
        if self._waiter.stops:
            raise StopAskedError

    # watching

    def _watch(self) -> None:
        watch = Watch(self._plan.lease_seconds, self._plan.signs)
        looked_at = time.monotonic()
        while not self._waiter.stops:
            self._tend(self._plan)
            if time.monotonic() - looked_at >= self._timing.look_seconds:
                self._end_idle(watch)
                looked_at = time.monotonic()
            due = [child.due - time.monotonic() for child in self._children if child.due]
            self._waiter.wait(min([self._timing.look_seconds, *due]))

    def _end_idle(self, watch: Watch) -> None:
        """End what lives and does nothing; it is started again as what died is."""
        for child, why in watch.look(self._children):
            self._log.error("ended what did nothing", action="restart", process=child.name, why=why)
            child.end(why)

    def _tend(self, plan: ServicePlan) -> None:
        """Notice deaths, start what is due, end what nobody waits for any more."""
        for child in self._children:
            if child.noticed_death():
                self._log.error(
                    "process ended",
                    action="restart",
                    process=child.name,
                    ended_by=child.last_end,
                    restart_in_seconds=round(max(0.0, (child.due or 0.0) - time.monotonic()), 2),
                )
                self._publish()
        self._end_orphans()
        for child in self._children:
            if child.due is not None and child.due <= time.monotonic():
                self._start_child(child, plan)

    def _end_orphans(self) -> None:
        """What a dead process left running would disturb the next measurement: it is ended.

        A web worker whose master was killed would even keep the port.
        """
        own = {child.pid for child in self._children}
        for process in psutil.Process().children():
            if process.pid in own:
                continue
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    os.waitpid(process.pid, os.WNOHANG)
                    continue
                self._log.warning(
                    "ended an orphan", action="restart", pid=process.pid, name=process.name()
                )
                process.kill()
            except (psutil.Error, ChildProcessError):
                continue

    # stopping

    def _stop(self, failure: dict[str, Any] | None) -> None:
        self._state = replace(self._state, phase=Phase.STOPPING)
        self._publish()
        for description in stop_children(self._children, self._waiter, self._timing.patience):
            self._log.warning("had to be killed", action="stop", process=description)
        self._children = []
        self._end_orphans()
        self._state = self._state.ended(Phase.FAILED if failure else Phase.STOPPED, failure)
        self._publish()
        self._log.info("stopped", action="stop")

    def _publish(self) -> None:
        records = tuple(child.record() for child in self._children)
        self._state = replace(self._state, processes=records)
        try:
            state_file.write(self._home.state_file, self._state)
        except OSError as error:  # a full disk must not end the service
            self._log.error("state not written", action="state", cause=str(error))


def _start_failed(child: Child, what: str) -> StartFailedError:
    lines = child.log.last_lines()
    return StartFailedError(
        f"{child.name} {what}" + (f"\n{lines}" if lines else ""),
        hint=f"the whole log: {child.log.path}",
    )
