from __future__ import annotations

import base64
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from amun_core.errors import SettingsError
from dependency_monkey.index.access import AccessBook, origin_of, without_credentials


def sent(book: AccessBook, url: str) -> str | None:
    """User and password as they are sent to that address."""
    text = book.of(url).authorization
    return None if text is None else base64.b64decode(text.removeprefix("Basic ")).decode()


@pytest.mark.parametrize(
    ("url", "bare", "credentials"),
    [
        ("https://i.example/s", "https://i.example/s", None),
        ("https://u:p%2F@i.example:8/s", "https://i.example:8/s", ("u", "p/")),
        ("https://token@i.example", "https://i.example", ("token", "")),
    ],
)
def test_credentials_are_taken_out_of_an_address(
    url: str, bare: str, credentials: tuple[str, str] | None
) -> None:
    assert without_credentials(url) == (bare, credentials)


def test_an_origin_has_a_port() -> None:
    assert origin_of("https://I.example/a") == origin_of("https://i.example:443/b?c")
    assert origin_of("http://i.example/a") != origin_of("https://i.example/a")


def test_netrc_is_asked_and_the_address_is_stronger(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine i.example login one password 1\n")
    book = AccessBook(netrc_path=path)
    assert sent(book, "https://i.example/a") == "one:1"
    assert sent(book, "https://other.example/a") is None
    book.tell("https://i.example/a", credentials=("two", "2"))
    assert sent(book, "https://i.example/b") == "two:2"
    assert sent(book, "https://i.example:8443/b") == "one:1"
    assert "Mg==" not in repr(book.of("https://i.example/b"))
    assert base64.b64encode(b"two:2").decode() not in repr(book)


def test_a_netrc_that_cannot_be_read_is_named_without_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine i.example\nlogin one passwort secret\n")
    with pytest.raises(SettingsError, match="netrc, line 2") as told:
        AccessBook(netrc_path=path).of("https://i.example")
    assert "secret" not in str(told.value)
    with pytest.raises(SettingsError, match="cannot be read"):
        AccessBook(netrc_path=tmp_path).of("https://i.example")


def test_the_keyring_is_asked_once_and_only_if_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert AccessBook().ask_keyring("https://i.example/s") is False
    asked: list[tuple[str, str | None]] = []

    def get_credential(service: str, user: str | None) -> SimpleNamespace | None:
        asked.append((service, user))
        return None if "://" in service else SimpleNamespace(username="me", password="pw")

    keyring = ModuleType("keyring")
    keyring.get_credential = get_credential  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    book = AccessBook()
    book.tell("https://i.example/s", credentials=("me", ""))
    assert book.ask_keyring("https://i.example/s") is True
    assert sent(book, "https://i.example/other") == "me:pw"
    assert book.ask_keyring("https://i.example/s") is False
    assert asked == [("https://i.example/s", "me"), ("i.example", "me")]

    def broken(*_: object) -> None:
        raise RuntimeError("no backend")

    keyring.get_credential = broken  # type: ignore[attr-defined]
    assert AccessBook().ask_keyring("https://i.example/s") is False


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://i.example/s", "http://p.example:1"),
        ("http://i.example/s", "http://all.example:2"),
        ("https://near.example/s", None),
        ("https://a.near.example/s", None),
        ("https://notnear.example/s", "http://p.example:1"),
        ("https://10.0.0.1:8443/s", None),
    ],
)
def test_proxies(url: str, proxy: str | None) -> None:
    proxies = {"https": "http://p.example:1", "all": "http://all.example:2"}
    book = AccessBook(proxies=proxies, no_proxy="localhost, .near.example,10.0.0.1:8443")
    assert book.of(url).proxy == proxy
    assert AccessBook(proxies=proxies, no_proxy="*").of(url).proxy is None


def test_a_host_is_trusted_by_a_setting_or_by_a_source() -> None:
    book = AccessBook(trusted_hosts=frozenset({"i.example", "j.example:8443"}))
    assert not book.of("https://i.example/s").verify_ssl
    assert not book.of("https://j.example:8443/s").verify_ssl
    assert book.of("https://j.example/s").verify_ssl
    book.tell("https://k.example/s", verify_ssl=False)
    assert not book.of("https://k.example/other").verify_ssl
    book.tell("https://i.example/s", verify_ssl=True)
    assert not book.of("https://i.example/s").verify_ssl
