"""By what the inspections of a run of a suite are known: labels and keys.

A run's key stands for all that must be equal for a result to be taken over: the suite as it is
now, the framework, the lock, the type of the numbers, where it runs, and the versions of the
indicators. A second call with the same choices has the same key, and so goes on with the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from amun_client.suite.ask import Ask, Catalogue
from amun_client.suite.choices import SuiteChoices

Document = Mapping[str, Any]

SUITE = "amun.suite"
RUN = "amun.suite.run"
CASE = "amun.suite.case"
PHASE = "amun.suite.phase"
REPEATS = "amun.suite.repeats"
WARMUPS = "amun.suite.warmups"
BUDGET = "amun.suite.budget"
MEMORY = "amun.suite.memory"
FRAMEWORK = "amun.suite.framework"
DTYPE = "amun.suite.dtype"
DEVICE = "amun.suite.device"
PROCESSES = "amun.suite.processes"
DIGEST = "amun.suite.digest"
LOCK = "amun.suite.lock"
CALIBRATION = "amun.suite.calibration"

_KEY_LENGTH = 16


def run_key(suite: Document, catalogue: Catalogue, choices: SuiteChoices, lock_digest: str) -> str:
    """The key of a run."""
    used = {
        phase["request"]["indicator"]
        for case in suite["cases"]
        for phase in case["phases"]
        if phase["request"]
    }
    versions = {name: catalogue[name]["version"] for name in sorted(used) if name in catalogue}
    where = _where(choices, catalogue, used)
    return _key([suite["name"], suite["digest"], versions, lock_digest, where])


def calibration_key(
    calibration: Document, catalogue: Catalogue, choices: SuiteChoices, lock_digest: str
) -> str:
    """The key of a calibration; all suites share it."""
    name = calibration["request"]["indicator"]
    where = _where(choices, catalogue, {name})
    return _key([calibration, catalogue[name]["version"], lock_digest, where])


def labels(
    suite: Document, key: str, ask: Ask, choices: SuiteChoices, lock_digest: str, **numbers: int
) -> dict[str, str]:
    """The labels of one phase of one case; `numbers` are `repeats` and `warmups`."""
    found = {
        SUITE: str(suite["name"]),
        DIGEST: str(suite["digest"])[:_KEY_LENGTH],
        RUN: key,
        CASE: str(ask.index),
        PHASE: ask.phase,
        REPEATS: str(numbers["repeats"]),
        WARMUPS: str(numbers["warmups"]),
        BUDGET: f"{choices.budget_seconds:g}",
        FRAMEWORK: choices.framework,
        DTYPE: choices.dtype,
        DEVICE: choices.device,
        PROCESSES: str(choices.processes),
        LOCK: lock_digest,
    }
    if choices.memory_bytes is not None:
        found[MEMORY] = str(choices.memory_bytes)
    return found


def idempotency_key(key: str, ask: Ask, earlier: int) -> str:
    """Makes a repeated submission harmless: of one phase there is one after `earlier` others."""
    return f"amun-suite-{key}-{ask.index}-{ask.phase}-{earlier}"


def _where(choices: SuiteChoices, catalogue: Catalogue, used: Iterable[str]) -> list[Any]:
    declared = [one for name in used if name in catalogue for one in catalogue[name]["parameters"]]
    together = any(one["name"] == "processes" for one in declared)
    return [
        *(choices.framework, choices.dtype, choices.device, choices.base, choices.engine or "auto"),
        choices.processes if together else None,
    ]


def _key(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]
