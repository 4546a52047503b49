"""Mode `image_environment`: an environment made inside the base image, kept in the store.

A builder container of the base image sees the new environment's folder at the path where runs will
see it, the installer, the index settings and the package folders of the host; it writes nothing
else. An environment costs seconds this way, where the export of an image costs minutes.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from amun_core.dockerfile import BUILD_FOLDER, CONTEXT_SCRIPT, SECRETS, base_tag, install_documents
from amun_core.errors import AttemptFailedError
from amun_core.plan import BuildPlan
from amun_core.redaction import redact_text
from inspector.engines.base import LogSink, ShouldStop
from inspector.engines.container_command import Answer, CallTimedOutError, ContainerCommand
from inspector.engines.container_facts import image_of
from inspector.engines.container_failures import build_timeout, disk_full
from inspector.engines.container_inputs import BuildInputs, build_inputs
from inspector.engines.container_names import (
    LABEL_ENVIRONMENT,
    LABEL_GUARD,
    LABEL_INSTALLATION,
    Guard,
    container_name,
)
from inspector.engines.container_start import ContainerStart, Limits, Mount
from inspector.environments.checked import check_environment
from inspector.environments.other_platform import other_platform
from inspector.environments.uv_failures import uv_failure
from inspector.index_settings import IndexSettings

SECTION = "install"


def environment_path(plan: BuildPlan) -> str:
    """Where builder and runs see the environment: scripts inside it name this path."""
    return f"/opt/amun/environments/{plan.environment_key.rpartition(':')[2][:40]}"


@dataclass(frozen=True, slots=True)
class ContainerInstaller:
    """Fills environments with containers of their base image."""

    folder: Path
    installation_id: str
    guard: Guard

    def install(
        self,
        command: ContainerCommand,
        plan: BuildPlan,
        environment: Path,
        log: LogSink,
        should_stop: ShouldStop,
    ) -> None:
        """Make the environment of `plan` in the new folder `environment`."""
        image = image_of(command, plan.base)
        environment.mkdir(parents=True)
        index = IndexSettings.read().for_plan(plan)
        unchecked = [item.name for item in plan.requirements if not item.hashes]
        if unchecked:
            names = ", ".join(unchecked)
            log(SECTION, f"The lock has no hashes for {names}: only versions are checked.\n")
        documents = install_documents(index.settled(plan), environment_path(plan))
        with build_inputs(self.folder / "builds", self.guard, documents, index) as inputs:
            start = self._start(plan, image, environment, inputs, index)
            answer = self._follow(command, start, plan, log, should_stop)
        if answer.code:
            failure = install_failure(answer.output, plan)
            raise other_platform(failure, plan, index, lambda line: log(SECTION, line))
        check_environment(plan, environment)

    def _start(
        self,
        plan: BuildPlan,
        image: str,
        environment: Path,
        inputs: BuildInputs,
        index: IndexSettings,
    ) -> ContainerStart:
        # a wheel built on one base does not fit another: each base has its own cache
        cache = self.folder / "uv-caches" / base_tag(plan.base.digest).rpartition(":")[2]
        cache.mkdir(parents=True, exist_ok=True)
        mounts = [
            Mount(inputs.context, f"{BUILD_FOLDER}/context"),
            Mount(cache, f"{BUILD_FOLDER}/cache", writable=True),
            Mount(environment, environment_path(plan), writable=True),
            *(Mount(path, SECRETS[identity]) for identity, path in inputs.secrets.items()),
            *(Mount(path, str(path)) for path in index.local_paths()),
        ]
        script = f"{BUILD_FOLDER}/context/{CONTEXT_SCRIPT}"
        return ContainerStart(
            image=image,
            name=container_name("build", plan.environment_key[-12:]),
            labels={
                LABEL_INSTALLATION: self.installation_id,
                LABEL_GUARD: self.guard.name,
                LABEL_ENVIRONMENT: plan.environment_key,
            },
            command=[plan.base.python.executable, "-I", script, "install"],
            limits=Limits(cpu=plan.cpu, memory_bytes=plan.memory_bytes, pids=4096),
            # the store's files belong to the service
            user=f"{os.geteuid()}:{os.getegid()}",
            network="host",
            mounts=mounts,
            variables=plan.environment,
        )

    @staticmethod
    def _follow(
        command: ContainerCommand,
        start: ContainerStart,
        plan: BuildPlan,
        log: LogSink,
        should_stop: ShouldStop,
    ) -> Answer:
        arguments, variables = start.arguments(command)
        with ExitStack() as stack:
            stack.callback(command.remove, start.name)
            try:
                return command.follow(
                    arguments,
                    seconds=plan.timeout_seconds,
                    should_stop=should_stop,
                    told=lambda text: log(SECTION, redact_text(text)),
                    variables=variables,
                    container=start.name,
                )
            except CallTimedOutError:
                raise build_timeout(plan.timeout_seconds) from None


def install_failure(output: str, plan: BuildPlan) -> AttemptFailedError:
    """Why the stack could not be installed."""
    return disk_full(output) or uv_failure(output, plan)
