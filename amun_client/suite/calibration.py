"""Short inspections that tell how fast this framework is on the host, before a suite is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from amun_client.api import Client
from amun_client.quantities import parse_time
from amun_client.suite import identity
from amun_client.suite.ask import Catalogue, bytes_of, settle
from amun_client.suite.choices import SuiteChoices
from amun_client.suite.prediction import Observation
from amun_client.suite.reading import Reading, read
from amun_client.suite.stored import inspections
from amun_core.states import InspectionState

Document = Mapping[str, Any]

#: An older one tells of a host that may have changed.
GOOD_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One calibration in the words of its indicator, and the key it is known by."""

    key: str
    document: Document
    framework: str
    parameters: dict[str, Any]
    moved_bytes: int

    @property
    def label(self) -> dict[str, str]:
        """Its label."""
        return {identity.CALIBRATION: self.key}

    def observation(self, reading: Reading) -> Observation:
        """What it tells."""
        return Observation(
            kind=str(self.document["kind"]),
            indicator=str(self.document["request"]["indicator"]),
            phase=None,
            flop=self.document["flop"],
            moved_bytes=self.moved_bytes,
            seconds=float(reading.summary["median_elapsed_s"]),
            startup_seconds=max(0.0, reading.startup_s),
        )


def wanted(
    suite: Document, catalogue: Catalogue, choices: SuiteChoices, lock_digest: str
) -> list[Wanted]:
    """The calibrations of a suite that this framework can carry out."""
    found = []
    for document in suite["calibrations"]:
        request = document["request"]
        settled = settle(request, catalogue, choices)
        if settled.why_not is None:
            _, moved = bytes_of(request, settled, choices.dtype)
            key = identity.calibration_key(document, catalogue, choices, lock_digest)
            parameters = {**settled.parameters, "reps": document["repeats"]}
            found.append(Wanted(key, document, settled.framework, parameters, moved))
    return found


def newest(client: Client, key: str, *, now: datetime | None = None) -> Document | None:
    """The newest calibration with this key that succeeded and is young enough, or goes on."""
    oldest = (now or datetime.now(UTC)) - GOOD_FOR
    for one in inspections(client, [f"{identity.CALIBRATION}={key}"]):
        created = parse_time(one["created_at"])
        if created is None or created < oldest:
            return None
        state = InspectionState(one["state"])
        if state is InspectionState.SUCCEEDED or not (state.terminal or one["cancel_requested"]):
            return one
    return None


def stored(client: Client, every: Sequence[Wanted]) -> list[tuple[Observation, Document]]:
    """What the graph has: observations, each with its inspection."""
    return observed(client, every, lambda one: newest(client, one.key))


def observed(
    client: Client, every: Sequence[Wanted], inspection_of: Callable[[Wanted], Document | None]
) -> list[tuple[Observation, Document]]:
    """The observations of those that `inspection_of` gives a measured inspection for."""
    found = []
    for one in every:
        inspection = inspection_of(one)
        if inspection is None or inspection["state"] != InspectionState.SUCCEEDED:
            continue
        reading = read(client, inspection)
        if reading is not None and reading.summary["median_elapsed_s"]:
            found.append((one.observation(reading), inspection))
    return found
