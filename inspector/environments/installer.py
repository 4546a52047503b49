"""Fill an environment with exactly what a plan names, by uv: hash-checked, compiled, copied.

Files are copied out of uv's cache, never linked: a write through a hard link would change every
environment that shares the file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uv
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.plan import BuildPlan, LockedRequirement
from amun_core.states import FailureReason
from inspector.engines.base import InstalledPackage, LogSink, ShouldStop
from inspector.environments.commands import CommandEnd, CommandTimeoutError, run_command
from inspector.environments.installed import canonical_name, read_installed
from inspector.environments.uv_failures import failure_of
from inspector.index_settings import IndexSettings, redact_text

LOG_SECTION = "install"

#: Variables of the service that a build may see. Everything else is said by arguments.
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


def find_uv() -> Path:
    """The uv program that came with this service. Raises EngineError if it is gone."""
    try:
        return Path(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise EngineError("uv is not installed beside this service") from error


def requirements_text(requirements: Iterable[LockedRequirement]) -> str:
    """The requirements as a file for `uv pip install -r`, one line each, with their hashes."""
    lines = []
    for requirement in requirements:
        # names and versions come from outside: what is not a pin must not become an option
        try:
            Version(requirement.version)
            Requirement(requirement.name)
        except (InvalidVersion, InvalidRequirement) as error:
            raise AttemptFailedError(
                FailureReason.RESOLUTION_FAILED,
                f"{requirement.name!r} {requirement.version!r} is not a pinned package",
            ) from error
        pin = f"{requirement.name}=={requirement.version}"
        if requirement.url is not None:
            pin = f"{requirement.name} @ {_checked_url(requirement)}"
        hashes = [f"--hash={value}" for value in requirement.hashes if _is_hash(value)]
        lines.append(" \\\n    ".join([pin, *hashes]))
    return "\n".join(lines) + "\n"


def _checked_url(requirement: LockedRequirement) -> str:
    url = requirement.url or ""
    if not url.startswith(("https://", "http://")) or any(sign.isspace() for sign in url):
        raise AttemptFailedError(
            FailureReason.RESOLUTION_FAILED,
            f"{requirement.name}: only packages from http and https addresses are installed",
        )
    return url


def _is_hash(value: str) -> bool:
    name, colon, digest = value.partition(":")
    return bool(colon) and name.isalnum() and digest.isalnum()


def known_artifacts(requirements: Iterable[LockedRequirement]) -> dict[str, str]:
    """Name -> hash of the installed file, where the lock allows only one."""
    return {item.name: item.hashes[0] for item in requirements if len(item.hashes) == 1}


def installed_differences(
    requirements: Iterable[LockedRequirement], installed: Iterable[InstalledPackage]
) -> tuple[str, ...]:
    """How the installed set differs from the plan's, each difference named; () if it does not."""
    wanted = {canonical_name(item.name): item.version for item in requirements}
    found = {package.name: package.version for package in installed}
    differences = []
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            differences.append(f"{name}: lock has {wanted[name]}, nothing is installed")
        elif name not in wanted:
            differences.append(f"{name}: not in the lock, installed is {found[name]}")
        elif Version(wanted[name]) != Version(found[name]):
            differences.append(f"{name}: lock has {wanted[name]}, installed is {found[name]}")
    return tuple(differences)


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
        index = (self.index or IndexSettings.read()).with_sources(plan.sources)
        self._say_what_is_unchecked(plan, log)
        requirements = environment.parent / "requirements.txt"
        requirements.write_text(requirements_text(plan.requirements), encoding="utf-8")
        commands = [self._venv(plan, environment)]
        if plan.requirements:
            commands.append(self._install(plan, environment, requirements, index))
        for command in commands:
            end = self._run(command, plan, environment.parent, index, deadline, log, should_stop)
            if end.exit_code:
                raise failure_of(
                    end.output,
                    python_version=plan.base.python.version,
                    platform=plan.base.python.platform,
                )
        requirements.unlink()
        self._check(plan, environment)

    def _venv(self, plan: BuildPlan, environment: Path) -> list[str]:
        return [
            *(str(find_uv()), "venv", "--no-config", "--no-project", "--no-python-downloads"),
            *("--relocatable", "--python", plan.base.python.executable, str(environment)),
        ]

    def _install(
        self, plan: BuildPlan, environment: Path, requirements: Path, index: IndexSettings
    ) -> list[str]:
        checked = all(item.hashes for item in plan.requirements)
        return [
            *(str(find_uv()), "pip", "install", "--python", str(environment / "bin" / "python")),
            *("--requirements", str(requirements), "--no-deps", "--compile-bytecode"),
            *("--link-mode", "copy", "--no-python-downloads"),
            *(["--require-hashes"] if checked else []),
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

    @staticmethod
    def _check(plan: BuildPlan, environment: Path) -> None:
        differences = installed_differences(plan.requirements, read_installed(environment))
        if differences:
            raise AttemptFailedError(
                FailureReason.BUILD_FAILED,
                "what is installed differs from the lock: " + "; ".join(differences[:5]),
                last_lines="\n".join(differences),
            )
