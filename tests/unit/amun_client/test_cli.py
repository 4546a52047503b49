"""`amun` from the outside: what goes where, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from amun_client.api import Client
from amun_client.cli import cli

PATH = "/api/v1/inspections/inspection-1234abcd"
LIST = "/api/v1/inspections"
Amun = Callable[..., Any]


def accept(stub: Any, shapes: ModuleType, **changes: Any) -> None:
    accepted = {
        "schema": "amun.inspection/1",
        "id": shapes.IDENTITY,
        "state": "accepted",
        "created_at": "2030-01-01T12:00:00Z",
        "url": PATH,
        "warnings": [],
        "replayed": False,
        **changes,
    }
    stub.on("POST", LIST, accepted, status=202)


def test_submit_prints_the_id_and_warnings_go_aside(
    amun: Amun, stub: Any, shapes: ModuleType, tmp_path: Path
) -> None:
    accept(stub, shapes, warnings=[{"pointer": "/batch_size", "message": "a number as text"}])
    (tmp_path / "it.yaml").write_text("runs: 2\n")
    ended = amun("inspection", "submit", "it.yaml", "--engine", "process", "--server", stub.url)
    assert (ended.code, ended.out) == (0, "inspection-1234abcd\n")
    assert "warning: /batch_size: a number as text\n" in ended.err
    assert stub.requests[0][4] == {"runs": 2, "engine": "process"}


def test_options_are_taken_before_and_after_the_command(
    amun: Amun, stub: Any, shapes: ModuleType
) -> None:
    stub.on("GET", PATH, shapes.inspection("queued"))
    before = amun("--server", stub.url, "--json", "inspection", "show", "inspection-1234abcd")
    after = amun("inspection", "show", "inspection-1234abcd", "--json", "--server", stub.url)
    assert before.document == after.document == shapes.inspection("queued")


@pytest.mark.parametrize(
    ("state", "code"), [("succeeded", 0), ("failed", 1), ("crashed", 1), ("cancelled", 5)]
)
def test_inspect_waits_and_ends_as_the_inspection_did(
    amun: Amun, stub: Any, shapes: ModuleType, tmp_path: Path, state: str, code: int
) -> None:
    accept(stub, shapes)
    failure = shapes.FAILURE if state == "failed" else None
    stub.on(
        "GET", PATH, shapes.inspection("running", 2), shapes.inspection(state, 6, failure=failure)
    )
    stub.on("GET", f"{PATH}/results", {**shapes.RESULTS, "state": state})
    (tmp_path / "it.json").write_text("{}")
    ended = amun("inspect", "it.json", "--interval", "0.1", "--server", stub.url)
    assert ended.code == code
    assert f"state       {state}" in ended.out
    assert ("run 0 took longer than 600 s" in ended.out) is (failure is not None)
    assert "running: a measurer runs the performance indicator  2/6 runs" in ended.err
    assert "running" not in ended.out


def test_quiet_is_quiet(amun: Amun, stub: Any, shapes: ModuleType, tmp_path: Path) -> None:
    accept(stub, shapes)
    (tmp_path / "it.json").write_text("{}")
    ended = amun("inspection", "submit", "it.json", "-q", "--server", stub.url)
    assert (ended.out, ended.err) == ("inspection-1234abcd\n", "")


def test_ctrl_c_cancels_kindly(
    amun: Amun,
    stub: Any,
    shapes: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept(stub, shapes)
    (tmp_path / "it.json").write_text("{}")
    stub.on("POST", f"{PATH}/cancel", {"id": "x", "state": "running", "cancel_requested": True})
    stub.on("GET", PATH, shapes.inspection("cancelled", 4))
    read, calls = Client.inspection, []

    def interrupted_once(self: Client, identity: str) -> dict[str, Any]:
        calls.append(identity)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return read(self, identity)

    monkeypatch.setattr(Client, "inspection", interrupted_once)
    ended = amun("inspect", "it.json", "--server", stub.url)
    assert ended.code == 130
    assert len(stub.seen("POST", f"{PATH}/cancel")) == 1
    assert "cancelled: kept 4/6 runs" in ended.err


def test_watch_leaves_the_inspection_alone_on_ctrl_c(
    amun: Amun, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_self: Client, _identity: str) -> dict[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "inspection", interrupted)
    ended = amun("inspection", "watch", "inspection-1234abcd", "--server", stub.url)
    assert ended.code == 130
    assert stub.requests == []


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--exit-status",), 1)])
def test_watch_tells_the_end_by_its_exit_code_when_asked(
    amun: Amun, stub: Any, shapes: ModuleType, options: tuple[str, ...], code: int
) -> None:
    stub.on("GET", PATH, shapes.inspection("failed", failure=shapes.FAILURE))
    watched = amun("inspection", "watch", "inspection-1234abcd", *options, "--server", stub.url)
    assert watched.code == code


def test_a_list_is_tab_separated_with_a_header_off_a_terminal(
    amun: Amun, stub: Any, shapes: ModuleType
) -> None:
    page = {
        "schema": "amun.inspections/1",
        "inspections": [shapes.inspection("failed", failure=shapes.FAILURE)],
        "next_cursor": None,
        "counts": {"failed": 1},
    }
    stub.on("GET", LIST, page)
    ended = amun("inspection", "list", "--state", "failed", "--server", stub.url)
    header, row = (line.split("\t") for line in ended.out.splitlines())
    assert header[:4] == ["id", "state", "indicator", "runs"]
    cells = row
    assert cells[:6] == [
        "inspection-1234abcd",
        "failed (run_timeout)",
        "matmul/numpy",
        "0/6",
        "process",
        "0123456789",
    ]
    assert stub.requests[0][2] == {
        "state": ["failed"],
        "limit": ["20"],
        "figures": ["true"],
    }


def test_a_list_follows_its_pages(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    first = {"inspections": [shapes.inspection("queued")], "next_cursor": "c", "counts": {}}
    second = {"inspections": [shapes.inspection("built")], "next_cursor": None, "counts": {}}
    stub.on("GET", LIST, first, second)
    ended = amun("inspection", "list", "--json", "--server", stub.url)
    assert [one["state"] for one in ended.document["inspections"]] == ["queued", "built"]
    assert stub.requests[1][2]["cursor"] == ["c"]


def test_faults_are_shown_with_their_places(amun: Amun, stub: Any, tmp_path: Path) -> None:
    stub.problem(
        "POST",
        LIST,
        422,
        "A101",
        detail="2 faults",
        errors=[
            {"pointer": "/runs", "message": "must be at least 1", "hint": None},
            {"pointer": "/base", "message": "no image name", "hint": "use NAME:TAG"},
        ],
    )
    (tmp_path / "it.json").write_text("{}")
    ended = amun("inspection", "submit", "it.json", "--server", stub.url)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "error[A101]: 2 faults\n"
        "  /runs: must be at least 1\n"
        "  /base: no image name\n"
        "    hint: use NAME:TAG\n"
    )


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (404, 5), (409, 2), (500, 3)])
def test_refusals_have_their_exit_codes(amun: Amun, stub: Any, status: int, code: int) -> None:
    stub.problem("GET", PATH, status, "A703")
    ended = amun("inspection", "show", "inspection-1234abcd", "--server", stub.url)
    assert ended.code == code
    assert "error[A703]: what is wrong" in ended.err


def test_without_a_server_the_next_step_is_told(amun: Amun) -> None:
    ended = amun("inspection", "list")
    assert ended.code == 3
    assert ended.err.startswith("error[A801]: no server")
    assert "`amun up`" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspction"], "Did you mean 'inspection'?"),
        (["inspection", "sumbit"], "Did you mean 'submit'?"),
        (["inspection", "submit", "--rnus", "3"], "'--runs'?"),
        (["inspection", "submit"], "nothing to submit"),
        (["inspection", "submit", "none.yaml"], "none.yaml: No such file"),
        (["indicator", "show", "matmull"], "Did you mean 'matmul'?"),
        (["explain", "A1O1"], "no code 'A1O1'"),
        (["inspection", "results", "x", "--samples"], "--samples needs --json"),
    ],
)
def test_usage_faults_are_two(amun: Amun, arguments: list[str], message: str) -> None:
    ended = amun(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error[A80")
    assert message in ended.err


def test_the_log_is_the_answer_and_sections_are_the_story(
    amun: Amun, stub: Any, shapes: ModuleType
) -> None:
    chunks = [
        {"offset": 1, "at": "t", "section": "install", "text": "a\n"},
        {"offset": 2, "at": "t", "section": "run 0", "text": "b\n"},
    ]
    stub.on(
        "GET",
        f"{PATH}/log",
        {"chunks": chunks, "next_after": 2},
        {"chunks": [], "next_after": 2},
    )
    ended = amun("inspection", "log", "inspection-1234abcd", "--server", stub.url)
    assert ended.out == "a\nb\n"
    assert ended.err == "--- install\n--- run 0\n"


def test_cancel(amun: Amun, stub: Any) -> None:
    stub.on(
        "POST",
        f"{PATH}/cancel",
        {"id": "inspection-1234abcd", "state": "running", "cancel_requested": True},
        status=202,
    )
    ended = amun("inspection", "cancel", "inspection-1234abcd", "--server", stub.url)
    assert (ended.code, ended.out) == (0, "inspection-1234abcd running\n")


def test_results_without_any_are_five(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    stub.on("GET", f"{PATH}/results", {**shapes.RESULTS, "state": "queued"})
    stub.on("GET", PATH, shapes.inspection("queued"))
    ended = amun("inspection", "results", "inspection-1234abcd", "--server", stub.url)
    assert ended.code == 5


def test_indicators_without_a_service(amun: Amun) -> None:
    ended = amun("indicator", "list", "--json")
    assert ended.code == 0
    assert "matmul" in [one["name"] for one in ended.document["indicators"]]
    assert amun("indicator", "show", "matmul").out.startswith("indicator   matmul  PiMatmul\n")


def test_help_topics(amun: Amun) -> None:
    codes = amun("help", "exit-codes", "--json").document
    assert set(codes) == {"0", "1", "2", "3", "4", "5", "6", "7", "8", "130"}
    assert "amun inspection submit" in amun("help", "inspection", "submit").out
    assert amun("help", "nonsense").code == 2


def test_every_command_takes_json(amun: Amun) -> None:
    def walk(command: Any, path: tuple[str, ...]) -> None:
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*path, name))
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--json", "--quiet", "--verbose", "--color", "--server"} <= options, path

    walk(cli, ())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_the_program(amun: Amun, shell: str) -> None:
    ended = amun("completion", shell)
    assert ended.code == 0
    assert "_AMUN_COMPLETE" in ended.out


def test_version_is_one_line(amun: Amun) -> None:
    ended = amun("--version")
    assert ended.code == 0
    assert ended.out.startswith("amun ")
    assert ended.out.count("\n") == 1


def test_no_colour_off_a_terminal_and_with_force(
    amun: Amun, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in amun("inspection", "list").err
    assert "\x1b" in amun("inspection", "list", "--color", "always").err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in amun("inspection", "list").err
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in amun("inspection", "list").err


def test_configuration_with_origin(amun: Amun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMUN_PORT", "9001")
    rows = amun("config", "show", "--json").document["settings"]
    assert {
        "name": "port",
        "value": "9001",
        "origin": "environment AMUN_PORT",
        "variable": "AMUN_PORT",
    } in rows
    assert "port\t9001\tenvironment AMUN_PORT\n" in amun("config", "show", "--origin").out


def test_json_error_free_answers_are_documents(amun: Amun, stub: Any) -> None:
    stub.on("GET", f"{PATH}/plan", {"mode": "image"})
    ended = amun("inspection", "show", "inspection-1234abcd", "--plan", "--server", stub.url)
    assert json.loads(ended.out) == {"mode": "image"}


@pytest.mark.parametrize("words", [(), ("inspection",), ("sweep",), ("stack",), ("host",)])
def test_a_group_alone_is_helped(amun: Amun, words: tuple[str, ...]) -> None:
    ended = amun(*words)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == amun(*words, "--help").out


def test_a_hint_of_the_service_is_told_as_a_command(amun: Amun, stub: Any) -> None:
    hint = "GET /api/v1/inspections lists them; a prefix needs 6 characters or more"
    stub.problem("GET", "/api/v1/inspections/026", 422, "A101", hint=hint)
    ended = amun("inspection", "show", "026", "--server", stub.url)
    assert "hint: `amun inspection list` lists them; a prefix" in ended.err


def test_a_named_server_that_is_silent_is_not_started_again(
    amun: Amun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amun_client.api.RETRY_WAITS_SECONDS", ())
    monkeypatch.setenv("AMUN_SERVER", "http://127.0.0.1:9")
    ended = amun("inspection", "list")
    assert ended.code == 3
    assert "hint: is the address right? AMUN_SERVER names it" in ended.err
