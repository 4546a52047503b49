"""The version that the service says of itself."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def service_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("amun-service")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0+unknown"


VERSION = service_version()
