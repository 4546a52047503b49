"""Who may speak to the API, and from where."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from amun_api.auth import check_binding, is_loopback, read_tokens, same_origin
from amun_core.errors import SettingsError
from amun_core.settings import Settings

TOKEN = "a-token-of-thirty-two-characters"
SMALL = {"script": "print(1)"}


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.write_text(f"# who may come in\n\n{TOKEN}\nanother-token-of-some-length\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:8000"]
)
def test_loopback_names_are_answered(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:8000",
        "localhost:80:80",
        "localhost:8x",
        "[::1",
        "[::1]x",
        "192.0.2.7",
        "user@localhost",
        "",
    ],
)
def test_foreign_and_malformed_hosts_are_refused(client, host):
    answer = client.get("/healthz", headers={"Host": host})
    assert (answer.status_code, answer.json["code"]) == (403, "A704")


def test_every_path_is_guarded_before_it_is_looked_up(client):
    headers = {"Host": "evil.example"}
    for path in ("/nothing/here", "/openapi/", "/metrics"):
        assert client.get(path, headers=headers).status_code == 403
    answer = client.post("/api/v1/inspect", json={"base": "b"}, headers=headers)
    assert answer.status_code == 403
    assert set(answer.json) == {"error", "parameters"}


def test_public_and_bound_hosts_are_answered(make_client, token_file):
    client = make_client(
        host="192.0.2.7", public_hosts=("amun.example",), api_token_file=token_file
    )
    for host in ("amun.example", "AMUN.example:443", "192.0.2.7:8000", "localhost"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    assert client.get("/healthz", headers={"Host": "192.0.2.8"}).status_code == 403


def test_bound_to_every_address_an_address_is_answered_but_no_name(make_client, token_file):
    client = make_client(host="0.0.0.0", api_token_file=token_file)
    assert client.get("/healthz", headers={"Host": "192.0.2.8:8000"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "rebound.example"}).status_code == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 202),
        ("http://evil.example", 403),
        ("http://localhost:9999", 403),
        ("null", 403),
        ("file://", 403),
        ("http://localhost.evil.example", 403),
    ],
)
def test_a_page_of_another_origin_may_not_submit(client, origin, status):
    answer = client.post("/api/v1/inspections", json=SMALL, headers={"Origin": origin})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 200), ("none", 200), ("cross-site", 403), ("same-site", 403)],
)
def test_what_a_browser_says_of_the_asking_page_counts(client, site, status):
    answer = client.get("/api/v1/inspections", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == status


def test_nothing_allows_other_origins_to_read(client):
    answer = client.options("/api/v1/inspections", headers={"Origin": "http://localhost"})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://localhost", "localhost:80", True),
        ("https://amun.example", "amun.example:443", True),
        ("http://amun.example:8000", "amun.example:8000", True),
        ("https://amun.example", "amun.example:80", False),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("ftp://localhost", "localhost", False),
    ],
)
def test_an_origin_is_compared_with_its_port(origin, host, same):
    assert same_origin(origin, host) is same


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic YTpi", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", f"Token {TOKEN}"],
)
def test_without_a_valid_token_nothing_is_answered(make_client, token_file, authorization):
    client = make_client(api_token_file=token_file)
    answer = client.get("/api/v1/inspections", headers={"Authorization": authorization})
    assert (answer.status_code, answer.json["code"]) == (401, "A703")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text


def test_every_token_of_the_file_is_valid_and_probes_need_none(make_client, token_file):
    client = make_client(api_token_file=token_file)
    for token in (TOKEN, "another-token-of-some-length"):
        headers = {"Authorization": f"bearer {token}"}
        assert client.get("/api/v1/inspections", headers=headers).status_code == 200
    for path in ("/healthz", "/readyz", "/liveness", "/readiness"):
        assert client.get(path).status_code == 200
    assert client.get("/metrics").status_code == 401


def test_no_token_is_needed_on_loopback(client):
    assert client.post("/api/v1/inspections", json=SMALL).status_code == 202


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "amun.example"])
def test_listening_beyond_loopback_needs_a_token_file(host, token_file):
    with pytest.raises(SettingsError, match="without authentication") as caught:
        check_binding(Settings(host=host))
    assert "AMUN_API_TOKEN_FILE" in caught.value.hint
    check_binding(Settings(host=host, api_token_file=token_file))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_addresses_need_no_token_file(host):
    assert is_loopback(host)
    check_binding(Settings(host=host))


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "holds no token"), ("# only this\n", "holds no token"), ("short\n", "shorter than 16")],
)
def test_a_token_file_of_no_use_is_refused(tmp_path, text, message):
    path = tmp_path / "tokens"
    path.write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_tokens(path)


def test_an_unreadable_token_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match="AMUN_API_TOKEN_FILE: cannot read"):
        read_tokens(tmp_path / "missing")


def test_a_token_file_that_others_may_read_is_warned_of(token_file):
    with capture_logs() as quiet:
        read_tokens(token_file)
    token_file.chmod(0o644)
    with capture_logs() as logged:
        read_tokens(token_file)
    assert quiet == []
    assert [line["action"] for line in logged] == ["token_file_open"]
    assert TOKEN not in repr(logged)
