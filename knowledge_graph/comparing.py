"""Comparisons: two arms that are claimed, renewed, given back and ended together.

Whatever touches both arms locks a before b. A pair is claimed in one transaction, so that two
measurers cannot each hold one arm; where one arm has ended badly, the other one is ended instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, or_, select, update

from amun_core.comparison import ARMS, Arm, ComparisonKind
from amun_core.condition import Condition
from amun_core.errors import (
    ConflictError,
    NotFoundError,
    StaleClaimError,
)
from amun_core.states import Actor, AttemptKind, AttemptOutcome, InspectionState
from knowledge_graph.attempts import close_attempt, open_attempt
from knowledge_graph.column_types import database_now
from knowledge_graph.comparison_creation import ComparisonCreation, outcome_values
from knowledge_graph.comparison_records import (
    Block,
    CalibrationRecord,
    Outcome,
    PairClaim,
)
from knowledge_graph.comparison_rows import block_of
from knowledge_graph.comparison_tables import calibrations, comparison_blocks, comparisons
from knowledge_graph.leases import prolong
from knowledge_graph.models import inspections
from knowledge_graph.recording import failure_document
from knowledge_graph.records import Claim, Failure
from knowledge_graph.transitions import (
    BAD_ENDS,
    cancel_or_ask,
    end_with_other_arm,
    give_back,
    move,
    transition,
)
from knowledge_graph.writer import hold

_MEASURE = AttemptKind.MEASURE
_RUNNING = InspectionState.RUNNING


class Comparing(ComparisonCreation):
    """Writes that concern a comparison, or both of its arms."""

    def comparison_of(self, inspection_id: str) -> str | None:
        """The comparison of which this inspection is an arm; None for any other inspection."""
        with self._reading() as connection:
            found: str | None = connection.execute(
                select(inspections.c.comparison_id).where(inspections.c.id == inspection_id)
            ).scalar()
        return found

    def claim_pair(
        self, comparison_id: str, *, worker: str, lease_seconds: float, host_id: str
    ) -> PairClaim | None:
        """Both arms built -> running, on the host that built them. None: nothing to measure here.

        Where one arm has ended badly and the other one waits to be measured, that one ends too.
        """
        with self._transaction() as connection:
            rows = connection.execute(_arms_of(comparison_id)).all()
            if len(rows) != len(ARMS):
                return None
            states = {row.arm: InspectionState(row.state) for row in rows}
            ended = next((row for row in rows if states[row.arm] in BAD_ENDS), None)
            if ended is not None:
                for row in rows:
                    if states[row.arm] is InspectionState.BUILT:
                        state = InspectionState(ended.state)
                        end_with_other_arm(
                            connection, row.id, states[row.arm], ended.id, state, Actor.MEASURER
                        )
                return None
            if any(row.host_id != host_id for row in rows):
                return None
            if set(states.values()) != {InspectionState.BUILT}:
                return None
            claims = {
                row.arm: _claim_arm(connection, row.id, worker, lease_seconds, host_id)
                for row in rows
            }
            return _pair(connection, comparison_id, claims)

    def renew_pair(self, pair: PairClaim, lease_seconds: float) -> bool:
        """Prolong both leases; True if a cancel of either was requested. StaleClaimError if one is lost."""
        with self._transaction() as connection:
            wishes = [prolong(connection, claim, lease_seconds) for claim in pair.arms]
        return any(wishes)

    def store_block(self, pair: PairClaim, block: Block) -> bool:
        """Store a block whose four runs are stored. False if this block is there already."""
        with self._transaction() as connection:
            _hold_pair(connection, pair)
            there = connection.execute(
                select(comparison_blocks.c.block_index).where(
                    comparison_blocks.c.comparison_id == pair.comparison_id,
                    comparison_blocks.c.block_index == block.index,
                )
            ).first()
            if there is not None:
                return False
            connection.execute(insert(comparison_blocks).values(_block_values(pair, block)))
            _touch(connection, pair.comparison_id)
        return True

    def finish_pair(
        self, pair: PairClaim, outcome: Outcome, calibration: CalibrationRecord | None = None
    ) -> None:
        """Both running -> succeeded, with the decision, and what a calibration says of the host."""
        with self._transaction() as connection:
            host_id = _hold_pair(connection, pair)
            for claim in pair.arms:
                close_attempt(
                    connection, claim.inspection_id, claim.fence, AttemptOutcome.COMPLETED
                )
                move(connection, claim, InspectionState.SUCCEEDED)
            _touch(
                connection,
                pair.comparison_id,
                ended_at=database_now(),
                **outcome_values(outcome),
            )
            if calibration is not None:
                connection.execute(
                    insert(calibrations).values(
                        comparison_id=pair.comparison_id,
                        host_id=host_id,
                        indicator=calibration.indicator,
                        framework=calibration.framework,
                        least_detectable_effect=calibration.least_detectable_effect,
                        document=dict(calibration.document),
                        measured_at=database_now(),
                    )
                )

    def fail_pair(self, pair: PairClaim, arm: Arm, failure: Failure) -> None:
        """The arm that failed -> failed with its reason, the other one because of it."""
        document = failure_document(failure)
        own = pair.of(arm)
        with self._transaction() as connection:
            _hold_pair(connection, pair)
            for claim in pair.arms:
                mine = claim is own
                close_attempt(
                    connection,
                    claim.inspection_id,
                    claim.fence,
                    AttemptOutcome.FAILED if mine else AttemptOutcome.COMPLETED,
                    failure=document if mine else None,
                )
            reason = {"reason": failure.reason.value, "attributed_to": failure.attributed_to}
            move(
                connection,
                own,
                InspectionState.FAILED,
                detail=reason,
                failure_reason=failure.reason.value,
                failure=document,
            )
            other = pair.b if own is pair.a else pair.a
            end_with_other_arm(
                connection,
                other.inspection_id,
                _RUNNING,
                own.inspection_id,
                InspectionState.FAILED,
                Actor.MEASURER,
            )
            _touch(connection, pair.comparison_id)

    def crash_pair(
        self, pair: PairClaim, message: str, *, maximum_attempts: int
    ) -> tuple[InspectionState, ...]:
        """An error of ours: both back to built while attempts are left, else crashed."""
        return self._give_pair_back(
            pair, AttemptOutcome.CRASHED, message, maximum_attempts=maximum_attempts
        )

    def release_pair(self, pair: PairClaim) -> tuple[InspectionState, ...]:
        """Give both back (drain); costs no attempt."""
        return self._give_pair_back(pair, AttemptOutcome.RELEASED, "released")

    def _give_pair_back(
        self,
        pair: PairClaim,
        outcome: AttemptOutcome,
        message: str,
        maximum_attempts: int | None = None,
    ) -> tuple[InspectionState, ...]:
        with self._transaction() as connection:
            # both are held before either is asked
            held = [hold(connection, claim) for claim in pair.arms]
            cancel = any(row.cancel_requested for row in held)
            for claim in pair.arms:
                close_attempt(
                    connection, claim.inspection_id, claim.fence, outcome, message=message
                )
            return tuple(
                give_back(
                    connection,
                    claim.inspection_id,
                    _RUNNING,
                    claim.fence,
                    Actor.MEASURER,
                    cancel_requested=cancel,
                    maximum_attempts=maximum_attempts,
                    message=message,
                )
                for claim in pair.arms
            )

    def cancel_pair(self, pair: PairClaim) -> None:
        """The worker has ended the work on request: both -> cancelled."""
        with self._transaction() as connection:
            _hold_pair(connection, pair)
            for claim in pair.arms:
                close_attempt(
                    connection, claim.inspection_id, claim.fence, AttemptOutcome.CANCELLED
                )
                move(connection, claim, InspectionState.CANCELLED)
            _touch(connection, pair.comparison_id)

    def request_cancel_comparison(self, comparison_id: str) -> None:
        """Cancel both arms where nobody works on them, else ask their workers.

        NotFoundError; ConflictError if it has ended already (cancelled again is fine).
        """
        with self._transaction() as connection:
            rows = connection.execute(_arms_of(comparison_id)).all()
            if not rows:
                _refuse_cancel(connection, comparison_id)
            states = [InspectionState(row.state) for row in rows]
            if InspectionState.CANCELLED in states:
                return
            if any(state.terminal for state in states) and not any(
                state.active for state in states
            ):
                raise ConflictError(f"{comparison_id} has ended: it cannot be cancelled")
            for row in rows:
                _cancel_arm(connection, row)
            _touch(connection, comparison_id)


def keep_on_host(connection: Connection, comparison_id: str, host_id: str) -> bool:
    """Bind a comparison to the host that claims an arm first; False if it is another one's."""
    bound = connection.execute(
        update(comparisons)
        .where(
            comparisons.c.id == comparison_id,
            or_(comparisons.c.host_id.is_(None), comparisons.c.host_id == host_id),
        )
        .values(host_id=host_id)
    )
    return bound.rowcount == 1


