"""Has a question about stacks answered by a service: asked once, looked at until it is over."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from amun_client.api import Client
from amun_client.errors import ServerUnreachableError, UsageFaultError
from amun_client.stack.errors import error_of
from amun_client.stack.process import Watcher, Where
from amun_client.waiting import look_until_end
from amun_core.stack_question import QUESTION_STATE_MEANINGS, QuestionState

Document = dict[str, Any]

INTERVAL_SECONDS = 1.0


def ask_service(
    client: Client,
    request: Mapping[str, Any],
    where: Where,
    watcher: Watcher,
    *,
    interval_seconds: float = INTERVAL_SECONDS,
) -> Document:
    """The answer. Raises what went wrong as an error of the client, with its code."""
    _refuse_local(where)
    asked = client.ask_about_stacks(request["verb"], request, key=str(uuid.uuid4()))
    question = look_until_end(
        lambda: client.stack_question(asked["id"]),
        _Seeing(watcher),
        interval_seconds=interval_seconds,
        over=lambda one: QuestionState(one["state"]).over,
    )
    if question["answer"] is None:
        raise error_of(question["error"])
    answer: Document = question["answer"]
    return answer


def _refuse_local(where: Where) -> None:
    given: dict[str, Callable[[Where], object]] = {
        "--index": lambda one: one.index,
        "--offline": lambda one: one.offline,
        "--snapshot": lambda one: one.snapshot,
        "--save-snapshot": lambda one: one.save_snapshot,
    }
    used = [option for option, value in given.items() if value(where)]
    if used:
        raise UsageFaultError(
            f"{', '.join(used)}: a service reads the index that it was set up with",
            hint="leave --server out: no service is needed for this",
        )


class _Seeing:
    """Tells the state of a question as progress."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def seen(self, question: Document) -> None:
        """How far the answer is, or what it waits for."""
        meaning = QUESTION_STATE_MEANINGS[QuestionState(question["state"])]
        self._watcher.seen(question["progress"] or {"stage": meaning})

    def unreachable(self, error: ServerUnreachableError) -> None:
        """The service does not answer just now."""
        self._watcher.seen({"stage": f"{error}; waiting for it"})
