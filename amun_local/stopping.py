"""Ends the children of the supervisor: kindly first, then for certain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from amun_local.child import Child
from amun_local.process_identity import with_descendants
from amun_local.signals import SignalWaiter


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each kind of process may take to end."""

    #: workers give back what they hold
    drain_seconds: float = 10.0
    last_seconds: float = 2.0


def stop_children(children: Sequence[Child], waiter: SignalWaiter, patience: Patience) -> list[str]:
    """End all children and everything below them. Returns what had to be killed, in words."""
    first = [child for child in children if not child.managed.stops_last]
    last = [child for child in children if child.managed.stops_last]
    return [
        *_stop(first, waiter, patience.drain_seconds),
        *_stop(last, waiter, patience.last_seconds),
    ]


def _stop(children: Sequence[Child], waiter: SignalWaiter, seconds: float) -> list[str]:
    processes = {child.name: process for child in children if (process := child.process())}
    # taken now: once a worker is gone, what it started is no longer found below it
    below = [
        process
        for process in with_descendants(processes.values())
        if process not in processes.values()
    ]
    for process in processes.values():
        _signal(process, kill=False)
    _await_deaths(children, waiter, seconds)
    killed = [name for name, process in processes.items() if _alive(process)]
    left = [process for process in (*processes.values(), *below) if _alive(process)]
    descriptions = [*killed, *(_describe(process) for process in below if _alive(process))]
    for process in with_descendants(left):
        _signal(process, kill=True)
    psutil.wait_procs(left, timeout=2.0)
    for child in children:
        child.noticed_death()
    return descriptions


def _await_deaths(children: Sequence[Child], waiter: SignalWaiter, seconds: float) -> None:
    """Wait for the children; a further request to stop ends the wait."""
    deadline, stops = time.monotonic() + seconds, waiter.stops
    while waiter.stops == stops and time.monotonic() < deadline:
        for child in children:
            child.noticed_death()
        if not any(child.running for child in children):
            return
        waiter.wait(min(0.5, deadline - time.monotonic()))


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.name()} ({process.pid})"
    except psutil.Error:
        return str(process.pid)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.Error:
        return
