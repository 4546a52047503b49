"""Why uv could not install a stack: its words become one of our reasons and a short message."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from amun_core.errors import AttemptFailedError
from amun_core.plan import BuildPlan
from amun_core.redaction import redact_text, shortened
from amun_core.states import AttributedTo, FailureReason

#: Lines of the output that go with the failure.
LAST_LINES = 30

_PACKAGE = r"`?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)"
_PIN = _PACKAGE + r"==(?P<version>[^\s`,]+)`?"
#: The address is not repeated: it may carry a password.
_FILE = _PACKAGE + r"(?:==(?P<version>[^\s`,]+)| @ \S+)`?"

#: uv takes 1.0+cpu for ==1.0, and then looks in vain for the hashes of 1.0+cpu.
_LOCAL_VERSION = re.compile(
    r"no hashes were provided for `" + _PACKAGE + r"==(?P<version>[^\s`,+]+\+[^\s`,]+)`"
)

_NO_WHEEL_IN_LOCK = re.compile(
    r"Package " + _PACKAGE + r"` can't be installed because it doesn't have a source distribution"
)

#: What is wrong with the lock says nothing about the stack.
_OF_THE_LOCK = (_LOCAL_VERSION, _NO_WHEEL_IN_LOCK)

Say = Callable[[re.Match[str], str], str]


def local_version_differs(name: str, installed: str) -> str:
    """What to say where the lock has hashes for 1.0 and the index has 1.0+cpu."""
    public = installed.partition("+")[0]
    return (
        f"the lock pins {name} {public} by hash, and the index has {installed} for it: installers "
        f"differ on this (pip takes it, uv refuses it); lock {name}=={installed} instead"
    )


def _package(match: re.Match[str]) -> str:
    return " ".join(filter(None, (match["name"], match["version"])))


def _unreachable(match: re.Match[str], _: str) -> str:
    host = urlsplit(match["url"]).hostname or redact_text(match["url"])
    return f"the package index at {host} cannot be reached"


def _refused(match: re.Match[str], _: str) -> str:
    host = urlsplit(match["url"]).hostname or "?"
    return f"the package index at {host} refuses access ({match['status']})"


#: Tried in this order: the first that is found in the output tells the reason.
_RULES: tuple[tuple[FailureReason, re.Pattern[str], Say], ...] = (
    (
        FailureReason.DISK_FULL,
        re.compile(r"No space left on device|Disk quota exceeded"),
        lambda _, __: "the disk is full: the environment could not be written",
    ),
    (
        FailureReason.HASH_MISMATCH,
        re.compile(r"[Hh]ash mismatch for " + _FILE),
        lambda m, _: f"{_package(m)}: the file on the index has another hash than the lock",
    ),
    (
        FailureReason.HASH_MISMATCH,
        re.compile(r"[Ss]ize mismatch for " + _FILE),
        lambda m, _: f"{_package(m)}: the file at its address has another size than the lock says",
    ),
    (
        FailureReason.RESOLUTION_FAILED,
        _LOCAL_VERSION,
        lambda m, _: local_version_differs(m["name"], m["version"]),
    ),
    (
        FailureReason.ARTIFACT_NOT_FOUND,
        re.compile(r"HTTP status client error \(404[^)]*\) for url \((?P<url>[^)]+)\)"),
        lambda m, _: f"{redact_text(m['url'])} does not exist",
    ),
    (
        FailureReason.INDEX_UNREACHABLE,
        re.compile(
            r"HTTP status client error \((?P<status>40[137][^)]*)\) for url \((?P<url>[^)]+)\)"
        ),
        _refused,
    ),
    (
        FailureReason.INDEX_UNREACHABLE,
        re.compile(
            r"(?:Failed to fetch: `?|error sending request for url \(|"
            r"HTTP status server error \([^)]*\) for url \()(?P<url>[a-z]+://[^\s`)]+)"
        ),
        _unreachable,
    ),
    (
        FailureReason.INDEX_UNREACHABLE,
        re.compile(
            r"index(?: URL)? \((?P<url>[^)]+)\) (?:could not be queried|returned a)[^(]*?"
            r"\(?(?P<status>40[137] [A-Z][a-z]+)"
        ),
        _refused,
    ),
    (
        FailureReason.BUILD_FAILED,
        re.compile(r"Failed to build " + _PIN),
        lambda m, _: f"{_package(m)} could not be built from its source; see the build log",
    ),
    (
        FailureReason.ARTIFACT_NOT_FOUND,
        re.compile(_PIN + r" has no (?:usable )?(?:wheels|source distribution)"),
        lambda m, where: f"{_package(m)} has no file for {where}",
    ),
    (
        FailureReason.ARTIFACT_NOT_FOUND,
        _NO_WHEEL_IN_LOCK,
        lambda m, _: f"{m['name']} has no wheel for this platform in the lock",
    ),
    (
        FailureReason.ARTIFACT_NOT_FOUND,
        re.compile(_PIN + r" depends on Python ?(?P<needs>[<>=!~]\S*?),?\s"),
        lambda m, where: f"{_package(m)} needs Python {m['needs']}: it has no file for {where}",
    ),
    (
        FailureReason.ARTIFACT_NOT_FOUND,
        re.compile(r"there (?:is|are) no versions? of " + _PIN),
        lambda m, _: f"{_package(m)} is not on the package index",
    ),
    (
        FailureReason.ARTIFACT_NOT_FOUND,
        re.compile(_PACKAGE + r" was not found in the (?:package registry|provided package)"),
        lambda m, _: f"{m['name']} is not on the package index",
    ),
    (
        FailureReason.RESOLUTION_FAILED,
        re.compile(r"No solution found[^\n]*\n(?:\s*cause:)?\s*(?P<cause>[^\n]+)"),
        lambda m, _: shortened(m["cause"], 300),
    ),
    (
        FailureReason.RESOLUTION_FAILED,
        re.compile(r"require-hashes[^\n]*|Couldn't parse requirement[^\n]*"),
        lambda m, _: shortened(m[0], 300),
    ),
)

_FIRST_ERROR = re.compile(r"^error: (?P<line>.+)$", re.MULTILINE)


def uv_failure(output: str, plan: BuildPlan) -> AttemptFailedError:
    """The error that says why uv ended with `output` when it made the environment of `plan`."""
    python = plan.base.python
    return failure_of(output, python_version=python.version, platform=python.platform)


def failure_of(output: str, *, python_version: str, platform: str) -> AttemptFailedError:
    """The error that says why uv ended with `output`."""
    minor = ".".join(python_version.split(".")[:2])
    where = f"Python {minor} on {platform}"
    tail = "\n".join(redact_text(output).strip().splitlines()[-LAST_LINES:])
    for reason, pattern, say in _RULES:
        match = pattern.search(output)
        if match:
            blame = AttributedTo.REQUEST if pattern in _OF_THE_LOCK else None
            return AttemptFailedError(reason, say(match, where), last_lines=tail, blame=blame)
    first = _FIRST_ERROR.search(output)
    message = shortened(first["line"], 300) if first else "uv ended without saying why"
    return AttemptFailedError(FailureReason.BUILD_FAILED, message, last_lines=tail)
