"""Which container engine works here, found by trying it: a run with our limits, a build."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from amun_core.errors import EngineError
from inspector.engines.container_command import Answer, ContainerCommand

#: Time a daemon has to answer the first question, s.
ANSWER_SECONDS = 10.0
#: Time for the trial run and for the trial build, s.
TRIAL_SECONDS = 30.0


def candidates(chosen: str) -> Iterator[str]:
    """Clients to try, best first: the chosen one, or every docker of PATH and then podman."""
    if chosen:
        found = shutil.which(chosen)
        if found:
            yield found
        return
    for name in ("docker", "podman"):
        yield from every(name)


def every(name: str) -> list[str]:
    """Every program of this name in PATH, each once."""
    found: dict[str, str] = {}
    for folder in os.get_exec_path():
        path = Path(folder, name)
        if path.is_file() and os.access(path, os.X_OK):
            found.setdefault(str(path.resolve()), str(path))
    return list(found.values())


def find_command(chosen: str) -> tuple[ContainerCommand, str]:
    """The first client whose engine answers, and its version. Raises EngineError saying why not."""
    reasons = []
    for executable in candidates(chosen):
        try:
            return _asked(executable)
        except EngineError as error:
            reasons.append(str(error))
    if not reasons:
        wanted = f"{chosen!r}" if chosen else "neither docker nor podman"
        raise EngineError(f"{wanted} is {'not ' if chosen else ''}installed on this host")
    raise EngineError("; ".join(dict.fromkeys(reasons)))


def _asked(executable: str) -> tuple[ContainerCommand, str]:
    kind = _kind(executable)
    command = ContainerCommand(executable, kind)
    if kind == "podman":
        answer = command.call("info", "--format", "json", seconds=ANSWER_SECONDS)
        if answer.code:
            raise EngineError(f"podman does not work: {answer.words}")
        information = json.loads(answer.output)
        rootless = bool(information.get("host", {}).get("security", {}).get("rootless"))
        version = information.get("version", {}).get("Version", "")
        return ContainerCommand(executable, kind, rootless=rootless), f"podman {version}"
    answer = command.call("version", "--format", "{{json .}}", seconds=ANSWER_SECONDS)
    server = _server(answer)
    if server is None:
        raise EngineError(why_no_daemon(answer))
    return command, f"docker {server.get('Version', '')}"


def _kind(executable: str) -> Literal["docker", "podman"]:
    """What a program is, by its own word: `docker` may be podman under another name."""
    if "podman" in Path(executable).name:
        return "podman"
    answer = ContainerCommand(executable, "docker").call("--version", seconds=ANSWER_SECONDS)
    return "podman" if "podman" in answer.output.lower() else "docker"


def _server(answer: Answer) -> dict[str, str] | None:
    try:
        document = json.loads(answer.output)
    except ValueError:
        return None
    server = document.get("Server") if isinstance(document, dict) else None
    return dict(server) if server else None


def why_no_daemon(answer: Answer) -> str:
    """Say in words why the daemon did not answer."""
    text = answer.errors.lower()
    if "permission denied" in text:
        return (
            "docker: no permission to use the daemon's socket (is this user in the group 'docker'?)"
        )
    if "cannot connect" in text or "no such file" in text or "connection refused" in text:
        return "docker: no daemon answers (is dockerd running?)"
    return f"docker: {answer.words}"


def why_trial_failed(command: ContainerCommand, answer: Answer) -> str:
    """Say in words why the trial run with our limits did not work; "" if it did."""
    if answer.code:
        said = re.sub(r"^(docker|podman|Error): (Error response from daemon: )?", "", answer.words)
        return f"{command.kind} answers, but a trial run with our limits fails: {said}"
    if "discarded" in answer.errors.lower():
        said = next(line for line in answer.errors.splitlines() if "discarded" in line.lower())
        return f"{command.kind} answers, but limits have no effect: {said.strip()}"
    return ""


def find_builder(command: ContainerCommand, folder: Path) -> ContainerCommand | None:
    """A client of the same engine that builds with secrets and mounts, found by a trial build.

    A `docker` without its buildx plug-in has the legacy builder only; an older client beside it
    may carry BuildKit itself. `folder` is where trials lie: the reaper looks there.
    """
    if command.kind == "podman":
        return command
    for executable in dict.fromkeys([command.executable, *every("docker")]):
        builder = ContainerCommand(executable, "docker")
        if _builds(builder, folder):
            return builder
    return None


def _builds(builder: ContainerCommand, place: Path) -> bool:
    """Try a build of nothing: it costs a tenth of a second and tells BuildKit from the rest."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{place.name}.", dir=place.parent) as folder:
        context, identity = Path(folder, "context"), Path(folder, "identity")
        context.mkdir()
        context.joinpath("Dockerfile").write_text("FROM scratch\nLABEL org.amun.trial=1\n")
        try:
            answer = builder.call(
                "build", f"--iidfile={identity}", "--progress=plain", str(context),
                seconds=TRIAL_SECONDS,
                variables={"DOCKER_BUILDKIT": "1"},
            )  # fmt: skip
        except EngineError:
            return False
        if answer.code or not identity.is_file():
            return False
        builder.call("image", "rm", identity.read_text().strip())
    return True
