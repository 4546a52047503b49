"""The `process` engine: environments of this host's Python, runs as bare processes.

The default where there is no container engine. A run is alone in its session, with an environment
of its own, a fresh home and bounds on time, memory, processes and output; it is not kept from the
network or from reading this host's files.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from amun_core.errors import AmunError, AttemptFailedError, EngineError
from amun_core.plan import BuildPlan, ImageFacts, RunPlan
from amun_core.settings import Settings
from amun_core.states import AttributedTo, FailureReason
from inspector.engines import process_table
from inspector.engines.base import (
    Engine,
    EngineProbe,
    Environment,
    LogSink,
    RunExit,
    RunFolder,
    RunLabels,
    ShouldStop,
)
from inspector.engines.process_run import Bounds, run_process
from inspector.environments import EnvironmentStore, Installer, StoredEnvironment, read_installed
from inspector.environments.installer import find_uv, known_artifacts
from inspector.host import host_image_facts
from inspector.interpreters import interpreter_facts, own_interpreter
from inspector.leftovers import DISK_FULL_ERRORS, full_disk_named

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class ProcessEngine(Engine):
    """Makes environments with uv and runs indicators as processes of this host."""

    name = "process"

    def __init__(
        self,
        settings: Settings,
        store: EnvironmentStore,
        installation_id: str,
        pis_folder: Path,
        *,
        installer: Installer | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._installation_id = installation_id
        self._pis_folder = pis_folder
        builder = f"{installation_id}:{os.getpid()}:{process_table.start_time(os.getpid())}"
        self._installer = installer or Installer(
            settings.home / "uv-cache", marker={process_table.BUILD_MARK: builder}
        )

    def probe(self) -> EngineProbe:
        """Start uv and this host's interpreter once."""
        try:
            answer = subprocess.run(
                [str(find_uv()), "--version"],
                capture_output=True,
                text=True,
                check=True,
                timeout=20,
            )
            interpreter_facts(own_interpreter())
            self._store.remove_leftovers()
        except (AmunError, OSError, subprocess.SubprocessError) as error:
            return EngineProbe(self.name, usable=False, why=str(error))
        return EngineProbe(
            self.name,
            usable=True,
            version=answer.stdout.strip(),
            capabilities=frozenset({"host_environment"}),
        )

    def image_facts(self, base: str | None, python_version: str | None) -> ImageFacts:
        """Facts of this host; a foreign base is refused."""
        if base is not None:
            raise AttemptFailedError(
                FailureReason.BASE_IMAGE_UNSUITABLE,
                f"base {base!r} needs the container engine; the process engine has this host only",
                blame=AttributedTo.REQUEST,
            )
        return host_image_facts(python_version, self._settings.home)

    def find(self, plan: BuildPlan) -> Environment | None:
        stored = self._store.find(plan.environment_key)
        return stored.as_environment(reused=True) if stored else None

    def prepare(self, plan: BuildPlan, log: LogSink, should_stop: ShouldStop) -> Environment:
        """Find the environment of this plan, or make it with uv."""
        _refuse_what_needs_an_image(plan)
        stored = self._store.find(plan.environment_key)
        if stored is not None:
            return stored.as_environment(reused=True)
        made = False

        def build(environment: Path) -> None:
            nonlocal made
            made = True
            self._installer.install(plan, environment, log, should_stop)

        try:
            stored = self._store.create(
                plan.environment_key,
                build,
                installed=read_installed,
                artifacts=known_artifacts(plan.requirements),
                should_stop=should_stop,
            )
        except OSError as error:
            raise _storing_failed(error) from error
        return stored.as_environment(reused=not made)

    def verify(
        self,
        plan: BuildPlan,  # noqa: ARG002 - the environment's key says it all
        environment: Environment,
    ) -> tuple[str, ...]:
        stored = self._store.find(environment.key)
        if stored is None:
            return ("the environment is no longer in the store",)
        return self._store.verify(stored)

    def discard(
        self,
        plan: BuildPlan,  # noqa: ARG002 - the environment's key says it all
        environment: Environment,
    ) -> None:
        self._store.discard(environment.key)

    def run(
        self,
        plan: RunPlan,
        build: BuildPlan,
        environment: Environment,
        folder: RunFolder,
        labels: RunLabels,
        should_stop: ShouldStop,
    ) -> RunExit:
        """Start the driver of `pis` with the environment's interpreter, and watch it."""
        with self._store.use(environment.key) as stored:
            places = _places(folder, build)
            command = [str(stored.python), "-B", str(self._pis_folder / "__main__.py")]
            return run_process(
                [*command, "run", str(folder.request), str(folder.result)],
                environment=_variables(plan, stored, places),
                working_folder=places["work"],
                folder=folder,
                mark=run_mark(labels),
                cpu_set=plan.cpu_set,
                bounds=Bounds(
                    seconds=plan.limits.run_seconds,
                    output_bytes=plan.limits.output_bytes,
                    memory_bytes=plan.memory_bytes,
                    pids=plan.limits.pids,
                ),
                should_stop=should_stop,
            )

    def remove_leftovers(
        self, installation_id: str, alive: Collection[tuple[str, int]]
    ) -> list[str]:
        """End runs whose lease is gone and builds whose builder is dead."""
        removed = _end_dead_runs(installation_id, alive) + _end_dead_builds(installation_id)
        return removed + [
            f"unfinished build {path.name}" for path in self._store.remove_leftovers()
        ]


