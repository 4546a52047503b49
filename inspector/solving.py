"""The solver: answers questions about stacks, one after the other, each by a process of its own.

The process (`python -m dependency_monkey`) may take all memory and time it likes: this one only holds
the lease, passes progress on and stores what comes out. It keeps from work while something is
measured on this host, as builds do.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from typing import Any, Self

import structlog

from amun_core.errors import StorageError
from amun_core.redaction import shortened
from amun_core.settings import Settings
from inspector.drain import Drain
from inspector.engines.base import StoppedError
from inspector.pulses import Pulses
from inspector.quiet import HostQuiet
from knowledge_graph.records import HeldClaim
from knowledge_graph.stack_records import QuestionClaim
from knowledge_graph.store import GraphStore

#: Between two looks for a question, s.
LOOK_SECONDS = 0.5
#: What ended is kept for so long, and looked for so often, s.
KEEP_SECONDS = 7 * 86_400.0
FORGET_SECONDS = 3600.0
#: Measurements and the API go first where they want the same core.
NICENESS = 10
_COMMAND = (sys.executable, "-P", "-m", "dependency_monkey")

Event = dict[str, Any]


class Solver:
    """Takes questions from the store and has them answered."""

    def __init__(
        self,
        store: GraphStore,
        settings: Settings,
        quiet: HostQuiet,
        *,
        worker: str,
        drain: Drain,
        command: tuple[str, ...] = _COMMAND,
    ) -> None:
        self._store = store
        self._settings = settings
        self._quiet = quiet
        self._worker = worker
        self._drain = drain
        self._command = command
        self._leases = Pulses()
        self._forgot_at = float("-inf")
        self.answered = 0

    def loop(self) -> None:
        """Answer until the drain starts."""
        trouble = False
        while not self._drain.started():
            try:
                answered = self.once()
                trouble = False
            except StorageError as error:
                if not trouble:
                    _log().error("solving_interrupted", error=str(error))
                trouble, answered = True, False
            if not answered:
                self._drain.wait(LOOK_SECONDS)

    def once(self) -> bool:
        """Answer one question; False where there is none."""
        now = time.monotonic()
        if now - self._forgot_at >= FORGET_SECONDS:
            self._forgot_at = now
            self._store.forget_questions(KEEP_SECONDS)
        claim = self._store.claim_question(
            worker=self._worker,
            lease_seconds=self._settings.lease_seconds,
            maximum_attempts=self._settings.maximum_attempts,
            dead=self._dead(),
        )
        if claim is None:
            return False
        _log().info("question_claimed", question_id=claim.question_id, fence=claim.fence)
        with _Holding(self._store, claim, self._settings.lease_seconds, self._drain) as holding:
            try:
                with self._quiet.building(holding.should_stop, holding.wait_for_quiet):
                    event = _answered(self._command, claim.request, holding)
            except StoppedError:
                event = None
        self._store_outcome(claim, event, lost=holding.lost)
        return True

    def _dead(self) -> list[HeldClaim]:
        """Claims that were not prolonged for a lease's time while we looked: no clock is asked."""
        held = self._store.held_questions()
        self._leases.keep((one.inspection_id, one.fence) for one in held)
        seconds = self._settings.lease_seconds
        return [
            one
            for one in held
            if self._leases.still_seconds((one.inspection_id, one.fence), one.beat) >= seconds
        ]

    def _store_outcome(self, claim: QuestionClaim, event: Event | None, *, lost: bool) -> None:
        if lost:
            _log().warning("lease_lost", question_id=claim.question_id, fence=claim.fence)
        elif event is None:
            self._store.release_question(claim)
        elif event["event"] == "answer":
            self._store.answer_question(claim, event["answer"])
            self.answered += 1
        else:
            self._store.fail_question(claim, event["error"])


class _Holding:
    """Keeps the lease while a process works; says when it must end."""

    def __init__(
        self, store: GraphStore, claim: QuestionClaim, lease_seconds: float, drain: Drain
    ) -> None:
        self._store = store
        self._claim = claim
        self._lease_seconds = lease_seconds
        self._drain = drain
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._process: subprocess.Popen[str] | None = None
        self._ends_at = time.monotonic() + lease_seconds
        self.progress: Event | None = None
        self.lost = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def should_stop(self) -> bool:
        """True as soon as the work must end."""
        return self.lost or self._drain.started()

    def wait_for_quiet(self) -> None:
        """Tell that a measurement goes first."""
        self.progress = {"stage": "waiting for a measurement on this host"}

    def watch(self, process: subprocess.Popen[str]) -> None:
        """End this process when the work must end."""
        self._process = process

    def _keep(self) -> None:
        pause = min(1.0, self._lease_seconds / 3)
        told: Event | None = None
        renewed_at = time.monotonic()
        while not self._done.wait(pause):
            now = time.monotonic()
            if self.progress is not told or now - renewed_at >= self._lease_seconds / 3:
                told, renewed_at = self.progress, now
                self._renew(told, now)
            if now >= self._ends_at:
                self.lost = True
            if self.should_stop() and self._process is not None:
                with contextlib.suppress(OSError):
                    self._process.kill()

    def _renew(self, progress: Event | None, now: float) -> None:
        try:
            if self._store.renew_question(self._claim, self._lease_seconds, progress):
                self._ends_at = now + self._lease_seconds
            else:
                self.lost = True
        except StorageError as error:
            _log().warning("lease_not_renewed", error=str(error))


def _answered(
    command: tuple[str, ...], request: Mapping[str, Any], holding: _Holding
) -> Event | None:
    """The last event of the process; None where it was ended before it said one.

    A process that ends without a word is an error of its own: too little memory, most often.
    """
    if holding.should_stop():
        return None
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            encoding="utf-8",
        ) as process,
    ):
        holding.watch(process)
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        try:
            event = _last_event(process, json.dumps(dict(request)), holding)
        except BaseException:
            process.kill()
            raise
        if event is None and not holding.should_stop():
            said.seek(0)
            lines = said.read().strip().splitlines()
            return _unanswered(lines[-1] if lines else f"exit code {process.wait()}")
    return event


def _last_event(process: subprocess.Popen[str], question: str, holding: _Holding) -> Event | None:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(question)
        process.stdin.close()
    for line in process.stdout:
        try:
            event: Event = json.loads(line)
            kind = event["event"]
        except (ValueError, KeyError, TypeError):
            return _unanswered(f"not understood: {shortened(line.strip(), 200)}")
        if kind != "progress":
            return event
        holding.progress = {name: value for name, value in event.items() if name != "event"}
    return None


def _unanswered(why: str) -> Event:
    _log().error("no_answer", why=why)
    problem = {
        "code": "A902",
        "message": "the process that was to answer ended without a word",
        "hint": "narrower requirements take less memory; the log of the solver tells more",
        "faults": [],
    }
    return {"event": "error", "error": problem}


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
