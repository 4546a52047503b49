from __future__ import annotations

import io
import json
import logging
import threading

import pytest
import structlog

from amun_core.errors import StorageError
from inspector.logs import InspectionLog, configure_logs


@pytest.fixture
def log(bench) -> InspectionLog:
    return InspectionLog(bench.store, bench.claim(bench.submit()))


def stored(bench, log: InspectionLog) -> list[tuple[str, str]]:
    return [(one["section"], one["text"]) for one in bench.queries.log(log._claim.inspection_id)]


def test_lines_are_stored_together_by_section(bench, log):
    log.begin("host")
    log.line("one")
    log.line("two")
    log.begin("engine")
    log.line("three\n")
    assert stored(bench, log) == []
    log.flush()
    assert stored(bench, log) == [("host", "one\ntwo\n"), ("engine", "three\n")]


def test_what_is_written_while_streaming_is_stored_though_nothing_follows(bench, log, monkeypatch):
    monkeypatch.setattr("inspector.logs.FLUSH_SECONDS", 0.01)
    with log.streaming():
        log._written += 3600  # the writer itself shall not flush
        log.write("install", "Resolved 8 packages")
        while not stored(bench, log):
            pass
    assert stored(bench, log) == [("install", "Resolved 8 packages\n")]
    assert "inspection-log" not in [thread.name for thread in threading.enumerate()]


def test_a_full_disk_while_logging_fails_nothing(bench, log, monkeypatch):
    def full(*_arguments: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(bench.store, "append_log", full)
    log.line("one")
    log.flush()
    log.line("two")
    log.flush()
    assert [line["event"] for line in bench.logged] == ["log_not_stored"]


@pytest.fixture
def stream():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("builder", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("inspector").setLevel(logging.NOTSET)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_is_json_with_action_and_process(stream):
    with structlog.contextvars.bound_contextvars(inspection_id="inspection-1", fence=3):
        structlog.get_logger("inspector.claim").info("claimed", kind="build")
    (line,) = lines(stream)
    assert line["action"] == "claimed"
    assert (line["process"], line["inspection_id"], line["fence"]) == (
        "builder",
        "inspection-1",
        3,
    )
    assert line["timestamp"].endswith("Z")


def test_lines_of_other_libraries_have_the_same_form(stream):
    logging.getLogger("celery.worker").warning("lost %s", "connection")
    (line,) = lines(stream)
    assert (line["action"], line["message"], line["level"]) == ("log", "lost connection", "warning")


def test_an_error_carries_its_traceback(stream):
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        structlog.get_logger("inspector.claim").exception("crashed")
    (line,) = lines(stream)
    assert line["exception"][0]["exc_type"] == "ZeroDivisionError"


def test_no_line_carries_the_values_of_local_variables(stream):
    password = "hunter2"  # noqa: F841 (it is the point that it is there)
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        structlog.get_logger("inspector.claim").exception("crashed")
    assert "hunter2" not in stream.getvalue()
