"""How the server is set up."""

from __future__ import annotations

import pytest

from amun_api.__main__ import main
from amun_api.server import Server, StructuredServerLogger, bind_address


@pytest.mark.parametrize(
    ("host", "bound"),
    [("127.0.0.1", "127.0.0.1:8000"), ("::1", "[::1]:8000"), ("[::1]", "[::1]:8000")],
)
def test_addresses_are_written_as_the_server_takes_them(host, bound):
    assert bind_address(host, 8000) == bound


def test_the_server_trusts_no_forwarded_header_and_leaves_no_socket():
    server = Server(lambda: None, "127.0.0.1:0")
    assert server.cfg.forwarded_allow_ips == []
    assert server.cfg.control_socket_disable is True
    assert (server.cfg.workers, server.cfg.worker_class_str) == (1, "gthread")


def test_messages_of_the_server_are_json_lines_too(logged):
    log = StructuredServerLogger(Server(lambda: None, "127.0.0.1:0").cfg)
    log.info("Listening at: %s (%s)", "127.0.0.1:0", 7)
    log.warning("plain %")
    log.debug("Authorization: Bearer secret")
    assert [(line["log_level"], line["event"]) for line in logged] == [
        ("info", "Listening at: 127.0.0.1:0 (7)"),
        ("warning", "plain %"),
    ]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"AMUN_HOST": "0.0.0.0"}, "AMUN_HOST: the API does not listen on '0.0.0.0'"),
        ({"AMUN_PORT": "x"}, "AMUN_PORT"),
        ({"AMUN_API_TOKEN_FILE": "/nonexistent/tokens"}, "AMUN_API_TOKEN_FILE: cannot read"),
    ],
)
def test_wrong_settings_end_the_process_with_one_clear_line(
    monkeypatch, capsys, variables, message
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("amun_api.__main__.configure_logging", lambda: None)
    assert main() == 2
    assert capsys.readouterr().err.startswith(f"error[A110]: {message}")
