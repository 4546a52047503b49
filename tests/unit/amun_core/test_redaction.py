from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_core.normalisation import parse_specification
from amun_core.redaction import redact_plan, redact_specification, redact_text, redact_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://index.example/simple", "https://index.example/simple"),
        ("https://me:secret@index.example/simple", "https://***@index.example/simple"),
        ("https://token@index.example:8080/s", "https://***@index.example:8080/s"),
        ("https://me:a@b@index.example/s", "https://***@index.example/s"),
        ("https://me:pa/ss@index.example/s", "https://***@index.example/s"),
        ("https://me:pa#ss@index.example/s", "https://***@index.example/s"),
        ("https://index.example:80/@scope/a", "https://index.example:80/@scope/a"),
        ("https://[::1]:80/@scope/a", "https://[::1]:80/@scope/a"),
        ("https://index.example/@scope/a", "https://index.example/@scope/a"),
        ("https://index.example/s?sig=abc&x=#part", "https://index.example/s?sig=***&x=#part"),
        ("git+ssh://git:x@index.example/r", "git+ssh://***@index.example/r"),
    ],
)
def test_redact_url(url: str, shown: str) -> None:
    assert redact_url(url) == shown
    assert redact_url(shown) == shown


def test_every_address_in_a_text_is_mended() -> None:
    text = "get https://a:b@h1.example/x,\nthen 'https://c:d@h2.example/y' (e@f.example)"
    assert redact_text(text) == (
        "get https://***@h1.example/x,\nthen 'https://***@h2.example/y' (e@f.example)"
    )


def test_addresses_without_a_space_between_them() -> None:
    text = '["https://a:b@h1.example/x","https://c:d@h2.example/y"]https://e:f@h3.example'
    assert redact_text(text) == (
        '["https://***@h1.example/x","https://***@h2.example/y"]https://***@h3.example'
    )


def test_a_long_text_is_read_once() -> None:
    text = "a" * 1_000_000
    started = time.monotonic()
    # no host has so long a name
    assert redact_text(text + "://" + text) == text + "://***"
    assert time.monotonic() - started < 5


def specification(secret: str) -> dict[str, Any]:
    address = f"https://me:{secret}@index.example/simple"
    document = {
        "base": "debian",
        "environment": [{"name": "TOKEN", "value": secret}],
        "files": [{"path": "pip.conf", "content": f"[global]\nindex-url = {address}\n"}],
        "script": f"https://me:{secret}@index.example/s.py?key={secret}",
        "python": {
            "requirements": {"packages": {}, "source": [{"name": "a", "url": address}]},
            "requirements_locked": {
                "_meta": {"sources": [{"name": "a", "url": address}]},
                "default": {"numpy": {"version": "==1.0"}},
            },
        },
    }
    found: dict[str, Any] = json.loads(parse_specification(document, surface="v1").canonical)
    return found


def test_a_specification_shows_no_secret() -> None:
    document = specification("hunter2")
    shown = redact_specification(document)
    assert "hunter2" not in json.dumps(shown)
    assert "hunter2" in json.dumps(document)  # the document itself is left alone
    assert shown["environment"] == [{"name": "TOKEN", "value": "***"}]
    assert shown["script"] == "https://***@index.example/s.py?key=***"
    source = shown["python"]["requirements_locked"]["_meta"]["sources"][0]
    assert source == {"name": "a", "url": "https://***@index.example/simple", "verify_ssl": True}
    assert shown["runs"] == document["runs"]


@settings(deadline=None)
@given(secret=st.text(alphabet="abXY01-_.~:!$&'()*+,;=%/@", min_size=6, max_size=20))
def test_no_secret_in_an_address_is_shown(secret: str) -> None:
    # what stands around the secret must not hold it by accident
    secret = f"Q{secret}Q"
    url = f"https://me:{secret}@index.example/simple"
    assert secret not in redact_text(f"index-url = {url}\n")


def test_a_plan_shows_no_secret() -> None:
    plan = {
        "build": {
            "environment": [["TOKEN", "hunter2"]],
            "sources": [{"name": "a", "url": "https://me:hunter2@index.example/simple"}],
        },
        "run": {"environment": (("TOKEN", "hunter2"), ("OMP_NUM_THREADS", "2")), "threads": 2},
    }
    shown = redact_plan(plan)
    assert "hunter2" not in json.dumps(shown)
    assert shown["run"] == {
        "environment": [["TOKEN", "***"], ["OMP_NUM_THREADS", "***"]],
        "threads": 2,
    }


def test_a_variable_of_an_unknown_form_is_hidden_whole() -> None:
    assert redact_specification({"environment": ["TOKEN=hunter2"]}) == {"environment": ["***"]}
    assert redact_specification({"environment": None}) == {"environment": None}
