"""The home folder of the local service: what lies in it, and whether it can be used."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from amun_local.errors import DiskFullError, HomePathError, HomeUnusableError

#: Environments nest deep below the home folder; beyond this, tools that they contain give up.
MAXIMUM_PATH_BYTES = 512
#: The database, the logs and the state file need room before anything is built.
MINIMUM_FREE_BYTES = 64 * 1024 * 1024

MOVE_HINT = "set AMUN_HOME to a folder elsewhere"


@dataclass(frozen=True, slots=True)
class Home:
    """The places inside the home folder."""

    folder: Path

    @property
    def state_file(self) -> Path:
        """What runs, where: read by `amun` to find the service."""
        return self.folder / "service.json"

    @property
    def service_lease(self) -> Path:
        """Locked by the supervisor for as long as it lives."""
        return self.folder / "service.lock"

    @property
    def up_lease(self) -> Path:
        """Locked by an `amun up` while it starts the supervisor."""
        return self.folder / "up.lock"

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.folder / "logs"

    @property
    def redis(self) -> Path:
        """Redis' configuration and password."""
        return self.folder / "redis"

    def log(self, name: str) -> Path:
        """The log of the process `name`."""
        return self.logs / f"{name}.log"


def prepare(folder: Path) -> Home:
    """Make the home folder and prove that it can be written. The errors say what to do."""
    folder = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100  (keeps links as they are)
    _check_path(folder)
    home = Home(folder)
    try:
        for part in (home.folder, home.logs, home.redis):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 65536)
            probe.flush()
            os.fsync(probe.fileno())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _unusable(folder, error) from None
    if free < MINIMUM_FREE_BYTES:
        raise DiskFullError(
            f"only {free // 1024**2} MiB are free for {folder}; "
            f"at least {MINIMUM_FREE_BYTES // 1024**2} MiB are needed. Nothing was started",
            hint=f"free some space, or {MOVE_HINT}",
        )
    return home


def _check_path(folder: Path) -> None:
    text = str(folder)
    if len(os.fsencode(text)) > MAXIMUM_PATH_BYTES:
        raise HomePathError(
            f"the path of the home folder is {len(os.fsencode(text))} bytes long, "
            f"at most {MAXIMUM_PATH_BYTES} work: {text[:60]}...",
            hint="set AMUN_HOME to a folder with a shorter path",
        )
    if not text.isprintable():
        raise HomePathError(
            f"the path of the home folder contains a control character: {text!r}", hint=MOVE_HINT
        )


def _unusable(folder: Path, error: OSError) -> DiskFullError | HomePathError | HomeUnusableError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(
            f"no space is left for {folder}. Nothing was started",
            hint=f"free some space, or {MOVE_HINT}",
        )
    if error.errno == errno.ENAMETOOLONG:
        return HomePathError(
            f"a name in the path of the home folder is too long: {str(folder)[:60]}...",
            hint="set AMUN_HOME to a folder with a shorter path",
        )
    return HomeUnusableError(
        f"the home folder {folder} cannot be used: {error.strerror}. Nothing was started",
        hint=f"mend its permissions, or {MOVE_HINT}",
    )
