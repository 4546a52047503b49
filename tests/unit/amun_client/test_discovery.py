from __future__ import annotations

import json
from pathlib import Path

import pytest

from amun_client.discovery import Server, discover, token
from amun_client.errors import ServerUnknownError, UsageFaultError


def write_state(home: Path, *, phase: str = "ready", schema: str = "amun.local-service/1") -> None:
    document = {"schema": schema, "phase": phase, "url": "http://127.0.0.1:8123"}
    (home / "service.json").write_text(json.dumps(document))


def test_the_order(tmp_path: Path) -> None:
    write_state(tmp_path)
    environ = {"AMUN_SERVER": "http://environment.example/"}
    project = "http://project.example"

    def url(option: str | None, environ: dict[str, str], project: str | None) -> str:
        return discover(option, environ, tmp_path, project_server=project).url

    assert url("https://option.example", environ, project) == "https://option.example"
    assert url(None, environ, project) == "http://environment.example"
    assert url(None, {}, project) == "http://project.example"
    assert url(None, {}, None) == "http://127.0.0.1:8123"


@pytest.mark.parametrize("phase", ["starting", "stopping", "stopped", "failed"])
def test_a_local_service_that_is_not_ready_is_none(tmp_path: Path, phase: str) -> None:
    write_state(tmp_path, phase=phase)
    with pytest.raises(ServerUnknownError) as caught:
        discover(None, {}, tmp_path)
    assert "`amun up`" in (caught.value.hint or "")


def test_a_state_file_of_another_schema_is_none(tmp_path: Path) -> None:
    write_state(tmp_path, schema="amun.local-service/2")
    with pytest.raises(ServerUnknownError):
        discover(None, {}, tmp_path)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://a.example", "http://", "x"])
def test_what_is_no_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageFaultError, match="--server"):
        discover(url, {}, tmp_path)


def test_the_token_comes_from_environment_or_file(tmp_path: Path) -> None:
    server = Server("https://a.example", "--server")
    path = tmp_path / "token"
    path.write_text("# mine\n\n  abc \n")
    assert token({"AMUN_TOKEN": "xyz", "AMUN_TOKEN_FILE": str(path)}, server) == "xyz"
    assert token({"AMUN_TOKEN_FILE": str(path)}, server) == "abc"
    assert token({"AMUN_API_TOKEN_FILE": str(path)}, server) is None
    here = Server("http://127.0.0.1:1", "local")
    assert token({"AMUN_API_TOKEN_FILE": str(path)}, here) == "abc"


def test_a_server_named_by_a_project_gets_no_token(tmp_path: Path) -> None:
    server = discover(None, {}, tmp_path, project_server="https://elsewhere.example")
    assert token({"AMUN_TOKEN": "xyz"}, server) is None


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1", True),
        ("http://127.0.0.9", True),
        ("http://[::1]:80", True),
        ("http://10.0.0.1", False),
        ("https://localhost.example", False),
    ],
)
def test_what_is_local(url: str, local: bool) -> None:
    assert Server(url, "").local is local
