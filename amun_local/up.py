"""`amun up`: start the supervisor in the background and wait until the service answers."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from amun_local import state_file
from amun_local.errors import LocalServiceError, StartFailedError, from_record
from amun_local.home import Home
from amun_local.state_file import Phase, ServiceState

#: The supervisor gives up after its own, shorter time and says why; this is for a supervisor that hangs.
WAIT_SECONDS = 800.0
POLL_SECONDS = 0.05

Tell = Callable[[str], None]


def up(
    home: Home, command: Sequence[str], environ: Mapping[str, str], *, tell: Tell
) -> tuple[ServiceState, bool]:
    """Make sure the service runs. Returns its state, and whether it ran already."""
    with _only_one_up(home, tell):
        running = _already_running(home, tell)
        if running is not None:
            return running, True
        _tell_about_the_past(home, tell)
        errors_path = home.logs / "supervisor.stderr"
        with errors_path.open("wb") as errors:
            supervisor = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                env=dict(environ),
                cwd=home.folder,
                start_new_session=True,
            )
        try:
            return _await_ready(home, supervisor, errors_path, tell), False
        except BaseException:
            # Ctrl-C and errors alike: a start that is given up leaves nothing running
            _give_up(supervisor)
            raise


def _only_one_up(home: Home, tell: Tell) -> IO[bytes]:
    deadline, told = time.monotonic() + WAIT_SECONDS, False
    while (lease := state_file.try_lock(home.up_lease)) is None:
        if not told:
            tell("another `amun up` is starting the service; waiting for it")
            told = True
        if time.monotonic() > deadline:
            raise StartFailedError("another `amun up` does not end", hint="end it, then try again")
        time.sleep(POLL_SECONDS)
    return lease


def _already_running(home: Home, tell: Tell) -> ServiceState | None:
    """The state of the service that runs; None once it is certain that none does."""
    deadline, told = time.monotonic() + WAIT_SECONDS, False
    while state_file.is_locked(home.service_lease):
        state = state_file.read(home.state_file)
        if state is not None and state.phase is Phase.READY:
            return state
        if state is not None and not told:
            tell(f"the service is {state.phase}; waiting")
            told = True
        if time.monotonic() > deadline:
            raise StartFailedError(
                f"a supervisor holds {home.service_lease} and does not become ready",
                hint="`amun down`, then `amun up`",
            )
        time.sleep(POLL_SECONDS)
    return None


def _tell_about_the_past(home: Home, tell: Tell) -> None:
    if not home.state_file.exists():
        return
    state = state_file.read(home.state_file)
    if state is None:
        tell(f"{home.state_file} is damaged or of another version; it is written anew")
    elif state.phase in {Phase.STARTING, Phase.READY, Phase.STOPPING}:
        tell("the service did not end properly the last time; what it left is ended first")


def _await_ready(
    home: Home, supervisor: subprocess.Popen[bytes], errors_path: Path, tell: Tell
) -> ServiceState:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        ended = supervisor.poll()
        state = state_file.read(home.state_file)
        if state is not None and _is_ready(state, supervisor.pid):
            for note in state.notes:
                tell(note)
            return state
        if ended is not None:
            raise _failure(state, ended, errors_path)
        time.sleep(POLL_SECONDS)
    raise StartFailedError(
        "the supervisor does not answer", hint=f"its log: {home.log('supervisor')}"
    )


def _is_ready(state: ServiceState, pid: int) -> bool:
    """True for the supervisor we started, not for what an earlier one wrote."""
    return (
        state.phase is Phase.READY and state.supervisor is not None and state.supervisor.pid == pid
    )


def _failure(state: ServiceState | None, ended: int, errors_path: Path) -> LocalServiceError:
    if state is not None and state.phase is Phase.FAILED and state.failure is not None:
        return from_record(state.failure)
    try:
        said = errors_path.read_text("utf-8", "replace").strip()
    except OSError:
        said = ""
    lines = "\n".join(said.splitlines()[-10:])
    return StartFailedError(
        f"the supervisor ended with code {ended}" + (f"\n{lines}" if lines else "")
    )


def _give_up(supervisor: subprocess.Popen[bytes]) -> None:
    if supervisor.poll() is not None:
        return
    supervisor.terminate()
    try:
        supervisor.wait(timeout=15)
    except subprocess.TimeoutExpired:
        supervisor.kill()  # its children follow: the kernel ends them with it
        supervisor.wait(timeout=5)
