"""What the words of a container engine, of a package tool or of a builder mean."""

from __future__ import annotations

import re

from amun_core.errors import AttemptFailedError
from amun_core.redaction import redact_text, shortened
from amun_core.states import FailureReason
from inspector.engines.container_command import Answer

#: Lines of the output that go with the failure.
LAST_LINES = 30

_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)

#: How each package tool says that it does not know a package.
_NATIVE_UNKNOWN = tuple(
    re.compile(pattern)
    for pattern in (
        r"E: Unable to locate package (?P<name>\S+)",
        r"E: Package '(?P<name>[^']+)' has no installation candidate",
        r"E: Version '[^']*' for '(?P<name>[^']+)' was not found",
        r"E: Couldn't find any package by (?:glob|regex) '(?P<name>[^']+)'",
        r"No match for argument: (?P<name>\S+)",
        r"No package (?P<name>\S+) available",
        r"No package matches '(?P<name>[^']+)'",
        r"(?m)^\s+(?P<name>\S+) \(no such package\)",
        r"[Pp]ackage '(?P<name>[^']+)' not found",
        r"No provider of '(?P<name>[^']+)' found",
    )
)
_NATIVE_UNREACHABLE = re.compile(
    r"Temporary failure resolving|Could not resolve host|Could not connect to|"
    r"Some index files failed to download|E: Failed to fetch|Cannot download repomd\.xml|"
    r"Failed to download metadata for repo|temporary error \(try again later\)|"
    r"Certificate verification failed|Connection (?:timed out|refused)",
    re.IGNORECASE,
)


def base_not_found(reference: str, words: str) -> AttemptFailedError:
    """The base image is neither here nor to be pulled."""
    return AttemptFailedError(
        FailureReason.BASE_IMAGE_NOT_FOUND,
        f"the base image {reference!r} is not on this host and could not be pulled: "
        f"{_short(words)}",
    )


def base_unsuitable(reference: str | None, why: str) -> AttemptFailedError:
    """The base image lacks something."""
    return AttemptFailedError(
        FailureReason.BASE_IMAGE_UNSUITABLE, f"the base image {reference!r}: {why}"
    )


def why_not_pulled(answer: Answer) -> str:
    """What a failed pull means, for people."""
    text = answer.words
    lowered = text.lower()
    if "no such host" in lowered or "name resolution" in lowered:
        host = re.search(r"lookup (\S+)", text)
        return f"the registry {host[1] if host else ''} is not known to this host".replace(
            "  ", " "
        )
    if "connection refused" in lowered or "timeout" in lowered or "unreachable" in lowered:
        return f"the registry cannot be reached ({text})"
    if "denied" in lowered or "unauthorized" in lowered:
        return "the registry refuses access, or has no such image"
    if "manifest unknown" in lowered or "not found" in lowered:
        return "the registry has no such image"
    return text


def _short(words: str) -> str:
    return shortened(" ".join(words.split()), 300)


def tail(output: str) -> str:
    """The last lines of an output, without passwords."""
    return "\n".join(redact_text(output).strip().splitlines()[-LAST_LINES:])


def disk_full(output: str) -> AttemptFailedError | None:
    """The failure if the disk was full, else None."""
    if not _DISK_FULL.search(output):
        return None
    return AttemptFailedError(
        FailureReason.DISK_FULL,
        "the disk is full: the environment could not be written",
        last_lines=tail(output),
    )


def native_failure(output: str) -> AttemptFailedError:
    """Why native packages could not be installed."""
    for pattern in _NATIVE_UNKNOWN:
        match = pattern.search(output)
        if match:
            return AttemptFailedError(
                FailureReason.NATIVE_PACKAGE_NOT_FOUND,
                f"the base image's distribution has no package {match['name']!r}",
                last_lines=tail(output),
            )
    if _NATIVE_UNREACHABLE.search(output):
        return AttemptFailedError(
            FailureReason.INDEX_UNREACHABLE,
            "the package servers of the base image's distribution cannot be reached",
            last_lines=tail(output),
        )
    return AttemptFailedError(
        FailureReason.BUILD_FAILED,
        "the native packages could not be installed; see the build log",
        last_lines=tail(output),
    )


def build_timeout(seconds: int) -> AttemptFailedError:
    """The build took longer than its limit."""
    return AttemptFailedError(
        FailureReason.BUILD_TIMEOUT, f"the environment was not ready after {seconds} s"
    )