def _arms_of(comparison_id: str) -> Select[Any]:
    """Both arms, locked."""
    return (
        select(
            inspections.c.id,
            inspections.c.arm,
            inspections.c.state,
            inspections.c.host_id,
        )
        .where(inspections.c.comparison_id == comparison_id)
        .order_by(inspections.c.arm)
        .with_for_update()
    )


def _claim_arm(
    connection: Connection, inspection_id: str, worker: str, lease_seconds: float, host_id: str
) -> Claim:
    fence = transition(
        connection,
        inspection_id,
        InspectionState.BUILT,
        _RUNNING,
        Actor.MEASURER,
        values={
            "fence": inspections.c.fence + 1,
            "lease_owner": worker,
            "lease_until": database_now() + lease_seconds,
            "run_started_at": func.coalesce(inspections.c.run_started_at, database_now()),
        },
        detail={"worker": worker},
    )
    if fence is None:  # it was locked as built in this very transaction
        raise StaleClaimError(inspection_id, InspectionState.BUILT, 0)
    return open_attempt(connection, inspection_id, _MEASURE, fence, worker, host_id)


def _pair(connection: Connection, comparison_id: str, claims: Mapping[str, Claim]) -> PairClaim:
    row = connection.execute(select(comparisons).where(comparisons.c.id == comparison_id)).one()
    blocks = connection.execute(
        select(comparison_blocks)
        .where(comparison_blocks.c.comparison_id == comparison_id)
        .order_by(comparison_blocks.c.block_index)
    )
    return PairClaim(
        comparison_id=comparison_id,
        kind=ComparisonKind(row.kind),
        band=row.band,
        maximum_blocks=row.maximum_blocks,
        maximum_seconds=row.maximum_seconds,
        seed=row.seed,
        a=claims["a"],
        b=claims["b"],
        blocks=tuple(map(block_of, blocks)),
        condition=Condition(row.condition),
        wait_quiet_seconds=row.wait_quiet_seconds,
    )


