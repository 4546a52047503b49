from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from amun_client.api import Client
from amun_client.discovery import Server
from amun_client.errors import (
    AnswerNotUnderstoodError,
    ServerUnreachableError,
    ServiceRefusedError,
)
from amun_core.errors import Fault

PATH = "/api/v1/inspections/inspection-1234abcd"


def client(url: str, **options: Any) -> Client:
    return Client(Server(url, "test"), retry_waits_seconds=(0.0, 0.0), **options)


def test_a_problem_becomes_an_error_with_code_and_faults(stub: Any) -> None:
    stub.problem(
        "POST",
        "/api/v1/inspections",
        422,
        "A101",
        errors=[{"pointer": "/runs", "message": "must be positive", "hint": "use 6"}],
        hint="mend it",
    )
    with client(stub.url) as api, pytest.raises(ServiceRefusedError) as caught:
        api.submit({"runs": 0})
    error = caught.value
    assert (error.code, error.status, str(error)) == ("A101", 422, "what is wrong")
    assert error.faults == (Fault("/runs", "must be positive", "use 6"),)
    assert (error.hint, error.request_id) == ("mend it", "r1")


def test_every_submission_has_a_key_of_its_own(stub: Any) -> None:
    stub.on("POST", "/api/v1/inspections", {"id": "x"}, status=202)
    with client(stub.url, token="secret") as api:
        api.submit({})
        api.submit({})
        api.submit({}, key="mine")
    keys = [request[3]["Idempotency-Key"] for request in stub.requests]
    assert len({*keys}) == 3
    assert keys[2] == "mine"
    assert stub.requests[0][3]["Authorization"] == "Bearer secret"
    assert stub.requests[0][3]["Content-Type"] == "application/json"


def test_a_lost_connection_is_tried_again_with_the_same_key(stub: Any) -> None:
    stub.on("POST", "/api/v1/inspections", {"id": "x"}, status=202)
    stub.drop_connections = 2
    with client(stub.url) as api:
        assert api.submit({}, key="one") == {"id": "x"}
    assert [request[3]["Idempotency-Key"] for request in stub.requests] == ["one"]


def test_a_server_that_stays_silent_is_unreachable(stub: Any) -> None:
    stub.drop_connections = 3
    with (
        client(stub.url) as api,
        pytest.raises(ServerUnreachableError, match="does not answer") as caught,
    ):
        api.inspection("inspection-1234abcd")
    assert "is the address right?" in (caught.value.hint or "")
    assert stub.requests == []


@pytest.mark.parametrize(
    ("status", "answer"), [(200, "<html>"), (200, "[]"), (502, "<html>"), (302, "")]
)
def test_something_else_answers(stub: Any, status: int, answer: str) -> None:
    stub.on("GET", PATH, answer, status=status)
    with client(stub.url) as api, pytest.raises(AnswerNotUnderstoodError):
        api.inspection("inspection-1234abcd")


def test_the_log_is_read_to_its_end(stub: Any) -> None:
    pages = [
        {"chunks": [{"offset": 1, "text": "a"}, {"offset": 2, "text": "b"}], "next_after": 2},
        {"chunks": [{"offset": 3, "text": "c"}], "next_after": 3},
        {"chunks": [], "next_after": 3},
    ]
    stub.on("GET", f"{PATH}/log", *pages)
    with client(stub.url) as api:
        assert [chunk["text"] for chunk in api.log("inspection-1234abcd")] == ["a", "b", "c"]
    assert [request[2]["after"] for request in stub.requests] == [["0"], ["2"], ["3"]]


def test_filters_that_are_not_set_are_not_sent(stub: Any) -> None:
    stub.on("GET", "/api/v1/inspections", {"inspections": []})
    with client(stub.url) as api:
        api.page(state=["failed", "crashed"], label=[], host=None, limit=5)
    assert stub.requests[0][2] == {"state": ["failed", "crashed"], "limit": ["5"]}


def test_an_identity_cannot_leave_its_path(stub: Any, shapes: ModuleType) -> None:
    with client(stub.url) as api, pytest.raises(AnswerNotUnderstoodError):
        api.inspection("../indicators?x=")
    assert stub.requests[0][1] == "/api/v1/inspections/..%2Findicators%3Fx%3D"
