from __future__ import annotations

import os

import pytest

from amun_local.process_identity import ProcessIdentity


def test_we_are_alive() -> None:
    here = ProcessIdentity.of(os.getpid())
    assert here is not None
    assert here.alive


def test_a_reused_pid_is_another_process() -> None:
    here = ProcessIdentity.of(os.getpid())
    assert here is not None
    assert not ProcessIdentity(here.pid, here.created - 3600).alive


def test_a_clock_that_was_adjusted_changes_no_identity() -> None:
    here = ProcessIdentity.of(os.getpid())
    assert here is not None
    assert ProcessIdentity(here.pid, here.created + 1).alive


@pytest.mark.parametrize(
    "record",
    [None, [], {}, {"pid": 1}, {"pid": "1", "created": 2}, {"pid": 0, "created": 2.0}],
)
def test_what_is_no_identity(record: object) -> None:
    assert ProcessIdentity.from_record(record) is None


def test_a_record_is_an_identity() -> None:
    assert ProcessIdentity.from_record({"pid": 5, "created": 2}) == ProcessIdentity(5, 2.0)
