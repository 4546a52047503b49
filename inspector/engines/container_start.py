"""The arguments with which a container is started: limits, mounts, user, variables."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from inspector.engines.base import LARGEST_FILE_BYTES
from inspector.engines.container_command import ContainerCommand, pass_variables
from inspector.engines.container_names import label_arguments

#: Upper bound of a run's /tmp and of its working folder, bytes. They count as memory of the run.
SCRATCH_BYTES = 1024**3
#: A run without a limit of its own may use this share of the memory of the host: the rest keeps
#: the service alive, so that it can say "out of memory".
MEMORY_SHARE = 0.9

WORK_FOLDER = "/amun/work"

#: The first process of a container: the kernel keeps signals from it that would end any other, so a
#: crash of the run would look unlike one. This shell starts the command, waits, and gives its exit
#: code on. (The engine's own `--init` needs a place in /sbin, which is the host's, read-only.)
_FIRST_PROCESS = '"$@"; exit "$?"'


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of the host that a container sees."""

    source: Path | str
    target: str
    writable: bool = False

    def argument(self) -> str:
        """The value of `--mount`, a line of comma separated values: a path may hold a comma."""
        fields = ["type=bind", f"source={self.source}", f"target={self.target}"]
        fields += [] if self.writable else ["readonly"]
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(fields)
        return line.getvalue()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use."""

    cpu: float | None = None
    cpu_set: Sequence[int] = ()
    memory_bytes: int | None = None
    pids: int = 512

    def arguments(self) -> list[str]:
        """Limits as arguments. No swap: the memory and swap limits are one number."""
        memory = self.memory_bytes or int(psutil.virtual_memory().total * MEMORY_SHARE)
        arguments = [f"--memory={memory}", f"--memory-swap={memory}", f"--pids-limit={self.pids}"]
        if self.cpu is not None:
            arguments.append(f"--cpus={self.cpu:g}")
        if self.cpu_set:
            arguments.append("--cpuset-cpus=" + ",".join(map(str, self.cpu_set)))
        return arguments


@dataclass(frozen=True, slots=True)
class ContainerStart:
    """Everything that `docker run` needs to know."""

    image: str
    name: str
    labels: Mapping[str, str]
    command: Sequence[str]
    limits: Limits
    user: str
    network: str = "none"
    mounts: Sequence[Mount] = ()
    variables: Sequence[tuple[str, str]] = ()
    working_folder: str = WORK_FOLDER

    def arguments(self, command: ContainerCommand) -> tuple[list[str], dict[str, str]]:
        """(arguments, variables of the client) of the call that runs this container."""
        arguments = ["run", "--name", self.name, *label_arguments(dict(self.labels))]
        arguments += ["--pull=never", "--interactive=false", "--sig-proxy=false"]
        arguments += ["--log-driver=none", "--no-healthcheck", f"--network={self.network}"]
        arguments += ["--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"]
        arguments += [f"--ulimit=fsize={LARGEST_FILE_BYTES}", "--ulimit=core=0"]
        arguments += self.limits.arguments()
        user, group = self.user.split(":")
        for folder in ("/tmp", WORK_FOLDER):  # noqa: S108 (of the container)
            options = f"rw,exec,nosuid,nodev,mode=1777,size={SCRATCH_BYTES}"
            if command.kind == "docker":
                # it gives the folder the mode that it has in the image: so its owner must be the
                # run's user; podman keeps the mode and knows no such option
                options += f",uid={user},gid={group}"
            arguments += ["--tmpfs", f"{folder}:{options}"]
        for mount in self.mounts:
            arguments += ["--mount", mount.argument()]
        if command.kind == "podman" and command.rootless:
            arguments.append("--userns=keep-id")
        arguments += [f"--user={self.user}", f"--workdir={self.working_folder}"]
        passed, variables = pass_variables(
            (("HOME", WORK_FOLDER), ("PYTHONDONTWRITEBYTECODE", "1"), *self.variables)
        )
        arguments += passed
        arguments += ["--entrypoint=/bin/sh", self.image, "-c", _FIRST_PROCESS, "amun"]
        arguments += self.command
        return arguments, variables
