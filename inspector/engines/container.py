"""The container engine: `docker` or `podman` by their command line.

Three modes, decided by the plan. `host_environment`: the process engine's environment of this
host, seen from a container that holds this host's system and nothing else (container_host.py).
`image_environment`: an environment made inside the base image (container_environment.py).
`image`: an image built from a generated Dockerfile (container_image.py). All three run alike:
no network, read-only root, bounded CPU, memory, processes and output (container_run.py).
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from amun_core.dockerfile import ENVIRONMENT_FOLDER, WORKING_FOLDER
from amun_core.errors import AttemptFailedError, EngineError
from amun_core.plan import BuildPlan, ImageFacts, RunPlan
from amun_core.settings import Settings
from amun_core.states import FailureReason
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
from inspector.engines.container_command import ContainerCommand
from inspector.engines.container_environment import ContainerInstaller, environment_path
from inspector.engines.container_facts import ImageInspector, image_of
from inspector.engines.container_host import host_root, interpreter_mounts, system_mounts
from inspector.engines.container_image import ImageBuilder
from inspector.engines.container_leftovers import remove_build_folders, remove_leftovers
from inspector.engines.container_names import (
    LABEL_GUARD,
    LABEL_INSTALLATION,
    Guard,
    container_name,
    run_labels,
)
from inspector.engines.container_probe import (
    TRIAL_SECONDS,
    find_builder,
    find_command,
    why_trial_failed,
)
from inspector.engines.container_run import run_container
from inspector.engines.container_start import WORK_FOLDER, ContainerStart, Limits, Mount
from inspector.engines.process import ProcessEngine
from inspector.environments import EnvironmentStore, read_installed
from inspector.environments.installer import known_artifacts

RUN_FOLDER = "/amun"
NOBODY = "65534:65534"


@dataclass(frozen=True, slots=True)
class _Clients:
    """What was found out about the engine of this host."""

    command: ContainerCommand
    version: str
    builder: ContainerCommand | None
    #: Digest of a base ("" for this host) -> image id: one call less for each run.
    images: dict[str, str] = field(default_factory=dict)


class ContainerEngine(Engine):
    """Environments and runs in containers."""

    name = "container"

    def __init__(
        self,
        settings: Settings,
        store: EnvironmentStore,
        installation_id: str,
        pis_folder: Path,
    ) -> None:
        self._settings = settings
        self._store = store
        self._installation_id = installation_id
        self._pis_folder = pis_folder
        self._host = ProcessEngine(settings, store, installation_id, pis_folder)
        self._folder = settings.home / "container"
        self._guard = Guard(self._folder / "guards")
        self._inspector = ImageInspector(installation_id, self._guard)
        self._images = ImageBuilder(self._folder, self._inspector)
        self._installer = ContainerInstaller(self._folder, installation_id, self._guard)
        self._lock = threading.Lock()
        self._found: _Clients | None = None

    # -- what works here -------------------------------------------------------------------------

    def probe(self) -> EngineProbe:
        """Try a run with our limits, and a build. Never raises."""
        try:
            with self._lock:
                self._found = None
            clients = self._clients()
            why = self._trial(clients.command)
        except EngineError as error:
            return EngineProbe(self.name, usable=False, why=str(error))
        except Exception as error:  # whatever an engine answers, a probe says no instead of failing
            return EngineProbe(self.name, usable=False, why=f"{type(error).__name__}: {error}")
        capabilities = {"environments", *(["images"] if clients.builder else [])}
        return EngineProbe(
            self.name,
            usable=not why,
            version=clients.version,
            why=why,
            capabilities=frozenset(capabilities) if not why else frozenset(),
        )

    def _clients(self) -> _Clients:
        with self._lock:
            if self._found is None:
                command, version = find_command(self._settings.container_command)
                # beside the builds: what a dead worker leaves there is removed by its guard
                trials = self._folder / "builds" / self._guard.name
                self._found = _Clients(command, version, find_builder(command, trials))
            return self._found

    @property
    def _command(self) -> ContainerCommand:
        return self._clients().command

    def _trial(self, command: ContainerCommand) -> str:
        start = ContainerStart(
            image=host_root(command),
            name=container_name("trial"),
            labels={LABEL_INSTALLATION: self._installation_id, LABEL_GUARD: self._guard.name},
            command=["/bin/true"],
            limits=Limits(cpu=1.0, cpu_set=sorted(os.sched_getaffinity(0))[:1], pids=64),
            user=NOBODY if os.geteuid() == 0 else f"{os.geteuid()}:{os.getegid()}",
            mounts=system_mounts(),
        )
        arguments, variables = start.arguments(command)
        try:
            answer = command.call(*arguments, seconds=TRIAL_SECONDS, variables=variables)
        finally:
            command.remove(start.name)
        return why_trial_failed(command, answer)

    # -- environments ----------------------------------------------------------------------------

    def image_facts(self, base: str | None, python_version: str | None) -> ImageFacts:
        if base is None:
            return self._host.image_facts(None, python_version)
        pull = self._settings.pull_timeout_seconds if self._settings.pull_images else 0.0
        return self._inspector.facts(self._command, base, python_version, pull)

    def find(self, plan: BuildPlan) -> Environment | None:
        if plan.mode == "host_environment":
            return self._host.find(plan)
        if plan.mode == "image":
            return self._images.find(self._command, plan)
        stored = self._store.find(plan.environment_key)
        return stored.as_environment(reused=True) if stored is not None else None

    def prepare(self, plan: BuildPlan, log: LogSink, should_stop: ShouldStop) -> Environment:
        if plan.mode == "host_environment":
            return self._host.prepare(plan, log, should_stop)
        found = self.find(plan)
        if found is not None:
            return found
        if plan.mode == "image":
            return self._images.make(self._command, self._builder(), plan, log, should_stop)
        command = self._command
        stored = self._store.create(
            plan.environment_key,
            lambda folder: self._installer.install(command, plan, folder, log, should_stop),
            installed=read_installed,
            artifacts=known_artifacts(plan.requirements),
            should_stop=should_stop,
        )
        return stored.as_environment(reused=False)

    def _builder(self) -> ContainerCommand:
        builder = self._clients().builder
        if builder is None:
            raise AttemptFailedError(
                FailureReason.ENGINE_UNAVAILABLE,
                "native packages, files and python_packages need an image build with BuildKit, "
                "which this host's docker does not offer",
                hint="Install docker's buildx plug-in on the host.",
            )
        return builder

    def verify(self, plan: BuildPlan, environment: Environment) -> tuple[str, ...]:
        if plan.mode == "host_environment":
            return self._host.verify(plan, environment)
        if plan.mode == "image":
            return self._images.verify(self._command, plan, environment.location)
        stored = self._store.find(plan.environment_key)
        if stored is None:
            return (f"the environment {plan.environment_key} is no longer in the store",)
        return self._store.verify(stored)

    def discard(self, plan: BuildPlan, environment: Environment) -> None:
        if plan.mode == "host_environment":
            self._host.discard(plan, environment)
        elif plan.mode == "image":
            self._images.discard(self._command, plan)
        else:
            self._store.discard(plan.environment_key)

    # -- runs ------------------------------------------------------------------------------------

    def run(
        self,
        plan: RunPlan,
        build: BuildPlan,
        environment: Environment,
        folder: RunFolder,
        labels: RunLabels,
        should_stop: ShouldStop,
    ) -> RunExit:
        command = self._command
        with ExitStack() as stack:
            if build.mode != "image":
                stack.enter_context(self._store.use(build.environment_key))
            start = self._start(command, plan, build, environment, folder, labels)
            try:
                return run_container(
                    command,
                    start,
                    folder,
                    seconds=plan.limits.run_seconds,
                    output_bytes=plan.limits.output_bytes,
                    should_stop=should_stop,
                )
            except EngineError:
                self._clients().images.clear()  # somebody may have removed the image
                raise

    def _start(
        self,
        command: ContainerCommand,
        plan: RunPlan,
        build: BuildPlan,
        environment: Environment,
        folder: RunFolder,
        labels: RunLabels,
    ) -> ContainerStart:
        _open_to_reading(folder)
        image, root, mounts = self._seen(command, build, environment)
        mounts += [
            Mount(self._pis_folder, f"{RUN_FOLDER}/pis"),
            Mount(folder.request.parent, f"{RUN_FOLDER}/in"),
            Mount(folder.result.parent, f"{RUN_FOLDER}/out", writable=True),
        ]
        work = WORK_FOLDER
        if build.files and build.mode == "image":
            work = WORKING_FOLDER
        elif build.files:
            mounts += _file_mounts(build, folder)
        return ContainerStart(
            image=image,
            name=container_name(labels.inspection_id, labels.fence, labels.run_index),
            labels=run_labels(labels, self._guard),
            command=[
                *(f"{root}/bin/python", "-B", f"{RUN_FOLDER}/pis/__main__.py", "run"),
                *(f"{RUN_FOLDER}/in/request.json", f"{RUN_FOLDER}/out/result.json"),
            ],
            limits=Limits(plan.cpu, plan.cpu_set, plan.memory_bytes, plan.limits.pids),
            user=_run_user(self._pis_folder, [mount.source for mount in mounts]),
            network=plan.network,
            mounts=mounts,
            variables=plan.environment,
            working_folder=work,
        )

    def _seen(
        self, command: ContainerCommand, build: BuildPlan, environment: Environment
    ) -> tuple[str, str, list[Mount]]:
        """(image, folder of the environment in the container, mounts that make it be there)."""
        if build.mode == "image":
            return environment.location, ENVIRONMENT_FOLDER, []
        path = Path(environment.location)
        if build.mode == "image_environment":
            inside = environment_path(build)
            return self._image(command, build), inside, [Mount(path, inside)]
        mounts = [*system_mounts(), *interpreter_mounts(path), Mount(path, str(path))]
        return self._image(command, build), str(path), mounts

    def _image(self, command: ContainerCommand, build: BuildPlan) -> str:
        """Id of the image that a run of this plan starts from, asked for once."""
        host = build.mode == "host_environment"
        known = self._clients().images
        key = "" if host else build.base.digest
        if key not in known:
            known[key] = host_root(command) if host else image_of(command, build.base)
        return known[key]

    def remove_leftovers(
        self, installation_id: str, alive: Collection[tuple[str, int]]
    ) -> list[str]:
        removed = remove_build_folders(self._folder / "builds", self._guard)
        try:
            command = self._command
        except EngineError:
            return removed  # no engine answers: nothing of ours can run in it
        return removed + remove_leftovers(command, self._guard, installation_id, alive)


def _open_to_reading(folder: RunFolder) -> None:
    """The run may be another user: it reads its request and writes its output, nothing else."""
    folder.request.parent.chmod(0o755)
    for path in folder.request.parent.iterdir():
        path.chmod(0o644)
    folder.result.parent.chmod(0o777)


def _run_user(pis_folder: Path, sources: Collection[Path | str]) -> str:
    """Who the run is: nobody, where everything it needs may be read by everybody.

    Without root's rights the service cannot hand its output folder to another user, and files
    that only their owner may read stay readable to their owner only: then the run is that user,
    with no capability left.
    """
    if os.geteuid() != 0:
        return f"{os.geteuid()}:{os.getegid()}"
    readable = all(_readable_by_all(Path(path)) for path in [pis_folder, *sources])
    return NOBODY if readable else "0:0"


def _readable_by_all(path: Path) -> bool:
    mode = path.stat().st_mode
    needed = 0o005 if stat.S_ISDIR(mode) else 0o004
    return mode & needed == needed


def _file_mounts(build: BuildPlan, folder: RunFolder) -> list[Mount]:
    """The user's files, read-only, where there is no image to hold them."""
    kept = folder.root / "files"
    kept.mkdir()
    mounts = []
    for number, file in enumerate(build.files):
        path = kept / str(number)
        path.write_text(file.content, encoding="utf-8")
        path.chmod(0o755)
        mounts.append(Mount(path, str(PurePosixPath(WORK_FOLDER, file.path))))
    return mounts
