from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_core.errors import AmunError, AttemptFailedError, Fault, NotFoundError
from amun_core.intake import InputWarning, pointer_of, shown
from amun_core.normalisation import parse_specification
from amun_core.redaction import (
    redact_event,
    redact_plan,
    redact_specification,
    redact_text,
    redact_url,
    shortened,
)
from amun_core.states import FailureReason
from tests.support.secrets import Secret, secrets


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


_AROUND = (
    "{}",
    "index-url = {}\n",
    '{{"url": "{}"}}',
    "a @ {} ; python_version > '3'",
    "-i {} --trusted-host index.example",
    "<a href='{}'>x</a>",
    "({}), then https://index.example/simple",
    "https://index.example/simple {}",
    "it says '{}', which is no address",
)


@settings(deadline=None, max_examples=300)
@given(secret=secrets(), around=st.sampled_from(_AROUND), most=st.integers(1, 3000))
def test_no_part_of_a_secret_is_left_wherever_it_stands_and_wherever_it_is_cut(
    secret: Secret, around: str, most: int
) -> None:
    text = around.format(secret.address)
    for shown_as in (
        redact_text(text),
        redact_url(text),
        shortened(text, most),
        shown(text),
        repr(redact_text(text)),
        redact_text(repr(text)),
        redact_text(json.dumps(text)),
    ):
        assert secret.seen_in(shown_as) is None
    assert len(shortened(text, most)) <= max(most, 3)
    once = redact_text(text)
    assert redact_text(once) == once


@settings(deadline=None, max_examples=200)
@given(secret=secrets(), place=st.sampled_from(["message", "hint", "pointer", "last_lines"]))
def test_an_error_holds_no_secret_however_it_was_made(secret: Secret, place: str) -> None:
    text = f"not an address: {secret.address}"
    made = {
        "message": lambda: str(AmunError(text)),
        "hint": lambda: str(AmunError("wrong", hint=text).hint),
        "pointer": lambda: str(Fault(pointer_of("sources", secret.address), text, text)),
        "last_lines": lambda: (
            AttemptFailedError(FailureReason.BUILD_FAILED, text, last_lines=text).last_lines
        ),
    }[place]()
    assert secret.seen_in(made) is None
    assert secret.seen_in(str(InputWarning("", text))) is None
    assert secret.seen_in(str(NotFoundError("sweep", secret.address))) is None
    logged = redact_event(None, "info", {"action": "x", "error": text, "places": [text, {text: 1}]})
    assert secret.seen_in(str(logged)) is None


@pytest.mark.parametrize(
    "text",
    [
        "python:3.11-slim@sha256:" + "ab" * 32,
        "write to a@b.example, or to mailto",
        "https://index.example/packages/"
        + "ab" * 16
        + "/PyQt6-6.5.0-cp37-abi3-manylinux_2_28_x86_64.whl",
        "https://index.example/a-1.0.whl#sha256=" + "ab" * 32,
        "git+https://host.example/r.git@v1.0#egg=r&subdirectory=x",
        "http://127.0.0.1:8000/api/v1/inspections/026",
        "http://localhost:8000/@me",
        "ratio 1:2, at 12:30, a::b",
        "file:///srv/wheels",
        "10 files at 3 MB/s, http://[::1]:80/x",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "line",
    [
        "a://x:y " + "z " * 3000,
        "a:@" * 5000,
        "a:" * 9000 + "@x",
        "https://u:" + "x" * 15000,
        "https://h.example/" + "aB1/" * 4000,
        "https://h.example/?" + "a=b&" * 4000,
    ],
)
def test_a_hostile_text_is_read_in_time_that_grows_with_its_length(line: str) -> None:
    def seconds(text: str) -> float:
        started = time.perf_counter()
        redact_text(text)
        return time.perf_counter() - started

    short = min(seconds(line * 4) for _ in range(3))
    # four times the text; sixteen times would be the square
    assert min(seconds(line * 16) for _ in range(3)) < 12 * short + 0.05
