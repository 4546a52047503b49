"""Ports on this machine: which are free, which is taken."""

from __future__ import annotations

import socket
from collections.abc import Iterable


def is_free(host: str, port: int) -> bool:
    """True if a server could listen on `port` of `host` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # as servers do: a port in TIME_WAIT counts as free, one that is listened on does not
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def any_free(host: str) -> int:
    """A port that is free now, chosen by the kernel."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def choose(host: str, wanted: Iterable[int | None]) -> int:
    """The first of `wanted` that is free, else any free port. None and 0 are passed over."""
    for port in wanted:
        if port and is_free(host, port):
            return port
    return any_free(host)
