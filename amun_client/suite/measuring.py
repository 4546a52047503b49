"""One inspection of a suite: its specification, sending it, waiting for it, ending it on Ctrl-C."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from amun_client.api import Client
from amun_client.errors import ServiceRefusedError
from amun_client.suite import identity
from amun_client.suite.ask import Ask
from amun_client.suite.calibration import Wanted
from amun_client.suite.choices import SuiteChoices
from amun_client.suite.fit import Fit, Rule
from amun_client.suite.progress import SuiteProgress
from amun_client.suite.stack import Stack
from amun_client.suite.stored import inspections
from amun_client.waiting import wait_for_end

Document = dict[str, Any]

#: A run may take longer than was predicted, but not for ever.
PATIENCE = 5
SHORTEST_LIMIT_SECONDS = 600
_CONFLICT = 409


class InterruptedMeasuringError(Exception):
    """Ctrl-C: `inspection` is what was under way, as it ended."""

    def __init__(self, inspection: Document | None) -> None:
        super().__init__()
        self.inspection = inspection


class Measuring:
    """Makes inspections for one run of a suite and sees each through to its end."""

    def __init__(
        self,
        client: Client,
        progress: SuiteProgress,
        choices: SuiteChoices,
        stack: Stack,
        *,
        interval_seconds: float = 0.5,
        wait: Callable[..., Document] = wait_for_end,
    ) -> None:
        self._client = client
        self._progress = progress
        self._choices = choices
        self._stack = stack
        self._interval = interval_seconds
        self._wait = wait

    def measure(
        self, suite: Mapping[str, Any], key: str, ask: Ask, fit: Fit, rule: Rule, earlier: int
    ) -> Document:
        """Measure one phase of a case; the inspection as it ended."""
        labels = identity.labels(
            suite,
            key,
            ask,
            self._choices,
            self._stack.digest,
            repeats=fit.repeats,
            warmups=rule.warmups,
        )
        indicator = {
            "name": ask.indicator,
            "framework": ask.framework,
            "parameters": {**ask.parameters, "reps": rule.warmups + fit.repeats},
        }
        document = self._specification(indicator, fit.runs, labels)
        try:
            accepted = self._client.submit(
                document, key=identity.idempotency_key(key, ask, earlier)
            )
        except ServiceRefusedError as error:
            if error.status != _CONFLICT:
                raise
            return self.wait(self._other(key, ask, error))
        return self.wait(accepted)

    def calibrate(self, one: Wanted) -> Document:
        """Carry out a calibration; the inspection as it ended."""
        labels = {**one.label, identity.LOCK: self._stack.digest, identity.WARMUPS: "1"}
        indicator = {
            "name": one.document["request"]["indicator"],
            "framework": one.framework,
            "parameters": one.parameters,
        }
        document = self._specification(indicator, 1, labels)
        return self.wait(self._client.submit(document, key=str(uuid.uuid4())))

    def wait(self, inspection: Mapping[str, Any]) -> Document:
        """Wait for the end. Ctrl-C asks that it ends; a second one leaves at once."""
        name = str(inspection["id"])
        try:
            return self._wait(self._client, name, self._progress, interval_seconds=self._interval)
        except KeyboardInterrupt:
            raise InterruptedMeasuringError(self._cancel(name)) from None

    def _cancel(self, name: str) -> Document | None:
        self._progress.end(f"cancelling {name}; Ctrl-C again leaves at once")
        try:
            self._client.cancel(name)
            return self._wait(self._client, name, self._progress, interval_seconds=self._interval)
        except KeyboardInterrupt:
            return None

    def _other(self, key: str, ask: Ask, error: ServiceRefusedError) -> Document:
        """Another client was faster: its inspection of the same phase."""
        wanted = [
            f"{identity.RUN}={key}",
            f"{identity.CASE}={ask.index}",
            f"{identity.PHASE}={ask.phase}",
        ]
        found: Sequence[Any] = list(inspections(self._client, wanted))
        if not found:
            raise error
        return dict(found[0])

    def _specification(self, indicator: Document, runs: int, labels: Mapping[str, str]) -> Document:
        choices = self._choices
        limit = max(SHORTEST_LIMIT_SECONDS, math.ceil(PATIENCE * choices.budget_seconds))
        document: Document = {
            "indicator": indicator,
            "python": {"lock": self._stack.lock},
            "runs": runs,
            "labels": dict(labels),
            "limits": {"run_seconds": min(limit, 24 * 3600)},
        }
        if choices.base is not None:
            document["base"] = choices.base
        if choices.engine is not None:
            document["engine"] = choices.engine
        return document
