"""No message that quotes input shows a secret of it: readers of files, HTTP answers, the command line."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amun_api.app import create_app
from amun_api.v1.comparisons import EXAMPLES as COMPARISONS
from amun_api.v1.inspections import EXAMPLES as INSPECTIONS
from amun_api.v1.sweeps import EXAMPLES as SWEEPS
from amun_client import cli
from amun_core.comparison_intake import parse_comparison
from amun_core.errors import AmunError, InvalidInputError
from amun_core.lock import LockFormat, read_lock
from amun_core.normalisation import parse_specification
from amun_core.quantity import bytes_, cores
from amun_core.settings import Settings
from amun_core.stack_request import parse_stack_request
from amun_core.sweep_intake import parse_sweep
from dependency_monkey.problem_reader import read_problem_text
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests.support.secrets import Secret, secrets

Walk = list[str | int]

QUESTIONS: dict[str, Any] = {
    "words": {"requirements": ["flask>=2", "numpy"], "target": {"python_version": "3.11"}},
    "file": {
        "file": {"name": "requirements.txt", "content": "flask"},
        "policy": {"only": {"numpy": ">=2"}},
    },
}
_ROUTES: dict[str, dict[str, Any]] = {
    "/api/v1/inspections": INSPECTIONS,
    "/api/v1/comparisons": COMPARISONS,
    "/api/v1/sweeps": SWEEPS,
    "/api/v1/stacks/count": QUESTIONS,
}
_PARSERS: dict[str, Callable[[Any], Any]] = {
    "/api/v1/inspections": lambda document: parse_specification(document, surface="v1"),
    "/api/v1/comparisons": parse_comparison,
    "/api/v1/sweeps": parse_sweep,
    "/api/v1/stacks/count": parse_stack_request,
}
_LINES = (
    "{}",
    "-i {}",
    "-i {} --trusted-host x",
    "--index-url={}",
    "--extra-index-url {} {}",
    "--find-links '{}'",
    "-r {}",
    "-c {}",
    "-e {}",
    "--unknown {}",
    "a @ {}",
    "a=={}",
    "a==1.0 --hash=sha256:{}",
    "a==1.0 ; python_version > '{}'",
    "[tool.uv]\nindex-url = '{}'\n[project]\nname = 'a'\ndependencies = ['b']",
    "[project]\nname = 'a'\ndependencies = ['b @ {}']",
    "[project]\nname = 'a'\ndependencies = ['b {}']",
    "[project]\nname = 'a'\nrequires-python = '{}'\ndependencies = []",
    "[[source]]\nurl = '{}'\nname = '{}'\n[packages]\na = '*'",
    "[packages]\na = '{}'",
    "[packages]\na = {{git = '{}'}}",
    "[packages]\na = {{version = '*', index = '{}'}}",
    "lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname = 'a'\nversion = '{}'",
    "lock-version = '{}'",
    "lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname = '{}'\nversion = '1.0'\nindex = '{}'",
    '{{"_meta": {{"sources": [{{"url": "{}", "name": "{}"}}]}}, "default": {{"a": {{"version": "{}"}}}}}}',
    '{{"default": {{"{}": {{"version": "==1.0", "index": "{}"}}}}}}',
    "{{ {}",
)
_NAMES = ("requirements.txt", "Pipfile", "pyproject.toml", "uv.lock", "pylock.toml")


def _places(value: Any, path: Walk) -> Iterator[Walk]:
    yield path
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(item, [*path, key])


@st.composite
def poisoned(draw: st.DrawFn) -> tuple[str, Any, Secret]:
    """A valid request of one route, in which one value or one key became an address with a secret."""
    route = draw(st.sampled_from(sorted(_ROUTES)))
    example = draw(st.sampled_from(list(_ROUTES[route].values())))
    document = copy.deepcopy(example.get("value", example))
    secret = draw(secrets(most=500))
    where = draw(st.sampled_from([place for place in _places(document, []) if place]))
    holder = document
    for key in where[:-1]:
        holder = holder[key]
    kind = draw(st.sampled_from(["value", "key", "around"]))
    if kind == "key" and isinstance(holder, dict):
        holder[secret.address] = holder.pop(where[-1])
    elif kind == "around":
        holder[where[-1]] = {secret.address: [secret.address]}
    else:
        holder[where[-1]] = secret.address
    return route, document, secret


def _told(error: AmunError) -> str:
    """All that a person could be shown of an error."""
    return f"{error} {error.hint} {getattr(error, 'faults', ())}"


@settings(deadline=None, max_examples=150)
@given(case=poisoned())
def test_readers_of_requests(case: tuple[str, Any, Secret]) -> None:
    route, document, secret = case
    try:
        told = str(getattr(_PARSERS[route](document), "warnings", ""))
    except InvalidInputError as error:
        told = _told(error)
    assert secret.seen_in(told) is None


@settings(deadline=None, max_examples=300)
@given(
    secret=secrets(),
    line=st.sampled_from(_LINES),
    name=st.sampled_from(_NAMES),
    lock_format=st.sampled_from(LockFormat),
)
def test_readers_of_files(secret: Secret, line: str, name: str, lock_format: LockFormat) -> None:
    text = line.replace("{{", "{").replace("}}", "}").replace("{}", secret.address)
    for read in (
        lambda: read_problem_text(name, text).warnings,
        lambda: read_lock(text, lock_format).warnings,
        lambda: bytes_(text),
        lambda: cores(text),
    ):
        try:
            told = str(read())
        except AmunError as error:
            told = _told(error)
        assert secret.seen_in(told) is None


@pytest.fixture
def client(tmp_path: Path, store: GraphStore, queries: GraphQueries) -> FlaskClient:
    return create_app(Settings(home=tmp_path), store, queries).test_client()


@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=poisoned(), asked=st.sampled_from(["state", "cursor", "limit", "label", "unknown"]))
def test_answers(client: FlaskClient, case: tuple[str, Any, Secret], asked: str) -> None:
    route, document, secret = case
    answers = [client.post(route, json=document)]
    if answers[0].status_code in {200, 201, 202}:
        made = f"{route}/{answers[0].json['id']}"
        parts = ("", "/specification", "/plan", "/log", "/members", "/results", "/runs")
        answers += [client.get(made + part) for part in parts]
        answers += [client.get(route)]
    answers += [
        client.get(route, query_string={asked: secret.address}),
        client.get(route, query_string={secret.address: "1"}),
        client.get(f"{route}/x", headers={"Accept": secret.address}),
        client.post(route, data="{}", content_type=secret.address),
        client.post(route, json={}, headers={"Idempotency-Key": secret.address}),
    ]
    for answer in answers:
        told = f"{answer.headers} {answer.get_data(as_text=True)}"
        assert secret.seen_in(told) is None, answer.request.path


_COMMON = frozenset({"--server", "--color", "-v"})


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from _commands(one, (*path, name))
    else:
        # nothing that would start or stop a service of this machine
        if path[0] in {"up", "down", "status"}:
            return
        yield path
        for parameter in command.params:
            # what every command has is tried with one of them; nobody waits for a server that is none
            common = parameter.opts[0] in _COMMON and path != ("inspection", "list")
            if isinstance(parameter, click.Option) and not parameter.is_flag and not common:
                yield (*path, parameter.opts[0])


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(secret=secrets(), words=st.sampled_from(sorted(_commands(cli.cli, ()))))
def test_the_command_line(
    secret: Secret,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMUN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    # no server: what is asked of one is told by the tests of answers
    monkeypatch.delenv("AMUN_SERVER", raising=False)
    cli.run([*words, secret.address])
    cli.run([*words, secret.address, secret.address, "--json"])
    out, err = capsys.readouterr()
    assert secret.seen_in(out + err) is None


def test_a_file_that_is_not_utf_8_and_a_json_body_that_is_broken(client: FlaskClient) -> None:
    address = "https://me:QZXJ7QZXJ7QZ@index.example/simple"
    for body in (f'{{"a": "{address}"', json.dumps([address]), address):
        answer = client.post("/api/v1/inspections", data=body, content_type="application/json")
        assert "QZXJ7Q" not in answer.get_data(as_text=True)
