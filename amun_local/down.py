"""`amun down`: end everything that belongs to the local service; the database stays."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from amun_core.settings import Settings
from amun_core.states import ACTIVE_STATES
from amun_local import service, state_file
from amun_local.errors import StopFailedError
from amun_local.home import Home
from amun_local.leftovers import end_leftovers, marked
from amun_local.process_identity import with_descendants
from amun_local.state_file import Phase, ServiceState

#: The supervisor needs at most 10 s for the workers and 2 s for Redis.
WAIT_SECONDS = 15.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stopped:
    """What `down` found and did."""

    was_running: bool
    interrupted: tuple[str, ...] = ()
    killed: tuple[str, ...] = ()
    seconds: float = 0.0


def down(home: Home, settings: Settings, *, tell: Tell) -> Stopped:
    """End the service. Harmless when nothing runs."""
    begun = time.monotonic()
    state = state_file.read(home.state_file)
    locked = state_file.is_locked(home.service_lease)
    if state is None or not (locked or _anything_left(state, home)):
        if locked:
            raise StopFailedError(
                f"a supervisor holds {home.service_lease}, but {home.state_file} does not name it",
                hint="find it with `fuser` on that file, and end it",
            )
        return Stopped(was_running=False)
    interrupted = inspections_in_hand(state, settings)
    for line in interrupted:
        tell(f"still running: {line}; it goes on after the next `amun up`")
    everything = with_descendants(
        [found for identity in state.recorded() if (found := identity.process())]
    )
    supervisor = state.supervisor.process() if state.supervisor else None
    if supervisor is not None:
        _ask(supervisor)
        _await_end(home, begun)
        # it lets go of its lock a moment before it ends
        psutil.wait_procs([supervisor], timeout=2.0)
    # what the supervisor left, if it was dead, hung or killed
    killed = tuple(end_leftovers(state, home.folder, grace_seconds=2.0))
    left = [process for process in everything if process.is_running()]
    psutil.wait_procs(left, timeout=2.0)
    for process in left:
        if process.is_running():
            process.kill()
    psutil.wait_procs(left, timeout=2.0)
    if state_file.is_locked(home.service_lease):
        raise StopFailedError(f"something still holds {home.service_lease}")
    latest = state_file.read(home.state_file) or state
    if latest.phase not in {Phase.STOPPED, Phase.FAILED}:
        state_file.write(home.state_file, latest.ended(Phase.STOPPED))
    return Stopped(True, interrupted, killed, time.monotonic() - begun)


def _anything_left(state: ServiceState, home: Home) -> bool:
    return any(found.alive for found in state.recorded()) or bool(marked(home.folder))


def _ask(supervisor: psutil.Process) -> None:
    try:
        supervisor.terminate()
    except psutil.Error:
        return


def _await_end(home: Home, begun: float) -> None:
    while state_file.is_locked(home.service_lease) and time.monotonic() - begun < WAIT_SECONDS:
        time.sleep(0.05)


def inspections_in_hand(state: ServiceState, settings: Settings) -> tuple[str, ...]:
    """The inspections that are built or measured just now, in words; () if the API is silent."""
    if state.url is None or state.phase is not Phase.READY:
        return ()
    found: list[str] = []
    for wanted in sorted(ACTIVE_STATES):
        response = service.get(
            f"{state.url}/api/v1/inspections?state={wanted}&limit=20",
            token=service.first_token(settings),
        )
        if response is None or not response.ok:
            continue
        try:
            inspections = response.json().get("inspections", [])
            found += [f"{one['id']} ({one['state']})" for one in inspections]
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return tuple(found)
