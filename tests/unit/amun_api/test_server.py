"""How the server is set up, and what its process says where it cannot start."""

from __future__ import annotations

import logging
import socket

import pytest

from amun_api.__main__ import main
from amun_api.server import THREADS, Server, bind_address, log_as_ours, server_options
from amun_core.errors import SettingsError


@pytest.mark.parametrize(
    ("host", "bound"),
    [("127.0.0.1", "127.0.0.1:8000"), ("::1", "[::1]:8000"), ("[::1]", "[::1]:8000")],
)
def test_addresses_are_written_as_the_server_takes_them(host, bound):
    assert bind_address(host, 8000) == bound


def test_the_server_trusts_no_forwarded_header_and_keeps_bodies_off_the_disk():
    options = server_options()
    assert options["trusted_proxy"] is None
    assert options["threads"] == THREADS
    assert options["inbuf_overflow"] > options["max_request_body_size"]


def test_messages_of_the_server_are_json_lines_too(logged):
    log_as_ours()
    theirs = logging.getLogger("waitress")
    theirs.warning("taken by %s", "7")
    theirs.info("Authorization: Bearer secret")
    logging.getLogger("waitress.queue").warning("Task queue depth is 4")
    assert [(line["log_level"], line["event"]) for line in logged] == [("warning", "taken by 7")]


def test_a_taken_port_is_said_in_one_line():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        bound = bind_address("127.0.0.1", other.getsockname()[1])
        with pytest.raises(SettingsError, match=f"cannot listen at {bound}"):
            Server(lambda: None, bound).serve()


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
    monkeypatch.setattr("amun_api.__main__.log_as_ours", lambda: None)
    assert main([]) == 2
    assert capsys.readouterr().err.startswith(f"error[A110]: {message}")


def test_help_is_help_and_starts_nothing(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "AMUN_PORT" in capsys.readouterr().out
