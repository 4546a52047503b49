"""A/A comparisons through the real service: from POST /api/v1/comparisons to the verdict."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from benchmarks._environments import FRAMEWORKS
from benchmarks.overhead import locked

_POLL_S = 0.5
_ENDED = {"succeeded", "failed", "crashed", "cancelled"}


@dataclass(frozen=True)
class Live:
    """What is compared with itself, and how far each comparison may go."""

    framework: str
    size: int
    iterations: int
    threads: int
    maximum_blocks: int
    condition: str = "any"

    def request(self, lock: str, seed: int) -> dict[str, Any]:
        """The body of POST /api/v1/comparisons: the same specification twice."""
        specification = {
            "engine": "process",
            "python": {"lock": {"format": "requirements.txt", "content": lock}},
            "environment": [{"name": "OMP_NUM_THREADS", "value": str(self.threads)}],
            "indicator": {
                "name": "matmul",
                "framework": self.framework,
                "parameters": {"matrix_size": self.size, "reps": self.iterations},
            },
        }
        return {
            "a": {"specification": specification, "name": "one"},
            "b": {"specification": specification, "name": "the same"},
            "maximum_blocks": self.maximum_blocks,
            "condition": self.condition,
            "seed": seed,
        }


class Service:
    """A running service, asked over HTTP."""

    def __init__(self, url: str) -> None:
        self._session = requests.Session()
        self._comparisons = f"{url}/api/v1/comparisons"
        self._locks: dict[str, str] = {}

    def compare(self, live: Live, number: int, wanted: int) -> dict[str, Any]:
        """One comparison to its end: what a record keeps of it."""
        shown = self.ended(live.request(self._lock(live.framework), seed=number))
        names = (
            "id",
            "verdict",
            "ratio",
            "low",
            "high",
            "blocks",
            "ended_because",
            "interleaved",
        )
        kept = {name: shown.get(name) for name in names}
        kept["seconds"] = self._seconds(shown)
        print(
            f"live {live.framework} {number + 1}/{wanted}: {kept['verdict']} "
            f"after {kept['blocks']} blocks",
            file=sys.stderr,
        )
        return kept

    def ended(self, request: dict[str, Any]) -> dict[str, Any]:
        """Post one comparison and wait for its end; what it showed then."""
        answer = self._session.post(self._comparisons, json=request, timeout=60)
        if answer.status_code != 202:
            raise SystemExit(
                f"POST {self._comparisons} answered {answer.status_code}: {answer.text}"
            )
        shown = self._wait(answer.json()["id"])
        if shown["state"] != "succeeded":
            failures = [shown[arm]["failure"] for arm in ("a", "b")]
            raise SystemExit(f"error: {shown['id']} ended {shown['state']}: {failures}")
        return shown

    def blocks(self, comparison_id: str) -> list[dict[str, Any]]:
        """Every block of a comparison."""
        answer = self._session.get(f"{self._comparisons}/{comparison_id}/blocks", timeout=60)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["blocks"]
        return found

    def _wait(self, comparison_id: str) -> dict[str, Any]:
        while True:
            answer = self._session.get(f"{self._comparisons}/{comparison_id}", timeout=60)
            answer.raise_for_status()
            shown: dict[str, Any] = answer.json()
            if shown["state"] in _ENDED:
                return shown
            time.sleep(_POLL_S)

    @staticmethod
    def _seconds(shown: dict[str, Any]) -> float:
        begin, end = (shown[name] for name in ("created_at", "ended_at"))
        return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()

    def _lock(self, framework: str) -> str:
        if framework not in self._locks:
            self._locks[framework] = locked(FRAMEWORKS[framework])
        return self._locks[framework]
