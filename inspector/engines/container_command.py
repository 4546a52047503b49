"""The command line of a container engine: argument lists in, JSON out, every call bounded in time.

No shell is ever started. What is parsed are JSON documents and `--iidfile`; the words an engine
prints for people are read only to say why something failed (`container_failures.py`).
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from amun_core.errors import EngineError
from amun_core.redaction import shortened
from inspector.engines.base import ShouldStop, StoppedError

#: Bound of an ordinary call (inspect, rm, ps): a daemon that does not answer is given up, s.
CALL_SECONDS = 30.0
#: How often a long call looks whether it shall stop, s.
LOOK_SECONDS = 0.1
#: Time that an engine has to end a container that is to be killed, s.
KILL_SECONDS = 20.0
#: Bytes of a long call's output that are kept for its diagnosis.
KEPT_BYTES = 64 * 1024

#: Variables with these beginnings steer the client itself: they never pass through its environment.
_CLIENT_VARIABLES = (
    "DOCKER_", "CONTAINER", "PODMAN_", "BUILDAH_", "BUILDKIT_", "BUILDX_", "LD_", "XDG_", "GO",
    "SSL_", "TMPDIR", "TEMP", "TMP", "HOME", "PATH", "GLIBC_", "MALLOC_", "RES_OPTIONS",
    "LOCALDOMAIN", "HOSTALIASES", "OTEL_", "STORAGE_", "REGISTRY_", "REGISTRIES_", "NO_COLOR",
)  # fmt: skip

#: How docker and podman say that there is no image or container of a name.
_ABSENT = ("no such", "not found", "image not known")


class CallTimedOutError(EngineError):
    """The container engine did not answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call gave."""

    code: int
    output: str
    errors: str

    @property
    def words(self) -> str:
        """What the engine said, short: the last line that says something."""
        lines = [line.strip() for line in (self.errors or self.output).splitlines()]
        lines = [line for line in lines if line and not line.startswith(("See '", "Run '"))]
        return shortened(lines[-1], 500) if lines else f"exit code {self.code}"


@dataclass(frozen=True, slots=True)
class ContainerCommand:
    """One container engine's client: `docker` or `podman`."""

    executable: str
    kind: Literal["docker", "podman"]
    rootless: bool = False

    def call(
        self,
        *arguments: str,
        seconds: float = CALL_SECONDS,
        given: bytes | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run one call to its end. Raises CallTimedOutError, and EngineError if it cannot start."""
        try:
            done = subprocess.run(
                [self.executable, *arguments],
                input=given,
                stdin=subprocess.DEVNULL if given is None else None,
                capture_output=True,
                check=False,
                timeout=seconds,
                env=client_environment(variables),
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise CallTimedOutError(
                f"{self.kind} {arguments[0]} did not answer within {seconds:.0f} s"
            ) from None
        except OSError as error:
            raise EngineError(f"{self.executable} cannot be started: {error.strerror}") from None
        return Answer(
            done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
        )

    def inspect(self, kind: Literal["image", "container"], name: str) -> dict[str, Any] | None:
        """The engine's document of an image or container; None if there is none of this name."""
        answer = self.call(kind, "inspect", name)
        if answer.code:
            if any(words in answer.errors.lower() for words in _ABSENT):
                return None
            raise EngineError(f"{self.kind} {kind} inspect: {answer.words}")
        documents = json.loads(answer.output)
        return dict(documents[0]) if documents else None

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """The documents of a listing: docker prints one JSON object a line, podman one array."""
        answer = self.call(
            *arguments, "--format", "{{json .}}" if self.kind == "docker" else "json"
        )
        if answer.code:
            raise EngineError(f"{self.kind} {arguments[0]}: {answer.words}")
        text = answer.output.strip()
        if text.startswith("["):
            return list(json.loads(text))
        return [json.loads(line) for line in text.splitlines() if line.strip()]

    def remove(self, *names: str) -> None:
        """End and remove containers with their volumes; those that are gone already are no error."""
        if names:
            self.call("rm", "--force", "--volumes", *names)

    def end_container(self, name: str, client: subprocess.Popen[bytes]) -> None:
        """End a container and the client that runs it.

        The client may be about to create the container, and a client that is ended just then
        leaves one behind: so the container is killed again and again until the client has ended.
        """
        # nobody reads the pipes any more: without this, a client that copies output would hang
        for pipe in (client.stdout, client.stderr):
            if pipe is not None:
                pipe.close()
        deadline = time.monotonic() + KILL_SECONDS
        while time.monotonic() < deadline:
            self.call("kill", "--signal=KILL", name)
            try:
                client.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return
        end(client)

    def follow(
        self,
        arguments: Sequence[str],
        *,
        seconds: float,
        should_stop: ShouldStop,
        told: Callable[[str], None],
        variables: Mapping[str, str] | None = None,
        container: str | None = None,
    ) -> Answer:
        """Run a long call, telling each line as it comes.

        Raises StoppedError and CallTimedOutError; the client is ended before either. Where it runs
        a `container`, that is what is ended.
        """
        with subprocess.Popen(
            [self.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=client_environment(variables),
            start_new_session=True,
        ) as process:
            try:
                deadline = time.monotonic() + seconds
                kept = _tell(process, told, should_stop, deadline)
                code = _wait(process, should_stop, deadline)
            except BaseException:
                if container is None:
                    end(process)
                else:
                    self.end_container(container, process)
                raise
        return Answer(code, kept, "")


def _wait(process: subprocess.Popen[bytes], should_stop: ShouldStop, deadline: float) -> int:
    """The exit code: a client that has closed its output may go on for all that."""
    while True:
        try:
            return process.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            if should_stop():
                raise StoppedError from None
            if time.monotonic() > deadline:
                raise CallTimedOutError from None


def _tell(
    process: subprocess.Popen[bytes],
    told: Callable[[str], None],
    should_stop: ShouldStop,
    deadline: float,
) -> str:
    """Read lines until the end of the output; returns the last KEPT_BYTES of it."""
    if process.stdout is None:  # pragma: no cover (it was started with a pipe)
        return ""
    kept = partial = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if should_stop():
                raise StoppedError
            if time.monotonic() > deadline:
                raise CallTimedOutError
            if not selector.select(LOOK_SECONDS):
                continue
            piece = os.read(process.stdout.fileno(), 64 * 1024)
            kept = (kept + piece)[-KEPT_BYTES:]
            *lines, partial = (partial + piece).split(b"\n")
            if not piece and partial:
                lines = [partial]
            if lines:
                told("".join(f"{line.decode(errors='replace').rstrip()}\n" for line in lines))
            if not piece:
                return kept.decode(errors="replace")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a client: asked first, so that it can cancel what its daemon does; then killed."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def client_environment(variables: Mapping[str, str] | None) -> dict[str, str]:
    """The environment of the client: our own (it says where the daemon is) and `variables`."""
    return {**os.environ, **(variables or {})}


def pass_variables(
    variables: Sequence[tuple[str, str]], option: str = "--env"
) -> tuple[list[str], dict[str, str]]:
    """Arguments and client variables that give a container its environment.

    A value goes through the client's environment, where other users of the host cannot read it as
    they can read a command line; only names that would steer the client itself are written out.
    """
    arguments: list[str] = []
    passed: dict[str, str] = {}
    for name, value in variables:
        arguments.append(option)
        if name.upper().startswith(_CLIENT_VARIABLES) or name.lower().endswith("_proxy"):
            arguments.append(f"{name}={value}")
        else:
            arguments.append(name)
            passed[name] = value
    return arguments, passed
