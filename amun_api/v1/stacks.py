"""Questions about the space of valid stacks: ask one, look at it until its answer is there."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from amun_api.body import read_json
from amun_api.documentation import faults, json_body, part
from amun_api.json_answer import accepted_answer, json_answer, next_page
from amun_api.parameters import IdempotencyHeader
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_api.v1 import stack_models
from amun_api.v1.stack_parameters import QuestionPath, QuestionQuery
from amun_core.errors import Fault, InvalidStackQuestionError
from amun_core.stack_question import FRESH_SECONDS, STACK_QUESTION_SCHEMA
from amun_core.stack_request import StackQuestion, StackVerb, parse_stack_request
from knowledge_graph.stack_records import QuestionView

api = part("stacks", "stack", Surface.V1)

#: An answer is kept in the database: no more stacks than this go into one.
MOST_STACKS = 10_000
_RETRY_AFTER_SECONDS = "1"

_FLASK: dict[str, Any] = {"requirements": ["flask"], "policy": {"last": 10}}
_PIPFILE: dict[str, Any] = {
    "file": {"name": "Pipfile", "content": '[packages]\nflask = "*"\n'},
    "target": {"python_version": "3.12", "libc": "glibc 2.36"},
}
_LOCK = {"name": "requirements.txt", "content": "flask==3.1.0\n"}
#: What each verb is asked with beside the requirements, and one sentence about it.
VERBS: dict[StackVerb, tuple[str, dict[str, Any]]] = {
    StackVerb.COUNT: ("Count the valid stacks, exactly.", {"by": True}),
    StackVerb.SAMPLE: ("Draw stacks at random.", {"number": 5, "seed": 7}),
    StackVerb.LIST: ("List every stack, page by page.", {"number": 100}),
    StackVerb.BEST: (
        "Find the best stacks under scores that add up.",
        {"scores": {"versions": {"flask": {"3.1.0": 1.5}}}},
    ),
    StackVerb.NEAREST: ("Find the stacks near to a lock.", {"near": _LOCK, "number": 5}),
    StackVerb.COVER: ("Cover every version, or every pair, with few stacks.", {"strength": 2}),
    StackVerb.EXPLAIN: (
        "Explain why versions are in the space, or why not.",
        {"subject": "werkzeug<3"},
    ),
    StackVerb.LOCK: ("Write one stack as a lock.", {"rank": "0", "lock_format": "pylock.toml"}),
}


def _asking(verb: StackVerb) -> None:
    """The route of one verb."""
    summary, own = VERBS[verb]

    def ask(header: IdempotencyHeader) -> Response:
        return _ask(verb, header.key)

    ask.__name__ = f"ask_stack_{verb}"
    ask.__doc__ = summary
    api.post(
        f"/api/v1/stacks/{verb}",
        description=f"{summary} A solver reads the index, compiles the space of all valid stacks and "
        "answers: that takes from a second to minutes. A question that is open, or was answered just "
        "now, is not asked twice.",
        responses={202: stack_models.AcceptedQuestion, **faults(Surface.V1, 409, 413, 415, 422)},
        openapi_extensions=json_body(
            StackQuestion,
            "What is asked about which stacks.",
            {"words": {**_FLASK, **own}, "a Pipfile": {**_PIPFILE, **own}},
        ),
    )(ask)


for _verb in StackVerb:
    _asking(_verb)


def _ask(verb: StackVerb, key: str | None) -> Response:
    given = read_json(request)
    asked = parse_stack_request({**given, "verb": verb.value} if isinstance(given, dict) else given)
    if asked.number > MOST_STACKS:
        message = f"more than {MOST_STACKS} stacks are not kept in one answer"
        raise InvalidStackQuestionError(message, faults=(Fault("/number", message),))
    created = service().store.ask_question(
        asked.document(), asked.hash, fresh_seconds=FRESH_SECONDS, idempotency_key=key
    )
    place = question_path(created.question_id)
    document = {
        "schema": STACK_QUESTION_SCHEMA,
        "id": created.question_id,
        "state": service().queries.question(created.question_id).state,
    }
    return accepted_answer(document, place, replayed=created.replayed)


@api.get("/api/v1/stacks/questions", responses={200: stack_models.QuestionList})
def list_questions(query: QuestionQuery) -> Response:
    """List questions about stacks, newest first."""
    page = service().queries.question_page(cursor=query.cursor, limit=query.limit)
    document = {
        "schema": "amun.stack-questions/1",
        "questions": [_shown(view) for view in page.questions],
        "next_cursor": page.next_cursor,
    }
    return json_answer(document, headers=next_page([("limit", query.limit)], page.next_cursor))


@api.get(
    "/api/v1/stacks/questions/<question_id>",
    responses={200: stack_models.Question, **faults(Surface.V1, 404)},
)
def show_question(path: QuestionPath) -> Response:
    """One question: its answer, or how far it is."""
    view = service().queries.question(path.question_id)
    document = {
        "schema": STACK_QUESTION_SCHEMA,
        **_shown(view),
        "request": view.request,
        "progress": view.progress,
        "answer": view.answer,
        "error": view.error,
    }
    headers = {} if view.state.over else {"Retry-After": _RETRY_AFTER_SECONDS}
    return json_answer(document, headers=headers)


def question_path(question_id: str) -> str:
    """Where a question is found."""
    return f"/api/v1/stacks/questions/{question_id}"


def _shown(view: QuestionView) -> dict[str, Any]:
    return {
        "id": view.question_id,
        "verb": view.request["verb"],
        "state": view.state,
        "snapshot": view.snapshot,
        "created_at": view.created_at,
        "ended_at": view.ended_at,
    }
