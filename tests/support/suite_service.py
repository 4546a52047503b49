"""A service in memory as runs of suites see it: what is submitted is measured at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from amun_client.errors import ServiceRefusedError
from pis import catalogue

Document = dict[str, Any]
FLOP_PER_SECOND = 1e11
WALL_BESIDE_CALLS = 0.5


class SuiteService:
    """Answers as the client does. `state_of` says how a specification ends, `seconds_of` how fast."""

    def __init__(self) -> None:
        self.submitted: list[Document] = []
        self.cancelled: list[str] = []
        self.host = "host-1"
        self.state_of: Callable[[Document], str] = lambda _: "succeeded"
        self.seconds_of: Callable[[Document], float] = call_seconds
        #: of each specification: the runs beside which other work used the host, and how long the
        #: last call of its first run was held up
        self.disturbed_of: Callable[[Document], int] = lambda _: 0
        self.held_up_of: Callable[[Document], float] = lambda _: 0.0
        self.page_limit = 3
        self._inspections: list[Document] = []
        self._keys: dict[str, Document] = {}

    # what the client does

    def indicators(self) -> Document:
        return {"indicators": catalogue.indicators()}

    def page(self, **filters: Any) -> Document:
        wanted = dict(text.split("=", 1) for text in filters["label"])
        found = [
            one
            for one in reversed(self._inspections)
            if all(one["labels"].get(key) == value for key, value in wanted.items())
        ]
        start = int(filters.get("cursor") or 0)
        end = start + self.page_limit
        more = str(end) if end < len(found) else None
        return {"inspections": found[start:end], "next_cursor": more}

    def submit(self, specification: Mapping[str, Any], *, key: str | None = None) -> Document:
        document = dict(specification)
        if key in self._keys:
            known = self._keys[key]
            if known["document"] != document:
                raise ServiceRefusedError("used before", code="A409", status=409)
            return known
        self.submitted.append(document)
        return self.add(document, self.state_of(document), key=key)

    def inspection(self, identity: str) -> Document:
        (found,) = [one for one in self._inspections if one["id"] == identity]
        return found

    def specification(self, identity: str) -> Document:
        found: Document = self.inspection(identity)["document"]
        return found

    def cancel(self, identity: str) -> Document:
        self.cancelled.append(identity)
        one = self.inspection(identity)
        one["state"], one["cancel_requested"] = "cancelled", True
        return one

    def runs(self, identity: str, *, samples: bool = False) -> Document:
        assert samples
        one = self.inspection(identity)
        return {"runs": [self._run(one, index) for index in range(one["runs"]["accepted"])]}

    def results(self, identity: str) -> Document:
        one = self.inspection(identity)
        seconds = self.seconds_of(one["document"])
        runs = one["runs"]["accepted"]
        return {
            "stack": {"digest": "d", "packages": [{"name": "numpy", "version": "2.4.6"}]},
            "host": {"id": self.host, "name": "lab", "processor": "CPU", "cpu_count": 2},
            "engine": {"chosen": "process", "why": None},
            "summary": {
                "runs": runs,
                "median_elapsed_s": seconds,
                "elapsed_interval": [seconds * 0.9, seconds * 1.1] if runs >= 6 else None,
                "median_rate_gflops": 10.0,
                "rate_interval": [9.0, 11.0] if runs >= 6 else None,
                "confidence": 0.95,
                "interval_absent_because": None,
                "relative_spread": 0.01,
                "disturbed_runs": self.disturbed_of(one["document"]),
                "peak_rss_bytes": 10**8,
            }
            if runs
            else None,
        }

    # what a test does

    def add(self, document: Document, state: str, *, key: str | None = None) -> Document:
        """An inspection in this state."""
        one = {
            "id": f"inspection-{len(self._inspections):04d}",
            "state": state,
            "labels": dict(document["labels"]),
            "indicator": document["indicator"],
            "engine": {"requested": document.get("engine", "auto")},
            "runs": {
                "requested": document["runs"],
                "accepted": document["runs"] if state == "succeeded" else 0,
            },
            "host": {"id": self.host, "name": "lab"} if state != "queued" else None,
            "failure": {"reason": "run_crashed", "message": "it fell"}
            if state == "failed"
            else None,
            "cancel_requested": False,
            "created_at": datetime.now(UTC).isoformat(),
            "document": document,
        }
        self._inspections.append(one)
        if key is not None:
            self._keys[key] = one
        return one

    def cases(self) -> list[Document]:
        """The inspections of cases, calibrations left out, oldest first."""
        return [one for one in self._inspections if "amun.suite.case" in one["labels"]]

    def finish(self, identity: str) -> None:
        """Let one that is under way succeed."""
        one = self.inspection(identity)
        one["state"] = "succeeded"
        one["runs"]["accepted"] = one["runs"]["requested"]
        one["host"] = {"id": self.host, "name": "lab"}

    def _run(self, one: Document, index: int) -> Document:
        seconds = self.seconds_of(one["document"])
        count = one["indicator"]["parameters"]["reps"]
        values = [seconds * 2, *[seconds] * (count - 1)]
        if index == 0:
            values[-1] += self.held_up_of(one["document"])
        return {
            "index": index,
            "accepted": True,
            "seconds": values,
            "wall_s": sum(values) + WALL_BESIDE_CALLS,
            "facts": {"loops": 1, "leading": min(5, count)},
        }


def call_seconds(document: Document) -> float:
    """What a call takes where nothing else is said: its operations at one rate."""
    indicator = document["indicator"]
    declared = catalogue.declaration(indicator["name"])
    values, faults = catalogue.check(
        indicator["name"], indicator["framework"], indicator["parameters"]
    )
    assert not faults, faults
    assert declared.work is not None
    return float(declared.work(values) / FLOP_PER_SECOND)
