"""HTTP as bytes: what the server itself refuses is a documented problem; slow clients keep nobody waiting."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
import requests

from amun_api.app import documented
from amun_api.connection import PATIENCE_SECONDS
from amun_api.server import THREADS
from amun_core.specification import MAXIMUM_BODY_BYTES
from tests.support.wire import exchange, read_answer

HOST = "Host: localhost\r\n"
POST = f"POST /api/v1/inspections HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"

REFUSED = {
    "no HTTP": ("nonsense\r\n\r\n", 400),
    "no version": ("GET /healthz\r\n\r\n", 505),
    "another version": (f"GET /healthz HTTP/3.0\r\n{HOST}\r\n", 505),
    "small letters": (f"get /healthz HTTP/1.1\r\n{HOST}\r\n", 400),
    "no host": ("GET /healthz HTTP/1.1\r\n\r\n", 400),
    "a bare line feed": (f"GET /healthz HTTP/1.1\r\nA: b\nc: d\r\n{HOST}\r\n", 400),
    "a name with a space": (f"GET /healthz HTTP/1.1\r\n{HOST}A b: c\r\n\r\n", 400),
    "a long address": (f"GET /{'a' * 9000} HTTP/1.1\r\n{HOST}\r\n", 414),
    "a very long address": (f"GET /{'a' * 200_000} HTTP/1.1\r\n{HOST}\r\n", 414),
    "a long header": (f"GET /healthz HTTP/1.1\r\n{HOST}A: {'a' * 70_000}\r\n\r\n", 431),
    "many headers": ("GET /healthz HTTP/1.1\r\n" + "A: b\r\n" * 20_000 + "\r\n", 431),
    "a length that is none": (f"{POST}Content-Length: many\r\n\r\n", 400),
    "a length below nothing": (f"{POST}Content-Length: -1\r\n\r\n", 400),
    "two lengths": (f"{POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}", 400),
    "length and chunks": (
        f"{POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "chunks in HTTP/1.0": (
        f"{POST.replace('1.1', '1.0')}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a chunk without a size": (f"{POST}Transfer-Encoding: chunked\r\n\r\nx\r\n", 400),
    "another coding": (f"{POST}Transfer-Encoding: gzip\r\n\r\n", 501),
    "an expectation": (f"{POST}Expect: tea\r\nContent-Length: 2\r\n\r\n{{}}", 417),
    "a length of 5000 digits": (f"{POST}Content-Length: {'9' * 5000}\r\n\r\n", 400),
    "an address that is none": (f"GET http://[::1/ HTTP/1.1\r\n{HOST}\r\n", 400),
    "a chunk beyond any bound": (f"{POST}Transfer-Encoding: chunked\r\n\r\n{'f' * 40}\r\n", 413),
    "a chunk beyond our bound": (f"{POST}Transfer-Encoding: chunked\r\n\r\n400001\r\n", 413),
    "chunks within chunks": (
        f"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n",
        400,
    ),
    "a large body": (f"{POST}Content-Length: {MAXIMUM_BODY_BYTES + 1}\r\n\r\n", 413),
    "a large body, expected": (
        f"{POST}Expect: 100-continue\r\nContent-Length: {MAXIMUM_BODY_BYTES + 1}\r\n\r\n",
        413,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_server_itself_refuses_is_a_documented_problem(shared, name):
    request, status = REFUSED[name]
    answer = exchange(shared.port, request.encode())
    assert (answer.status, answer.closed) == (status, True), answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    problem = answer.json
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["code"] in {"A700", "A705", "A709"}
    for methods in documented()["paths"].values():
        for operation in methods.values():
            assert str(status) in operation["responses"]
    lines = [json.loads(line) for line in shared.log.read_text().splitlines()]
    assert [
        line["status"] for line in lines if line.get("request_id") == problem["request_id"]
    ] == [status]


def test_the_prior_systems_paths_keep_their_shape(shared):
    request = f"POST /api/v1/inspect HTTP/1.1\r\n{HOST}Content-Length: {2**40}\r\n\r\n"
    answer = exchange(shared.port, request.encode())
    assert answer.status == 413
    assert set(answer.json) == {"error", "parameters"}


def test_a_refused_client_that_still_sends_reads_its_answer(shared):
    body = b" " * (MAXIMUM_BODY_BYTES + 1)
    answer = requests.post(
        f"{shared.url}/api/v1/inspections",
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "A705")


def test_requests_sent_at_once_are_answered_in_order(shared):
    one = f"GET /healthz HTTP/1.1\r\n{HOST}\r\n"
    two = f"{POST}Content-Length: 2\r\n\r\n{{}}"
    three = f"HEAD /readyz HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shared.port), timeout=30) as connection:
        connection.sendall((one + two + three).encode())
        raw = b""
        while piece := connection.recv(65536):
            raw += piece
    statuses = [part.split()[0] for part in raw.decode().split("HTTP/1.1 ")[1:]]
    assert statuses == ["200", "202", "200"]
    assert raw.endswith(b"\r\n\r\n")  # an answer to HEAD has no body


def test_a_chunked_body_and_a_continued_one_are_bodies(shared):
    chunked = f"{POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
    assert exchange(shared.port, chunked.encode()).status == 202
    with socket.create_connection(("127.0.0.1", shared.port), timeout=30) as connection:
        connection.sendall(f"{POST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n".encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert read_answer(connection).status == 202


def test_an_unchanged_answer_keeps_the_connection(shared):
    created = requests.post(f"{shared.url}/api/v1/inspections", json={}, timeout=30).json()
    path = f"/api/v1/inspections/{created['id']}"
    request = f"GET {path} HTTP/1.1\r\n{HOST}If-None-Match: *\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", shared.port), timeout=30) as connection:
        for _ in range(2):
            connection.sendall(request)
            answer = read_answer(connection)
            assert (answer.status, answer.body) == (304, b"")
            assert "connection" not in answer.headers


ANSWERED = {
    "another host in the address": (f"GET http://evil.example/healthz HTTP/1.1\r\n{HOST}\r\n", 403),
    "our host in the address": (f"GET http://localhost/healthz HTTP/1.1\r\n{HOST}\r\n", 200),
    "two hosts": (f"GET /healthz HTTP/1.1\r\n{HOST}Host: evil.example\r\n\r\n", 403),
    "slashes too many": (f"GET /api/v1//inspections HTTP/1.1\r\n{HOST}\r\n", 404),
    "a body that is packed": (
        f"{POST}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}",
        415,
    ),
    "a body where none is read": (
        f"GET /healthz HTTP/1.1\r\n{HOST}Content-Length: 2\r\n\r\n{{}}",
        200,
    ),
    "the old version": (f"GET /healthz HTTP/1.0\r\n{HOST}\r\n", 200),
    "an upgrade": (
        f"GET /healthz HTTP/1.1\r\n{HOST}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        200,
    ),
    "no path": (f"OPTIONS * HTTP/1.1\r\n{HOST}\r\n", 404),
    "a media type that is not there": (
        f"GET /healthz HTTP/1.1\r\n{HOST}Accept: image/png\r\n\r\n",
        200,
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_odd_is_answered(shared, name):
    request, status = ANSWERED[name]
    answer = exchange(shared.port, request.encode())
    assert answer.status == status, answer.body
    media = "application/json" if status == 200 else "application/problem+json"
    assert answer.headers["content-type"] == media


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "X"])
def test_methods_that_nobody_takes_are_problems(shared, method):
    answer = exchange(shared.port, f"{method} /healthz HTTP/1.1\r\n{HOST}\r\n".encode())
    assert (answer.status, answer.json["code"]) == (405, "A708")


OPENINGS = {
    "half a head": f"GET /healthz HTTP/1.1\r\n{HOST}X-Slow: ",
    "half a body": f"{POST}Content-Length: 1000\r\n\r\n{{",
    "nothing": "",
    "an answer unread": f"GET /openapi/openapi.json HTTP/1.1\r\n{HOST}\r\n" * 20,
}


@pytest.mark.parametrize("kind", OPENINGS)
def test_slow_clients_keep_nobody_from_being_answered(shared, kind):
    slow = []
    for _ in range(4 * THREADS):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", shared.port))
        connection.sendall(OPENINGS[kind].encode())
        slow.append(connection)
    try:
        for _ in range(5):
            assert requests.get(f"{shared.url}/healthz", timeout=60).ok
            created = requests.post(f"{shared.url}/api/v1/inspections", json={}, timeout=60)
            assert created.status_code == 202
    finally:
        for connection in slow:
            connection.close()


def test_a_client_that_is_too_slow_is_told_so_and_closed(shared):
    kinds = ["half a head", "half a body", "nothing"]
    slow = [socket.create_connection(("127.0.0.1", shared.port), timeout=0.2) for _ in kinds]
    for connection, kind in zip(slow, kinds, strict=True):
        connection.sendall(OPENINGS[kind].encode())
    answers: dict[str, bytes] = {}
    for _ in range(int(20 * PATIENCE_SECONDS)):  # they send a byte now and then, to no avail
        for connection, kind in zip(slow, kinds, strict=True):
            try:
                if kind not in answers:
                    answers[kind] = connection.recv(65536)
            except TimeoutError:
                if kind != "nothing":
                    connection.sendall(b" ")
        if len(answers) == len(kinds):
            break
    for connection in slow:
        connection.close()
    assert answers["nothing"] == b""
    for kind in ("half a head", "half a body"):
        assert answers[kind].startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b'"code":"A700"' in answers[kind]


def test_what_is_in_hand_is_answered_before_the_process_ends(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall(f"GET /healthz HTTP/1.1\r\n{HOST}\r\n".encode())
        assert read_answer(connection).status == 200
        connection.sendall(f"GET /openapi/openapi.json HTTP/1.1\r\n{HOST}\r\n".encode())
        served.process.terminate()
        answer = read_answer(connection)
    assert answer.status == 200
    assert answer.json["openapi"]
    assert served.process.wait(60) == 0


def test_a_taken_port_ends_the_process_with_one_line(served: SimpleNamespace) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "amun_api"],
        env={**served.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("error[A110]: AMUN_HOST, AMUN_PORT: cannot listen at")
