"""Fill an environment with exactly what a plan names, by uv: hash-checked, compiled, copied.

Files are copied out of uv's cache, never linked: a write through a hard link would change every
environment that shares the file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uv

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.install_files import Attempt, attempts
from amun_core.plan import BuildPlan, LockedRequirement
from amun_core.redaction import redact_text
from amun_core.states import FailureReason
from inspector.engines.base import LogSink, ShouldStop
from inspector.environments.checked import check_environment
from inspector.environments.commands import CommandEnd, CommandTimeoutError, run_command
from inspector.environments.other_platform import other_platform
from inspector.environments.uv_failures import uv_failure
from inspector.index_settings import IndexSettings

LOG_SECTION = "install"

#: Failures after which a file may still lie at another place.
_ELSEWHERE = frozenset(
    {
        FailureReason.INDEX_UNREACHABLE,
        FailureReason.ARTIFACT_NOT_FOUND,
        FailureReason.HASH_MISMATCH,
    }
)

#: Variables of the service that a build may see. Everything else is said by arguments.
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


def find_uv() -> Path:
    """The uv program that came with this service. Raises EngineError if it is gone."""
    try:
        return Path(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise EngineError("uv is not installed beside this service") from error


def known_artifacts(requirements: Iterable[LockedRequirement]) -> dict[str, str]:
    """Name -> hash of the installed file, where the lock allows only one."""
    found = {}
    for item in requirements:
        hashes = item.file.hashes if item.file is not None else item.hashes
        if len(hashes) == 1:
            found[item.name] = hashes[0]
    return found


@dataclass(frozen=True)
class Installer:
    """Makes environments of this host's interpreters.

    `marker` variables are seen by every process of a build, so that what a killed builder leaves
    can be recognised; `index` is read from pip's and uv's configuration if it is not given.
    """

    uv_cache: Path
    marker: Mapping[str, str] = field(default_factory=dict)
    index: IndexSettings | None = None

    def install(
        self, plan: BuildPlan, environment: Path, log: LogSink, should_stop: ShouldStop
    ) -> None:
        """Make the environment of `plan` in the new folder `environment`."""
        deadline = time.monotonic() + plan.timeout_seconds
        index = (self.index or IndexSettings.read()).for_plan(plan)
        self._say_what_is_unchecked(plan, log)

        def run(command: list[str]) -> AttemptFailedError | None:
            end = self._run(command, plan, environment.parent, index, deadline, log, should_stop)
            return uv_failure(end.output, plan) if end.exit_code else None

        failure = run(self._venv(plan, environment))
        if failure is None and plan.requirements:
            failure = self._try_files(plan, environment, index, log, run)
        if failure is not None:
            raise other_platform(failure, plan, index, lambda line: log(LOG_SECTION, line))
        check_environment(plan, environment)

    def _try_files(
        self,
        plan: BuildPlan,
        environment: Path,
        index: IndexSettings,
        log: LogSink,
        run: Callable[[list[str]], AttemptFailedError | None],
    ) -> AttemptFailedError | None:
        """Install from the addresses of the lock, else from the index; the first failure, if any."""
        first = None
        tried = attempts(index.settled(plan))
        for number, attempt in enumerate(tried, 1):
            for name, text in attempt.files.items():
                (environment.parent / name).write_text(text, encoding="utf-8")
            failure = run(self._install(attempt, environment, index))
            for name in attempt.files:
                (environment.parent / name).unlink()
            if failure is None:
                return None
            first = first or failure
            if failure.reason not in _ELSEWHERE:
                break
            if number < len(tried):
                log(LOG_SECTION, "The files are looked for on the index, by their hashes.\n")
        return first

    def _venv(self, plan: BuildPlan, environment: Path) -> list[str]:
        return [
            *(str(find_uv()), "venv", "--no-config", "--no-project", "--no-python-downloads"),
            *("--relocatable", "--python", plan.base.python.executable, str(environment)),
        ]

    def _install(self, attempt: Attempt, environment: Path, index: IndexSettings) -> list[str]:
        return [
            *(str(find_uv()), "pip", "install", "--python", str(environment / "bin" / "python")),
            *("--no-deps", "--compile-bytecode", "--link-mode", "copy", "--no-python-downloads"),
            *attempt.arguments(str(environment.parent)),
            *index.uv_arguments(),
        ]

    def _run(
        self,
        command: list[str],
        plan: BuildPlan,
        folder: Path,
        index: IndexSettings,
        deadline: float,
        log: LogSink,
        should_stop: ShouldStop,
    ) -> CommandEnd:
        variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        variables |= {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(self.uv_cache)}
        variables |= {"UV_NO_PROGRESS": "1", "UV_NO_WRAP": "1", "NO_COLOR": "1"}
        variables |= {**index.uv_environment(), **self.marker}
        try:
            return run_command(
                command,
                environment=variables,
                folder=folder,
                deadline=deadline,
                on_line=lambda line: log(LOG_SECTION, redact_text(line) + "\n"),
                should_stop=should_stop,
            )
        except CommandTimeoutError:
            raise AttemptFailedError(
                FailureReason.BUILD_TIMEOUT,
                f"the environment was not ready after {plan.timeout_seconds} s",
            ) from None

    @staticmethod
    def _say_what_is_unchecked(plan: BuildPlan, log: LogSink) -> None:
        unchecked = [item.name for item in plan.requirements if not item.hashes]
        if unchecked:
            names = ", ".join(unchecked)
            log(LOG_SECTION, f"The lock has no hashes for {names}: only versions are checked.\n")