def _hold_pair(connection: Connection, pair: PairClaim) -> str:
    """Lock both arms if both claims still hold; the host."""
    host_ids = [hold(connection, claim).host_id for claim in pair.arms]
    return str(host_ids[0])


def _block_values(pair: PairClaim, block: Block) -> dict[str, Any]:
    return {
        "comparison_id": pair.comparison_id,
        "block_index": block.index,
        "run_order": block.order,
        "a_runs": list(block.a_runs),
        "b_runs": list(block.b_runs),
        "a_seconds": list(block.a_seconds),
        "b_seconds": list(block.b_seconds),
        "log_ratio": block.log_ratio,
        "disturbed": list(block.disturbed),
        "started_at": block.started_at,
        "ended_at": block.ended_at,
    }


def _touch(connection: Connection, comparison_id: str, **values: Any) -> None:
    connection.execute(
        update(comparisons)
        .where(comparisons.c.id == comparison_id)
        .values(updated_at=database_now(), **values)
    )


def _cancel_arm(connection: Connection, row: Row[Any]) -> None:
    state = InspectionState(row.state)
    if state.terminal:
        return
    # where the other arm waited too, it has taken this one with it
    cancel_or_ask(connection, row.id, state)


def _refuse_cancel(connection: Connection, comparison_id: str) -> None:
    known = connection.execute(
        select(comparisons.c.id).where(comparisons.c.id == comparison_id)
    ).first()
    if known is None:
        raise NotFoundError("comparison", comparison_id)
    raise ConflictError(f"{comparison_id} has ended: it cannot be cancelled")
