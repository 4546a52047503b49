from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from amun_core.published import USAGE_KEYS, published_document

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NEVER_NULL = (
    "exit_code",
    "hwinfo",
    "runtime_environment",
    "script_sha256",
    "stderr",
    "stdout",
    "usage",
)


def document(**changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "hardware_information": {"cpu_info": {"count": 2}, "platform": {"machine": "x86_64"}},
        "stdout": '{"@result": {"rate": 1.0}}',
        "stderr": "",
        "exit_code": 0,
        "script_sha256": "00",
        "hostname": "h",
        "usage": {"ru_utime": 1.5, "ru_other": 3},
        "started_at": STARTED,
        "ended_at": STARTED,
        "os_release": {"id": "debian", "version_id": "12"},
        "python_version": "3.11.2",
        "cpu_family": 6,
        "cpu_model": 85,
    }
    return published_document(**(arguments | changes))


def test_a_run_as_existing_tools_read_it() -> None:
    found = document()
    assert found["runtime_environment"] == {
        "cuda_version": None,
        "hardware": {"cpu_family": 6, "cpu_model": 85},
        "operating_system": {"name": "debian", "version": "12"},
        "python_version": "3.11",
    }
    assert found["stdout"] == {"@result": {"rate": 1.0}}
    assert found["usage"] == dict.fromkeys(USAGE_KEYS, 0) | {"ru_utime": 1.5}
    assert set(found["hwinfo"]) == {"cpu_features", "cpu_info", "cpu_type", "platform"}
    assert found["start_datetime"] == "2026-01-02T03:04:05+00:00"


def test_every_key_of_a_published_result_is_there(published: Path) -> None:
    paths = list((published / "results").glob("*/results/*/result"))
    assert len(paths) == 2
    for path in paths:
        theirs = json.loads(path.read_text())
        ours = document(os_release=theirs["os_release"])
        assert theirs.keys() <= ours.keys()
        assert ours["usage"].keys() == theirs["usage"].keys()
        assert ours["hwinfo"].keys() == theirs["hwinfo"].keys()
        assert ours["runtime_environment"].keys() == theirs["runtime_environment"].keys()
        assert (
            ours["runtime_environment"]["operating_system"]
            == theirs["runtime_environment"]["operating_system"]
        )


def test_nothing_that_clients_require_is_null() -> None:
    found = document(
        hardware_information={},
        stdout="",
        exit_code=None,
        script_sha256=None,
        usage={},
        os_release=None,
        python_version="",
    )
    assert [key for key in NEVER_NULL if found[key] is None] == []
    assert found["script_sha256"] == hashlib.sha256(b"").hexdigest()
    assert found["os_release"] is None


@pytest.mark.parametrize(
    ("exit_code", "signal", "shown"),
    [(0, None, 0), (3, None, 3), (None, 9, 137), (None, None, 128)],
)
def test_the_exit_code_of_a_shell(exit_code: int | None, signal: int | None, shown: int) -> None:
    assert document(exit_code=exit_code, signal=signal)["exit_code"] == shown


@pytest.mark.parametrize("text", ["hello", "[1]", "3", "null", "{", "[" * 100_000])
def test_output_that_is_no_object_stays_readable(text: str) -> None:
    assert document(stdout=text)["stdout"] == {"text": text}


def test_numbers_that_are_not_json_do_not_pass() -> None:
    assert document(stdout='{"a": NaN}')["stdout"] == {"a": None}
