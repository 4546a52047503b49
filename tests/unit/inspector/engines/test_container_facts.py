"""What a base image's answer means."""

from __future__ import annotations

import json

import pytest

from amun_core.errors import AttemptFailedError
from amun_core.states import FailureReason
from inspector.engines.container_command import Answer
from inspector.engines.container_facts import identity_of, parse_facts, python_names

PYTHON = {
    "executable": "/usr/bin/python3.6",
    "version": "3.6.8",
    "implementation": "cpython",
    "platform": "linux-x86_64",
    "prefix": "/usr",
    "libc": "glibc 2.28",
    "machine": "x86_64",
    "markers": {"python_version": "3.6"},
}
SYSTEM = {"id": "rhel", "version_id": "8.2", "name": "RHEL", "package_tool": "dnf", "musl": False}


def answer(system: dict[str, object]) -> Answer:
    return Answer(0, f"a banner\n{json.dumps(PYTHON)}\n{json.dumps(system)}\n", "")


def test_facts_are_read() -> None:
    facts = parse_facts(answer(SYSTEM), "registry.example/ubi:8", "sha256:00")
    assert facts.reference == "registry.example/ubi:8"
    assert facts.digest == "sha256:00"
    assert facts.python.executable == "/usr/bin/python3.6"
    assert facts.python.markers == {"python_version": "3.6"}
    assert facts.operating_system.package_tool == "dnf"
    assert (facts.libc, facts.architecture) == ("glibc 2.28", "x86_64")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer({**SYSTEM, "musl": True}), "it uses musl"),
        (Answer(0, "hello\n", ""), "does not describe itself"),
        (Answer(1, "", "ImportError: libpython"), "its Python does not work: ImportError"),
    ],
)
def test_unsuitable_images_say_why(given: Answer, words: str) -> None:
    with pytest.raises(AttemptFailedError, match=words) as caught:
        parse_facts(given, "x:1", "sha256:00")
    assert caught.value.reason is FailureReason.BASE_IMAGE_UNSUITABLE


def test_the_wanted_version_is_tried_first() -> None:
    assert python_names("3.8") == ["python3.8", "python3", "python"]
    assert python_names("3.11.7") == ["python3.11", "python3", "python"]
    assert python_names(None) == ["python3", "python"]
    assert python_names("x; rm -rf /") == ["python3", "python"]


def test_a_pulled_image_has_its_digest_and_a_local_one_its_id() -> None:
    pulled = {"Id": "sha256:11", "RepoDigests": ["registry.example/a@sha256:22"]}
    assert identity_of(pulled) == "sha256:22"
    assert identity_of({"Id": "sha256:11", "RepoDigests": []}) == "sha256:11"
    assert identity_of({"Id": "11", "RepoDigests": None}) == "sha256:11"
