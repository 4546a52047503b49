"""Recorded words of engines and package tools, and what they mean."""

from __future__ import annotations

import pytest

from amun_core.states import AttributedTo, FailureReason
from inspector.engines.container_command import Answer
from inspector.engines.container_failures import (
    base_not_found,
    disk_full,
    native_failure,
    why_not_pulled,
)

DAEMON = "Error response from daemon: "


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (
            'Get "https://registry.example/v2/": lookup registry.example on 10.0.0.1: no such host',
            "the registry registry.example is not known to this host",
        ),
        (
            "pull access denied for nosuch: denied: requested access to the resource is denied",
            "the registry refuses access, or has no such image",
        ),
        (
            "manifest for registry.example/a:1 not found: manifest unknown: manifest unknown",
            "the registry has no such image",
        ),
        ("something new", DAEMON + "something new"),
    ],
)
def test_a_failed_pull_is_explained(said: str, meaning: str) -> None:
    assert why_not_pulled(Answer(1, "", DAEMON + said)) == meaning


def test_an_unreachable_registry_keeps_its_words() -> None:
    said = 'Get "https://registry.example/v2/": dial tcp 10.1.1.1:443: connect: connection refused'
    assert why_not_pulled(Answer(1, "", DAEMON + said)).startswith("the registry cannot be reached")


def test_a_missing_base_is_the_requests_and_hides_credentials() -> None:
    error = base_not_found("a:1", "Get https://user:pass@registry.example/v2/: no")
    assert error.reason is FailureReason.BASE_IMAGE_NOT_FOUND
    assert error.attributed_to is AttributedTo.REQUEST
    assert str(error) == (
        "the base image 'a:1' is not on this host and could not be pulled: "
        "Get https://***@registry.example/v2/: no"
    )


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("Reading state information...\nE: Unable to locate package nosuch\n", "nosuch"),
        ("E: Version '9' for 'tree' was not found", "tree"),
        ("E: Package 'tree' has no installation candidate", "tree"),
        ("No match for argument: nosuch\nError: Unable to find a match: nosuch", "nosuch"),
        ("No package nosuch available.\nError: Nothing to do", "nosuch"),
        ("error: No package matches 'nosuch'", "nosuch"),
        ("ERROR: unable to select packages:\n  nosuch (no such package):\n", "nosuch"),
        ("Package 'nosuch' not found.", "nosuch"),
        ("No provider of 'nosuch' found.", "nosuch"),
    ],
)
def test_unknown_native_packages_are_named(output: str, name: str) -> None:
    error = native_failure(output)
    assert error.reason is FailureReason.NATIVE_PACKAGE_NOT_FOUND
    assert str(error) == f"the base image's distribution has no package '{name}'"
    assert error.attributed_to is AttributedTo.REQUEST


@pytest.mark.parametrize(
    "output",
    [
        "Err:1 http://mirror.example InRelease\n  Temporary failure resolving 'mirror.example'",
        "Curl error (6): Could not resolve host: mirror.example",
        "WARNING: fetching x: temporary error (try again later)",
    ],
)
def test_unreachable_mirrors_are_the_hosts(output: str) -> None:
    error = native_failure(output)
    assert error.reason is FailureReason.INDEX_UNREACHABLE
    assert error.attributed_to is AttributedTo.HOST


def test_other_native_failures_point_to_the_log() -> None:
    error = native_failure("dpkg: error processing package x\n" * 100)
    assert error.reason is FailureReason.BUILD_FAILED
    assert len(error.last_lines.splitlines()) == 30


def test_a_full_disk_is_seen() -> None:
    error = disk_full("write /var/x: no space left on device")
    assert error is not None
    assert error.reason is FailureReason.DISK_FULL
    assert disk_full("all is well") is None
