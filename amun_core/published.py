"""The result document of one run as existing tools of the prior system read it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from amun_core.bounded_json import UnboundedError, load_bounded

#: What `usage` holds: every key is a number and always there.
USAGE_KEYS = (
    "ru_utime",
    "ru_stime",
    "ru_maxrss",
    "ru_ixrss",
    "ru_idrss",
    "ru_isrss",
    "ru_minflt",
    "ru_majflt",
    "ru_nswap",
    "ru_inblock",
    "ru_oublock",
    "ru_msgsnd",
    "ru_msgrcv",
    "ru_nsignals",
    "ru_nvcsw",
    "ru_nivcsw",
)
_HARDWARE_INFORMATION_KEYS = ("cpu_features", "cpu_info", "cpu_type", "platform")
_KILLED = 128


def published_document(
    *,
    hardware_information: Mapping[str, Any],
    stdout: str,
    stderr: str,
    exit_code: int | None,
    script_sha256: str | None,
    hostname: str,
    usage: Mapping[str, float],
    started_at: datetime,
    ended_at: datetime,
    os_release: Mapping[str, str] | None,
    python_version: str,
    signal: int | None = None,
    cpu_family: int | None = None,
    cpu_model: int | None = None,
    cuda_version: str | None = None,
) -> dict[str, Any]:
    """The document of one run.

    Generated clients refuse null in exit_code, hwinfo, runtime_environment, script_sha256, stderr,
    stdout and usage: what a run has not told is filled with the value that means nothing. A run
    that a signal ended has exit code 128 + signal, as a shell says it. Standard output that is no
    JSON object stands under the key `text`.
    """
    release = dict(os_release or {})
    return {
        "exit_code": _exit_code(exit_code, signal),
        "hwinfo": {key: hardware_information.get(key) or {} for key in _HARDWARE_INFORMATION_KEYS},
        "hostname": hostname,
        "os_release": release or None,
        "runtime_environment": {
            "cuda_version": cuda_version,
            "hardware": {"cpu_family": cpu_family, "cpu_model": cpu_model},
            "operating_system": {
                "name": release.get("id", ""),
                "version": release.get("version_id", ""),
            },
            "python_version": ".".join(python_version.split(".")[:2]),
        },
        "script_sha256": script_sha256 or hashlib.sha256(b"").hexdigest(),
        "start_datetime": started_at.isoformat(),
        "end_datetime": ended_at.isoformat(),
        "datetime": started_at.isoformat(),
        "stderr": stderr,
        "stdout": _stdout(stdout),
        "usage": {key: usage.get(key, 0) for key in USAGE_KEYS},
    }


def _exit_code(exit_code: int | None, signal: int | None) -> int:
    if exit_code is not None:
        return exit_code
    return _KILLED + (signal or 0)


def _stdout(text: str) -> dict[str, Any]:
    try:
        document = load_bounded(text, null_for_nan=True)
    except UnboundedError:
        document = None
    if isinstance(document, dict):
        return document
    return {"text": text} if text else {}