def run_mark(labels: RunLabels) -> str:
    """The mark that every process of a run carries."""
    return f"{labels.installation_id}:{labels.inspection_id}:{labels.fence}:{labels.run_index}"


def _end_dead_runs(installation_id: str, alive: Collection[tuple[str, int]]) -> list[str]:
    # listed before `alive` is asked: a run that starts meanwhile is not in the list
    marks = {found.mark for found in process_table.marked(process_table.RUN_MARK, installation_id)}
    removed = []
    for mark in sorted(marks):
        parts = mark.removeprefix(f"{installation_id}:").rsplit(":", 2)
        if not mark.startswith(f"{installation_id}:") or len(parts) != 3:
            continue
        inspection_id, fence, index = parts
        if fence.isdecimal() and (inspection_id, int(fence)) not in alive:
            count = process_table.end_marked(process_table.RUN_MARK, mark)
            if count:
                removed.append(f"{count} processes of {inspection_id} run {index} fence {fence}")
    return removed


def _end_dead_builds(installation_id: str) -> list[str]:
    prefix = f"{installation_id}:"
    marks = {found.mark for found in process_table.marked(process_table.BUILD_MARK, prefix)}
    removed = []
    for mark in sorted(marks):
        pid, _, started = mark.removeprefix(prefix).partition(":")
        if pid.isdecimal() and process_table.start_time(int(pid)) != started:
            count = process_table.end_marked(process_table.BUILD_MARK, mark)
            removed.append(f"{count} processes of the build of process {pid}")
    return removed


def _refuse_what_needs_an_image(plan: BuildPlan) -> None:
    if plan.mode != "host_environment":
        raise EngineError(f"the process engine cannot make an environment of mode {plan.mode}")
    wishes = {
        "packages (native)": bool(plan.native_packages),
        "update": plan.update,
        "python_packages": bool(plan.tool_packages),
        "files outside the working folder": any(not _is_inside(item.path) for item in plan.files),
    }
    asked = [name for name, wish in wishes.items() if wish]
    if asked:
        raise AttemptFailedError(
            FailureReason.BASE_IMAGE_UNSUITABLE,
            f"{', '.join(asked)}: the process engine changes nothing on this host; name a base image",
            blame=AttributedTo.REQUEST,
        )


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts


def _places(folder: RunFolder, build: BuildPlan) -> dict[str, Path]:
    """The folders of the run; what cannot be put where it was asked for is the request's fault."""
    try:
        with full_disk_named():
            return _make_places(folder, build)
    except OSError as error:
        raise AttemptFailedError(
            FailureReason.FILE_NOT_PLACED, f"the files of the request: {error.strerror}"
        ) from error


def _make_places(folder: RunFolder, build: BuildPlan) -> dict[str, Path]:
    """Fresh, empty folders of the run, with the files that were asked for in the working folder."""
    places = {name: folder.root / name for name in ("work", "home", "tmp")}
    for place in (*places.values(), folder.result.parent):
        place.mkdir(parents=True, exist_ok=True)
    for item in build.files:
        if _is_inside(item.path):
            target = places["work"] / item.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(item.content, encoding="utf-8")
    return places


def _variables(plan: RunPlan, stored: StoredEnvironment, places: dict[str, Path]) -> dict[str, str]:
    """The run's whole environment: nothing of the service's own is in it."""
    return {
        "PATH": f"{stored.python.parent}:{_SYSTEM_PATH}",
        "LANG": "C.UTF-8",
        "HOME": str(places["home"]),
        "TMPDIR": str(places["tmp"]),
        "VIRTUAL_ENV": str(stored.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        **dict(plan.environment),
    }


def _storing_failed(error: OSError) -> AttemptFailedError | EngineError:
    if error.errno in DISK_FULL_ERRORS:
        return AttemptFailedError(
            FailureReason.DISK_FULL, "the disk is full: the environment could not be written"
        )
    return EngineError(f"the environment store cannot be written: {error.strerror}")
