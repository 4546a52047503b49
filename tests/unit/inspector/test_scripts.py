from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.errors import AttemptFailedError
from inspector import scripts
from inspector.scripts import MAXIMUM_SCRIPT_BYTES, ScriptSource, address_refused, is_address

PUBLIC = "93.184.216.34"
SCRIPT = "print('{}')\n"

#: What the server answers: path -> (status, headers, body). A function is called with the handler.
Answers = dict[str, tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]]


class Server:
    """An https server on this machine whose certificate says scripts.example."""

    def __init__(self, certificate: Path) -> None:
        self.answers: Answers = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers)))
                answer = outer.answers[self.path]
                if callable(answer):
                    answer(self)
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.thread.start()

    def url(self, path: str, host: str = "scripts.example") -> str:
        return f"https://{host}:{self.port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.thread.join()


@pytest.fixture(autouse=True)
def _every_host_by_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def tls(project_root: Path) -> Path:
    return project_root / "tests" / "fixtures" / "tls"


@pytest.fixture(scope="module")
def one_server(tls: Path) -> Iterator[Server]:
    server = Server(tls / "scripts.example.pem")
    yield server
    server.close()


@pytest.fixture
def server(one_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, with this machine counted as a public address."""
    refused = address_refused
    monkeypatch.setattr(
        scripts, "address_refused", lambda one: None if one == "127.0.0.1" else refused(one)
    )
    one_server.answers = {"/script.py": (200, {}, SCRIPT.encode())}
    one_server.asked.clear()
    return one_server


@pytest.fixture
def source(tls: Path) -> ScriptSource:
    return ScriptSource(
        resolver=lambda _host, _port: ["127.0.0.1"],
        ca_bundle=tls / "scripts.example.crt",
        proxies={},
        seconds=5,
    )


def refusal(source: ScriptSource, url: str) -> str:
    with pytest.raises(AttemptFailedError) as raised:
        source.text(url)
    assert (raised.value.reason, raised.value.attributed_to) == ("script_not_fetched", "request")
    return str(raised.value)


@pytest.mark.parametrize(
    ("script", "is_one"),
    [
        ("https://scripts.example/a.py", True),
        (" HTTPS://scripts.example/a.py\n", True),
        ("http://scripts.example/a.py", True),
        ("print('https://scripts.example')", False),
        ("https://scripts.example\nprint()", False),
        ("", False),
    ],
)
def test_an_address_is_told_from_a_text(script: str, is_one: bool):
    assert is_address(script) is is_one


def test_an_inline_script_is_its_own_text(source):
    assert source.text("print(1)\n") == "print(1)\n"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"),
        *("2002:a00:1::", "2001:db8::1"),
    ],
)
def test_addresses_of_own_networks_are_refused(address: str):
    assert address_refused(address) is not None


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses_are_not(address: str):
    assert address_refused(address) is None


@given(st.ip_addresses(v=4).filter(lambda one: not one.is_global))
def test_no_private_address_hides_in_ipv6(address):
    number = f"{int(address):08x}"
    assert address_refused(f"::ffff:{address}") is not None
    assert address_refused(f"64:ff9b::{number[:4]}:{number[4:]}") is not None
    assert address_refused(f"2002:{number[:4]}:{number[4:]}::1") is not None


def test_a_script_is_read_with_name_and_certificate_checked(server, source):
    assert source.text(server.url("/script.py")) == SCRIPT
    ((path, headers),) = server.asked
    assert (path, headers["Host"]) == ("/script.py", f"scripts.example:{server.port}")


def test_the_query_is_sent(server, source):
    server.answers["/raw?id=1&x=2"] = (200, {}, SCRIPT.encode())
    assert source.text(server.url("/raw?id=1&x=2")) == SCRIPT


def test_a_name_that_the_certificate_does_not_have_is_refused(server, source):
    message = refusal(source, server.url("/script.py", host="other.example"))
    assert "certificate is not trusted" in message
    assert server.asked == []


def test_a_certificate_that_nobody_signed_is_refused(server, source):
    trusting_nobody = ScriptSource(resolver=source.resolver, proxies={}, seconds=5)
    assert "certificate is not trusted" in refusal(trusting_nobody, server.url("/script.py"))


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"]])
def test_a_name_that_leads_into_own_networks_is_refused_before_connecting(one_server, addresses):
    one_server.asked.clear()
    source = ScriptSource(resolver=lambda *_: addresses, proxies={}, seconds=5)
    assert "is not a public address" in refusal(source, one_server.url("/script.py"))
    assert one_server.asked == []


def test_a_second_answer_of_the_name_server_changes_nothing(server, source):
    answers = [["127.0.0.1"]]
    pinned = ScriptSource(lambda *_: answers.pop(), source.ca_bundle, {}, 5)
    assert pinned.text(server.url("/script.py")) == SCRIPT
    assert answers == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://scripts.example/a.py", "only https addresses are read"),
        ("https:///a.py", "names no host"),
        ("https://scripts.example:99999/a.py", "connection failed"),
    ],
)
def test_addresses_of_another_kind_are_refused(source, url, words):
    assert words in refusal(source, url)


def test_an_unknown_name_is_said():
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("Name or service not known")

    source = ScriptSource(resolver=unknown, proxies={})
    assert "the name 'nowhere.example' is not known" in refusal(source, "https://nowhere.example/")


def test_a_redirect_is_followed_and_checked_again(server, source):
    server.answers["/moved"] = (302, {"Location": "/script.py"}, b"")
    assert source.text(server.url("/moved")) == SCRIPT


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://scripts.example/script.py", "only https"),
        ("https://169.254.169.254/latest", "169.254.169.254 is not a public address"),
    ],
)
def test_a_redirect_leads_nowhere_else(server, source, location, words):
    def literal(host: str, _port: int) -> list[str]:
        return [host] if host[0].isdigit() else ["127.0.0.1"]

    server.answers["/moved"] = (302, {"Location": location}, b"")
    checked = ScriptSource(literal, source.ca_bundle, {}, 5)
    assert words in refusal(checked, server.url("/moved"))


def test_redirects_end(server, source):
    server.answers["/loop"] = (301, {"Location": "/loop"}, b"")
    assert "more than 5 redirects" in refusal(source, server.url("/loop"))


def test_a_script_that_is_too_large_is_refused(server, source):
    server.answers["/large"] = (200, {}, b"#" * (MAXIMUM_SCRIPT_BYTES + 1))
    assert f"larger than {MAXIMUM_SCRIPT_BYTES} bytes" in refusal(source, server.url("/large"))


def test_the_largest_script_is_read(server, source):
    server.answers["/largest"] = (200, {}, b"#" * MAXIMUM_SCRIPT_BYTES)
    assert len(source.text(server.url("/largest"))) == MAXIMUM_SCRIPT_BYTES


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((404, {}, b"no"), "the server answered 404"),
        ((200, {}, b"\xff\xfe"), "it is not UTF-8 text"),
        ((200, {"Content-Encoding": "gzip"}, b"x"), "compressed"),
    ],
)
def test_answers_that_are_no_script(server, source, answer, words):
    server.answers["/answer"] = answer
    assert words in refusal(source, server.url("/answer"))


def test_a_server_that_drips_is_not_waited_for(server, source):
    released = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not released.is_set():
            try:
                handler.wfile.write(b"#")
            except OSError:
                return
            released.wait(0.02)

    server.answers["/drip"] = drip
    hurried = ScriptSource(source.resolver, source.ca_bundle, {}, 0.3)
    started = time.monotonic()
    assert "it took too long" in refusal(hurried, server.url("/drip"))
    released.set()
    assert time.monotonic() - started < 3


def test_credentials_are_sent_to_their_host_and_shown_to_nobody(server, source):
    server.answers["/script.py"] = (403, {}, b"")
    url = server.url("/script.py").replace("https://", "https://me:secret@")
    message = refusal(source, url)
    assert "secret" not in message
    ((_, headers),) = server.asked
    assert headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert headers["Host"] == f"scripts.example:{server.port}"


def test_behind_a_proxy_a_private_name_is_still_refused(one_server):
    source = ScriptSource(
        resolver=lambda *_: ["10.0.0.1"], proxies={"https": "http://127.0.0.1:9"}, seconds=2
    )
    assert "10.0.0.1 is not a public address" in refusal(source, "https://inside.example/a.py")


def test_behind_a_proxy_the_proxy_is_asked():
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("no names behind a proxy")

    source = ScriptSource(resolver=unknown, proxies={"https": "http://127.0.0.1:9"}, seconds=2)
    assert "connection failed" in refusal(source, "https://outside.example/a.py")
