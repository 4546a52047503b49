"""Facts of this process."""

from __future__ import annotations

import os
import platform

import pytest

from amun_core.published import USAGE_KEYS
from pis import runtime

PUBLISHED = (
    "ru_utime ru_stime ru_maxrss ru_ixrss ru_idrss ru_isrss ru_minflt ru_majflt ru_nswap "
    "ru_inblock ru_oublock ru_msgsnd ru_msgrcv ru_nsignals ru_nvcsw ru_nivcsw"
)


def test_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    found = runtime.interpreter()
    assert found["python_version"] == platform.python_version()
    assert found["python_implementation"] == "cpython"
    assert (found["hash_seed"], found["timer"]) == ("random", "perf_counter")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert runtime.interpreter()["hash_seed"] == "7"


def test_usage_has_every_published_key() -> None:
    assert list(runtime.usage()) == PUBLISHED.split()
    assert runtime.usage()["ru_maxrss"] > 0
    assert set(runtime.usage(children=True)) == set(PUBLISHED.split())


def test_peak_is_this_process_own() -> None:
    ballast = bytearray(os.urandom(1)) * (32 * 1024 * 1024)
    peak = runtime.peak_rss_bytes({"ru_maxrss": 1})
    assert peak is not None
    assert peak > len(ballast)
    assert runtime.peak_rss_bytes({"ru_maxrss": 5}, children=True) == 5 * 1024


def test_os_release_keys_are_lower_case() -> None:
    found = runtime.os_release()
    assert found["id"]
    assert all(key == key.lower() for key in found)
    assert not any(value.startswith('"') for value in found.values())


def test_what_a_run_tells_of_its_use_is_what_is_published() -> None:
    # two lists, since the run imports nothing of the service
    assert tuple(runtime.usage()) == USAGE_KEYS
