"""The two surfaces of the API, and which of the two error shapes the clients of a path read."""

from __future__ import annotations

from enum import StrEnum

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"

_COMPATIBILITY_PATHS = frozenset({"/", "/api/v1", "/api/v1/version", "/readiness", "/liveness"})
_COMPATIBILITY_PREFIXES = ("/api/v1/inspect/", "/api/v1/_debug/")


class Surface(StrEnum):
    """Which of the two error shapes a route speaks."""

    V1 = "v1"
    COMPATIBILITY = "compatibility"


def surface_of(path: str) -> Surface:
    """Which error shape the clients of `path` read."""
    bare = path.rstrip("/") or "/"
    if bare in _COMPATIBILITY_PATHS or bare == "/api/v1/inspect":
        return Surface.COMPATIBILITY
    if path.startswith(_COMPATIBILITY_PREFIXES):
        return Surface.COMPATIBILITY
    return Surface.V1
