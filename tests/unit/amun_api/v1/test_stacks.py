"""Questions about stacks over HTTP: ask, look, list."""

from __future__ import annotations

from typing import Any

import pytest

from amun_api.v1 import stack_models
from amun_api.v1.stacks import VERBS
from amun_core.stack_request import StackVerb, parse_stack_request

URL = "/api/v1/stacks"
WORDS = {"requirements": ["flask"]}


def claimed(store) -> Any:
    claim = store.claim_question(worker="solver", lease_seconds=60, maximum_attempts=3)
    assert claim is not None
    return claim


@pytest.mark.parametrize("verb", VERBS)
def test_a_question_is_stored_for_a_solver(client, store, verb):
    own = VERBS[verb][1]
    answer = client.post(f"{URL}/{verb}", json={**WORDS, **own})
    assert answer.status_code == 202, answer.text
    accepted = stack_models.AcceptedQuestion.model_validate(answer.json)
    assert (accepted.state, accepted.replayed) == ("accepted", False)
    assert answer.headers["Location"] == f"{URL}/questions/{accepted.id}"
    claim = claimed(store)
    assert claim.request["verb"] == verb
    assert WORDS.items() <= claim.request.items()
    assert parse_stack_request(claim.request).verb is verb


def test_every_verb_can_be_asked():
    assert set(VERBS) == set(StackVerb)


def test_the_answer_is_there_once_it_is_over(client, store):
    location = client.post(f"{URL}/count", json=WORDS).headers["Location"]
    waiting = client.get(location)
    assert waiting.headers["Retry-After"] == "1"
    assert waiting.json["answer"] is None
    claim = claimed(store)
    store.renew_question(claim, 60, {"stage": "reading the index", "packages": 3})
    assert client.get(location).json["progress"]["packages"] == 3
    store.answer_question(claim, {"count": "74244834", "snapshot": {"digest": "ab" * 32}})
    ended = client.get(location)
    assert "Retry-After" not in ended.headers
    shown = stack_models.Question.model_validate(ended.json)
    assert (shown.state, shown.answer["count"]) == ("succeeded", "74244834")
    assert shown.snapshot == "ab" * 32
    again = client.post(f"{URL}/count", json=WORDS)
    assert again.headers["Location"] == location
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json["state"] == "succeeded"


def test_an_error_is_told(client, store):
    location = client.post(f"{URL}/count", json=WORDS).headers["Location"]
    problem = {"code": "A922", "message": "no stack is valid", "hint": None, "faults": []}
    store.fail_question(claimed(store), problem)
    shown = stack_models.Question.model_validate(client.get(location).json)
    assert shown.state == "failed"
    assert shown.error.code == "A922"


@pytest.mark.parametrize(
    ("verb", "body", "status", "pointer"),
    [
        ("guess", WORDS, 404, None),
        ("count", {}, 422, "/requirements"),
        ("count", [], 422, ""),
        ("count", {**WORDS, "vreb": 1}, 422, "/vreb"),
        ("nearest", WORDS, 422, "/near"),
        ("list", {**WORDS, "number": 10_001}, 422, "/number"),
    ],
)
def test_what_cannot_be_asked(client, verb, body, status, pointer):
    answer = client.post(f"{URL}/{verb}", json=body)
    assert answer.status_code == status
    assert [fault["pointer"] for fault in answer.json["errors"]] == (
        [] if pointer is None else [pointer]
    )


def test_an_idempotency_key_names_one_question(client):
    headers = {"Idempotency-Key": "once"}
    first = client.post(f"{URL}/count", json=WORDS, headers=headers).json["id"]
    assert client.post(f"{URL}/count", json=WORDS, headers=headers).json["id"] == first
    other = client.post(f"{URL}/sample", json=WORDS, headers=headers)
    assert (other.status_code, other.json["code"]) == (409, "A303")


def test_lists_come_newest_first_in_pages(client):
    for verb in (StackVerb.COUNT, StackVerb.SAMPLE, StackVerb.BEST):
        client.post(f"{URL}/{verb}", json=WORDS)
    page = client.get(f"{URL}/questions?limit=2")
    shown = stack_models.QuestionList.model_validate(page.json)
    assert [one.verb for one in shown.questions] == ["best", "sample"]
    following = page.headers["Link"].partition(">")[0].lstrip("<")
    rest = client.get(following).json
    assert [one["verb"] for one in rest["questions"]] == ["count"]
    assert rest["next_cursor"] is None


def test_a_question_is_found_by_its_prefix(client):
    question_id = client.post(f"{URL}/count", json=WORDS).json["id"]
    assert client.get(f"{URL}/questions/{question_id[-8:]}").json["id"] == question_id
    assert client.get(f"{URL}/questions/question-00000000").status_code == 404
    assert client.get(f"{URL}/questions/x").status_code == 404
