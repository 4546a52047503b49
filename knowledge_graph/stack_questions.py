"""Questions about stacks: stored, claimed by solvers, answered once.

A claim raises the fence; whatever is written under a claim carries it, so that a solver that was
thought dead changes nothing any more. A question whose lease has ended is claimed again like a new
one, until its claims are spent.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    and_,
    delete,
    false,
    insert,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError

from amun_core.errors import IdempotencyConflictError, StorageError
from amun_core.stack_question import QuestionState
from knowledge_graph.column_types import database_now
from knowledge_graph.records import HeldClaim
from knowledge_graph.stack_records import CreatedQuestion, QuestionClaim
from knowledge_graph.stack_tables import stack_questions
from knowledge_graph.writer import Writer

_DRAWS = 8  # of an id that is taken already, or of an idempotency key that another request writes
_T = stack_questions.c


class StackQuestions(Writer):
    """Writes of questions."""

    def ask_question(
        self,
        request: Mapping[str, Any],
        request_hash: str,
        *,
        fresh_seconds: float,
        idempotency_key: str | None = None,
    ) -> CreatedQuestion:
        """Store a question. One that is open, or was answered just now, is not asked twice.

        Same key, other request: IdempotencyConflictError.
        """
        for _ in range(_DRAWS):
            try:
                with self._transaction() as connection:
                    known = _of_key(connection, idempotency_key, request_hash) or _of_hash(
                        connection, request_hash, fresh_seconds
                    )
                    if known is not None:
                        return CreatedQuestion(known, replayed=True)
                    return _insert(connection, request, request_hash, idempotency_key)
            except IntegrityError:
                continue  # the id is taken, or the key was written a moment ago: look again
        raise StorageError("no free question id was found", hint="Try again.")

    def claim_question(
        self,
        *,
        worker: str,
        lease_seconds: float,
        maximum_attempts: int,
        dead: Collection[HeldClaim] | None = None,
    ) -> QuestionClaim | None:
        """The oldest question that waits, or whose solver is gone; None where there is none.

        One whose claims are spent becomes crashed on the way. `dead` are the claims that have
        expired by the clock of whoever asks; without them the database's clock decides.
        """
        waits = _waits(dead)
        with self._transaction() as connection:
            for row in connection.execute(
                select(_T.id, _T.fence, _T.attempts, _T.request).where(waits).order_by(_T.sequence)
            ).all():
                if row.attempts >= maximum_attempts:
                    _end(connection, row.id, row.fence, QuestionState.CRASHED, error=_CRASHED)
                    continue
                taken = connection.execute(
                    update(stack_questions)
                    .where(_T.id == row.id, _T.fence == row.fence, waits)
                    .values(
                        state=QuestionState.RUNNING.value,
                        fence=_T.fence + 1,
                        attempts=_T.attempts + 1,
                        lease_owner=worker,
                        lease_until=database_now() + lease_seconds,
                        updated_at=database_now(),
                    )
                )
                if taken.rowcount:
                    return QuestionClaim(row.id, row.fence + 1, row.request)
        return None

    def held_questions(self) -> list[HeldClaim]:
        """Every claim on a question that nobody gave back yet, whether its solver lives or not."""
        until = type_coerce(_T.lease_until, Double)
        with self._reading() as connection:
            rows = connection.execute(
                select(
                    _T.id, _T.fence, until.label("beat"), (until - database_now()).label("left")
                ).where(_T.lease_until.is_not(None), _T.ended_at.is_(None))
            )
            return [HeldClaim(row.id, row.fence, row.beat, row.left, None) for row in rows]

    def renew_question(
        self,
        claim: QuestionClaim,
        lease_seconds: float,
        progress: Mapping[str, Any] | None = None,
    ) -> bool:
        """Prolong the lease, and tell how far it is; False if another has it now."""
        told = {} if progress is None else {"progress": dict(progress)}
        with self._transaction() as connection:
            renewed = connection.execute(
                update(stack_questions)
                .where(_held(claim))
                .values(
                    lease_until=database_now() + lease_seconds, updated_at=database_now(), **told
                )
            )
            return bool(renewed.rowcount)

    def answer_question(self, claim: QuestionClaim, answer: Mapping[str, Any]) -> bool:
        """Running -> succeeded; False if another has it now."""
        snapshot = answer.get("snapshot", {}).get("digest")
        with self._transaction() as connection:
            return _end(
                connection,
                claim.question_id,
                claim.fence,
                QuestionState.SUCCEEDED,
                answer=dict(answer),
                snapshot=snapshot,
            )

    def fail_question(self, claim: QuestionClaim, error: Mapping[str, Any]) -> bool:
        """Running -> failed, with the problem; False if another has it now."""
        with self._transaction() as connection:
            return _end(
                connection, claim.question_id, claim.fence, QuestionState.FAILED, error=dict(error)
            )

    def release_question(self, claim: QuestionClaim) -> bool:
        """Running -> accepted, at no cost: the solver was told to end."""
        with self._transaction() as connection:
            released = connection.execute(
                update(stack_questions)
                .where(_held(claim))
                .values(
                    state=QuestionState.ACCEPTED.value,
                    attempts=_T.attempts - 1,
                    lease_owner=None,
                    lease_until=None,
                    updated_at=database_now(),
                )
            )
            return bool(released.rowcount)

    def forget_questions(self, older_than_seconds: float) -> int:
        """Remove what ended so long ago; returns how many. The index has moved on since."""
        with self._transaction() as connection:
            gone = connection.execute(
                delete(stack_questions).where(_T.ended_at < database_now() - older_than_seconds)
            )
            return gone.rowcount


_CRASHED = {
    "code": "A000",
    "message": "solver after solver ended without a word",
    "hint": "the log of the solver may tell; narrower requirements take less memory",
    "faults": [],
}


def _waits(dead: Collection[HeldClaim] | None) -> ColumnElement[bool]:
    if dead is None:
        expired: ColumnElement[bool] = _T.lease_until < database_now()
    else:
        expired = or_(
            false(),
            *(
                and_(
                    _T.id == one.inspection_id,
                    _T.fence == one.fence,
                    type_coerce(_T.lease_until, Double) == one.beat,
                )
                for one in dead
            ),
        )
    return and_(_T.ended_at.is_(None), or_(_T.state == QuestionState.ACCEPTED.value, expired))


def _held(claim: QuestionClaim) -> ColumnElement[bool]:
    return and_(
        _T.id == claim.question_id,
        _T.fence == claim.fence,
        _T.state == QuestionState.RUNNING.value,
    )


def _end(
    connection: Connection, question_id: str, fence: int, state: QuestionState, **values: Any
) -> bool:
    ended = connection.execute(
        update(stack_questions)
        .where(_T.id == question_id, _T.fence == fence, _T.ended_at.is_(None))
        .values(
            state=state.value,
            lease_owner=None,
            lease_until=None,
            ended_at=database_now(),
            updated_at=database_now(),
            **values,
        )
    )
    return bool(ended.rowcount)


def _of_key(connection: Connection, key: str | None, request_hash: str) -> str | None:
    if key is None:
        return None
    row = connection.execute(
        select(_T.id, _T.request_hash).where(_T.idempotency_key == key)
    ).first()
    if row is not None and row.request_hash != request_hash:
        raise IdempotencyConflictError(
            f"the idempotency key was used for another request, which made {row.id}",
            hint="Send a new key with a new request.",
        )
    return None if row is None else str(row.id)


def _of_hash(connection: Connection, request_hash: str, fresh_seconds: float) -> str | None:
    fresh = or_(
        _T.ended_at.is_(None),
        and_(
            _T.state == QuestionState.SUCCEEDED.value,
            _T.ended_at > database_now() - fresh_seconds,
        ),
    )
    found = connection.execute(
        select(_T.id)
        .where(_T.request_hash == request_hash, fresh)
        .order_by(_T.sequence.desc())
        .limit(1)
    ).scalar()
    return None if found is None else str(found)


def _insert(
    connection: Connection, request: Mapping[str, Any], request_hash: str, key: str | None
) -> CreatedQuestion:
    suffix = secrets.token_hex(4)
    question_id = f"question-{suffix}"
    connection.execute(
        insert(stack_questions).values(
            id=question_id,
            suffix=suffix,
            idempotency_key=key,
            request_hash=request_hash,
            request=dict(request),
            state=QuestionState.ACCEPTED.value,
            created_at=database_now(),
            updated_at=database_now(),
        )
    )
    return CreatedQuestion(question_id)
