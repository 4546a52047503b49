from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amun_client.api import Client
from amun_client.discovery import Server
from amun_client.errors import NoStackError, UsageFaultError
from amun_client.stack.process import Where
from amun_client.stack.served import ask_service

ID = "question-1234abcd"
PLACE = f"/api/v1/stacks/questions/{ID}"
REQUEST = {"schema": "amun.stack-request/1", "verb": "count", "requirements": ["flask"]}


class Seen:
    def __init__(self) -> None:
        self.stages: list[str] = []

    def seen(self, progress: dict[str, Any]) -> None:
        self.stages.append(progress["stage"])


def state(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": ID, "state": name, "progress": None, "answer": None, "error": None, **fields}


def asked(stub: Any, *states: dict[str, Any]) -> Callable[[], tuple[dict[str, Any], list[str]]]:
    stub.on("POST", "/api/v1/stacks/count", {"id": ID, "state": "accepted"}, status=202)
    stub.on("GET", PLACE, *states)

    def ask() -> tuple[dict[str, Any], list[str]]:
        watcher = Seen()
        client = Client(Server(stub.url, "here"))
        answer = ask_service(client, REQUEST, Where(), watcher, interval_seconds=0.01)
        return answer, watcher.stages

    return ask


def test_the_question_is_looked_at_until_it_is_over(stub: Any) -> None:
    answer, stages = asked(
        stub,
        state("accepted"),
        state("running", progress={"stage": "reading the index", "packages": 3}),
        state("succeeded", answer={"count": "3"}),
    )()
    assert answer == {"count": "3"}
    assert stages[:2] == ["stored; no solver works on it yet", "reading the index"]
    assert stub.seen("POST", "/api/v1/stacks/count")[0][4] == REQUEST


def test_an_error_keeps_its_code(stub: Any) -> None:
    problem = {"code": "A922", "message": "no stack is valid", "hint": None, "faults": []}
    with pytest.raises(NoStackError, match="no stack is valid"):
        asked(stub, state("failed", error=problem))()


@pytest.mark.parametrize(
    ("where", "option"),
    [
        (Where(offline=True), "--offline"),
        (Where(index="https://index.example"), "--index"),
        (Where(snapshot=Path("x")), "--snapshot"),
        (Where(save_snapshot=Path("x")), "--save-snapshot"),
    ],
)
def test_what_only_this_machine_can_do(stub: Any, where: Where, option: str) -> None:
    with pytest.raises(UsageFaultError, match=f"{option}: a service reads the index"):
        ask_service(Client(Server(stub.url, "here")), REQUEST, where, Seen())
    assert stub.requests == []
