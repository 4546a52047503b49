"""Measures what is missing of a study: one inspection at a time, in the order of its plan.

One at a time, because two in the queue would be built and measured side by side and disturb one
another, and because then nothing is left behind in the queue when the client ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from amun_client.api import Client
from amun_client.errors import ClientError, ServerUnreachableError
from amun_client.study.plan import Cell, Plan
from amun_client.study.survey import Survey, look
from amun_client.waiting import PATIENCE_SECONDS, wait_for_end
from amun_core.states import InspectionState

INTERVAL_SECONDS = 0.5
#: So many in a row that ended badly by no fault of the stack: the service or the host needs a look.
MOST_BAD_ENDS = 3

Document = dict[str, Any]


class Teller(Protocol):
    """Is told how a study goes."""

    def begun(self, cell: Cell, survey: Survey) -> None:
        """One cell is measured now."""

    def ended(self, cell: Cell, inspection: Document, survey: Survey) -> None:
        """It ended."""

    def seen(self, inspection: Document) -> None:
        """The inspection as it is now."""

    def unreachable(self, error: ServerUnreachableError) -> None:
        """The service does not answer just now."""


def measure(
    client: Client,
    plan: Plan,
    survey: Survey,
    teller: Teller,
    *,
    interval_seconds: float = INTERVAL_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Measure every missing cell; `survey` is kept up to date, also when this is interrupted.

    ServerUnreachableError once the service was silent for long; ClientError after several bad ends
    in a row. What was measured until then is kept, and the same call goes on from there.
    """
    bad_ends = 0
    for cell in survey.missing(plan):
        if cell not in survey.active and cell.value in survey.given_up:
            continue  # found out meanwhile
        teller.begun(cell, survey)
        identity = survey.active.get(cell)
        if identity is None:
            attempt = survey.attempts.get(cell, 0) + 1
            identity = _submit(client, plan, cell, attempt, teller, sleep, clock)
            survey.attempts[cell], survey.active[cell] = attempt, identity
        inspection = wait_for_end(
            client, identity, teller, interval_seconds=interval_seconds, sleep=sleep, clock=clock
        )
        survey.renew(cell, inspection)
        teller.ended(cell, inspection, survey)
        well = inspection["state"] == InspectionState.SUCCEEDED or cell.value in survey.given_up
        bad_ends = 0 if well else bad_ends + 1
        if bad_ends == MOST_BAD_ENDS:
            raise ClientError(
                f"{bad_ends} inspections in a row ended badly; the last is {identity}",
                hint=f"`amun inspection show {identity}` says why; "
                "the same command goes on from here",
            )


def _submit(
    client: Client,
    plan: Plan,
    cell: Cell,
    attempt: int,
    teller: Teller,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> str:
    """Submit a cell, through a restart of the service: the key makes a repeated try harmless."""
    specification, key = plan.specification(cell), plan.key(cell, attempt)
    deadline = clock() + PATIENCE_SECONDS
    while True:
        try:
            return str(client.submit(specification, key=key)["id"])
        except ServerUnreachableError as error:
            if clock() >= deadline:
                raise
            teller.unreachable(error)
        sleep(1.0)


def leave(client: Client, plan: Plan) -> int:
    """Ask that what is under way ends; returns how many inspections are kept."""
    survey = look(client, plan.identity)
    for identity in survey.active.values():
        client.cancel(identity)
    return len(survey.done)
