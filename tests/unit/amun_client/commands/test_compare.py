"""`amun compare` from the outside: what is sent, what is said, how it ends."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from amun_client.api import Client
from amun_client.commands import comparing
from amun_client.errors import NoStackError

LIST = "/api/v1/comparisons"
PATH = f"{LIST}/comparison-1234abcd"
WORDS = ("compare", "numpy==1.26.4", "numpy==2.4.6", "--indicator", "matmul")
Amun = Callable[..., Any]

PINS: dict[str, Any] = {
    "python_version": "3.11",
    "a": {"packages": {"numpy": "1.26.4"}, "lock": "numpy==1.26.4"},
    "b": {"packages": {"numpy": "2.4.6"}, "lock": "numpy==2.4.6"},
    "shared": {},
    "differing": [{"name": "numpy", "a": "1.26.4", "b": "2.4.6", "why": "what is compared"}],
    "notes": [],
}


@pytest.fixture(autouse=True)
def _resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "shared_pins", lambda *_, **__: PINS)


def accept(stub: Any, shapes: ModuleType, *seen: Any) -> None:
    accepted = {"id": shapes.COMPARISON, "state": "accepted", "warnings": []}
    stub.on("POST", LIST, accepted, status=202)
    stub.on("GET", PATH, *seen)


def test_the_verdict_stands_first_and_the_story_aside(
    amun: Amun, stub: Any, shapes: ModuleType
) -> None:
    measuring = shapes.comparison(None, state="measuring", blocks=10)
    accept(stub, shapes, measuring, shapes.comparison())
    ended = amun(*WORDS, "--band", "3%", "--interval", "0.1", "--server", stub.url)
    assert ended.code == 0
    assert ended.out.splitlines()[0] == (
        "numpy 2.4.6 is 1.032x slower than numpy 1.26.4 [1.021, 1.043] (95 %), 24 blocks, on a quiet host"
    )
    assert "numpy 1.26.4 -> 2.4.6  (what is compared)" in ended.out
    assert "measuring: 10/120 blocks" in ended.err
    assert "measuring:" not in ended.out
    sent = stub.seen("POST", LIST)[0]
    assert "Idempotency-Key" in sent[3]
    assert sent[4]["band"] == 0.03
    assert sent[4]["a"]["specification"]["python"]["lock"]["content"] == "numpy==1.26.4"


@pytest.mark.parametrize(
    ("policy", "options", "code"),
    [
        ("slower:2%", (), 1),
        ("slower:3%", (), 6),
        ("slower:3%", ("--inconclusive", "pass"), 0),
        ("slower:10%", (), 0),
        ("faster:1%", (), 0),
        ("different:2%", (), 1),
    ],
)
def test_the_gate_decides_the_exit_code(
    amun: Amun, stub: Any, shapes: ModuleType, policy: str, options: tuple[str, ...], code: int
) -> None:
    accept(stub, shapes, shapes.comparison())
    ended = amun(*WORDS, "--fail-on", policy, *options, "--server", stub.url)
    assert ended.code == code
    assert f"{policy}: " in ended.out


def test_not_comparable_has_its_own_code(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    because = [{"what": "hardware", "a": "x", "b": "y"}]
    accept(stub, shapes, shapes.comparison("not_comparable", not_comparable_because=because))
    ended = amun("compare", "inspection-1234abcd", "inspection-5678ef01", "--server", stub.url)
    assert ended.code == 8
    assert ended.out.startswith("not comparable: hardware differs (A: x, B: y)\n")


def test_no_stack_has_its_own_code(amun: Amun, stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise NoStackError("numpy 9 is nowhere")

    monkeypatch.setattr(comparing, "shared_pins", refuse)
    ended = amun(*WORDS, "--server", stub.url)
    assert ended.code == 7
    assert "error[A901]: numpy 9 is nowhere" in ended.err
    assert stub.requests == []


def test_formats(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    accept(stub, shapes, shapes.comparison())
    gate = ("--fail-on", "slower:2%", "--server", stub.url)
    as_json = amun(*WORDS, *gate, "--json")
    assert as_json.document["verdict"] == "slower"
    assert as_json.document["policies"] == [{"policy": "slower:2%", "outcome": "broken"}]
    xml = ET.fromstring(amun(*WORDS, *gate, "--format", "junit").out)  # noqa: S314
    assert xml.find("./testsuite/testcase/failure") is not None
    assert amun(*WORDS, *gate, "--format", "markdown").out.startswith("<!-- amun:report:matmul:lab")
    assert amun(*WORDS, *gate, "--format", "github").out.startswith("::error title=amun ")


def test_a_dry_run_starts_nothing_and_needs_no_server(amun: Amun) -> None:
    ended = amun(*WORDS, "--max-blocks", "10", "--max-time", "5m", "--dry-run")
    assert ended.code == 0
    assert "numpy 1.26.4 -> 2.4.6  (what is compared)" in ended.out
    assert "2 builds, 10 blocks at most (40 runs), no new block after 5 min 0 s" in ended.out
    assert "nothing was started" in ended.err
    document = amun(*WORDS, "--max-blocks", "10", "--dry-run", "--json").document
    assert document["cost"]["maximum_runs"] == 40
    assert document["request"]["kind"] == "comparison"


def test_detached_prints_the_id_alone(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    accept(stub, shapes, shapes.comparison())
    ended = amun(*WORDS, "--detach", "--server", stub.url)
    assert (ended.code, ended.out) == (0, "comparison-1234abcd\n")
    assert stub.seen("GET", PATH) == []


def test_ctrl_c_cancels_kindly(
    amun: Amun, stub: Any, shapes: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(stub, shapes, shapes.comparison(None, state="cancelled", blocks=3))
    stub.on("POST", f"{PATH}/cancel", {"id": shapes.COMPARISON, "state": "measuring"})
    read, calls = Client.comparison, []

    def interrupted_once(self: Client, identity: str) -> dict[str, Any]:
        calls.append(identity)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return read(self, identity)

    monkeypatch.setattr(Client, "comparison", interrupted_once)
    ended = amun(*WORDS, "--server", stub.url)
    assert ended.code == 130
    assert len(stub.seen("POST", f"{PATH}/cancel")) == 1
    assert "cancelled: kept 3 blocks" in ended.err


def test_lock_files_need_no_resolver(
    amun: Amun, stub: Any, shapes: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "shared_pins", None)
    accept(stub, shapes, shapes.comparison())
    for name, version in (("old.txt", "1.26.4"), ("new.txt", "2.4.6")):
        (tmp_path / name).write_text(f"numpy=={version} --hash=sha256:{'0' * 64}\n")
    ended = amun("compare", "old.txt", "new.txt", "--indicator", "matmul", "--server", stub.url)
    assert ended.code == 0, ended.err
    request = stub.seen("POST", LIST)[0][4]
    assert request["b"]["name"] == "new.txt"
    assert request["b"]["specification"]["indicator"]["framework"] == "numpy"


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "numpy==1"),
        ("compare", "numpy==1", "gone.yaml"),
        (*WORDS, "--fail-on", "worse"),
        (*WORDS, "--band", "2"),
        (*WORDS, "--max-blocks", "121"),
        (*WORDS, "--format", "sarif"),
    ],
)
def test_what_cannot_be_meant_ends_as_usage(amun: Amun, words: tuple[str, ...]) -> None:
    ended = amun(*words)
    assert ended.code == 2
    assert ended.err.startswith("error[A804]: ")
    assert "Traceback" not in ended.err


def test_a_refusal_of_the_service_is_told_with_its_faults(amun: Amun, stub: Any) -> None:
    fault = {"pointer": "/b/specification/indicator", "message": "differs from A's"}
    stub.problem("POST", LIST, 422, "A104", errors=[fault])
    ended = amun(*WORDS, "--server", stub.url)
    assert ended.code == 2
    assert "/b/specification/indicator: differs from A's" in ended.err
    assert json.loads(json.dumps(stub.seen("POST", LIST)[0][4]))["kind"] == "comparison"


@pytest.mark.parametrize("given", ["size=512", "matrix_size=abc", "matrix_size=0"])
def test_a_dry_run_refuses_what_the_run_refuses(amun: Amun, stub: Any, given: str) -> None:
    ended = amun(*WORDS, "-p", given, "--dry-run", "--server", stub.url)
    assert ended.code == 2
    assert "error[A104]" in ended.err
    assert given.split("=", 1)[0] in ended.err
    assert not stub.seen("POST", LIST)
    assert "nothing was started" not in ended.err
