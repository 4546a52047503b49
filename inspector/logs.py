"""Two kinds of log: the service's own (JSON lines on stderr) and the log of one inspection."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Iterator
from typing import TextIO

import structlog

from amun_core.errors import AmunError
from amun_core.redaction import redact_event
from knowledge_graph.records import Claim
from knowledge_graph.store import GraphStore

#: Time after which a line of the inspection's log is in the database, s.
FLUSH_SECONDS = 0.3

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logs(process: str, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log line of this process to `stream` (stderr) as one JSON object.

    Lines of other libraries arrive through the standard library's logging with the action "log".
    """

    def name_process(
        _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["process"] = process  # threads do not inherit bound context
        return event

    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, name_process, _name_foreign],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # without the values of variables: they may be passwords
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            redact_event,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("inspector").setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            name_process,
            structlog.processors.EventRenamer("action"),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _name_foreign(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    event["message"] = event.pop("event", "")
    event["action"] = "log"
    return event


class InspectionLog:
    """The log of one inspection, written in chunks; never the reason for a failure.

    Lines are gathered and stored together, since each chunk is a transaction: at the end of a
    step that takes long, and every FLUSH_SECONDS within `streaming`.
    """

    def __init__(self, store: GraphStore, claim: Claim) -> None:
        self._store = store
        self._claim = claim
        self._pieces: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._written = time.monotonic()
        self._complained = False
        self._section = "start"

    def begin(self, section: str) -> None:
        """The lines that follow belong to this section."""
        self._section = section

    def line(self, text: str) -> None:
        """Add a line to the section that was begun last."""
        self.write(self._section, text)

    def write(self, section: str, text: str) -> None:
        """Add text to a section; a missing line end is added."""
        with self._lock:
            self._pieces.append((section, text if text.endswith("\n") else text + "\n"))
        if time.monotonic() - self._written > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Store what was gathered, one chunk for each section in a row."""
        with self._lock:
            pieces, self._pieces = self._pieces, []
            self._written = time.monotonic()
            for section, text in _joined(pieces):
                self._append(section, text)

    @contextlib.contextmanager
    def streaming(self) -> Iterator[None]:
        """Store what is written within FLUSH_SECONDS, even if nothing follows it for long."""
        self.flush()
        ended = threading.Event()

        def pump() -> None:
            while not ended.wait(FLUSH_SECONDS):
                self.flush()

        thread = threading.Thread(target=pump, name="inspection-log", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.flush()

    def _append(self, section: str, text: str) -> None:
        try:
            self._store.append_log(self._claim, section, text)
        except AmunError as error:  # a full disk or a lost lease: the work itself will find out
            if not self._complained:
                self._complained = True
                structlog.get_logger(__name__).warning("log_not_stored", error=str(error))


def _joined(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbouring pieces of the same section as one."""
    joined: list[tuple[str, str]] = []
    for section, text in pieces:
        if joined and joined[-1][0] == section:
            joined[-1] = (section, joined[-1][1] + text)
        else:
            joined.append((section, text))
    return joined
