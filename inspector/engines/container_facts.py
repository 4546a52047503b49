"""What a base image is, before anything is planned: its identity, its Python, its system."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.plan import ImageFacts, OperatingSystemFacts
from inspector.engines.container_command import Answer, CallTimedOutError, ContainerCommand
from inspector.engines.container_failures import base_not_found, base_unsuitable, why_not_pulled
from inspector.engines.container_names import (
    LABEL_GUARD,
    LABEL_INSTALLATION,
    Guard,
    container_name,
)
from inspector.engines.container_start import ContainerStart, Limits, Mount
from inspector.interpreters import QUESTION, parse_answer

#: A base image whose interpreter does not answer within this time is unsuitable, s.
ANSWER_SECONDS = 30.0

#: Takes the names to try as arguments; the first that exists answers. Constant: no value is in it.
_FIND_PYTHON = (
    'question=$1; shift; for name in "$@"; do '
    'if command -v "$name" >/dev/null 2>&1; then exec "$name" -I -c "$question"; fi; done; exit 127'
)

#: Second line of the answer: what the system is. Python 3.6, as QUESTION is.
_SYSTEM_QUESTION = r"""
import shutil
release = {}
try:
    with open("/etc/os-release", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                release[name] = value.strip("\"'")
except OSError:
    pass
tools = [("apt-get", "apt"), ("dnf", "dnf"), ("microdnf", "microdnf"), ("yum", "yum"),
         ("apk", "apk"), ("zypper", "zypper")]
print(json.dumps({
    "id": release.get("ID", ""),
    "version_id": release.get("VERSION_ID", ""),
    "name": release.get("NAME", ""),
    "package_tool": next((tool for program, tool in tools if shutil.which(program)), None),
    "musl": any(entry.startswith("ld-musl-") for entry in os.listdir("/lib")),
}))
"""


@dataclass(slots=True)
class ImageInspector:
    """Asks images what they are. What an image id answered is remembered: it cannot change."""

    installation_id: str
    guard: Guard
    _known: dict[tuple[str, str], ImageFacts] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def facts(
        self, command: ContainerCommand, base: str, python_version: str | None, pull_seconds: float
    ) -> ImageFacts:
        """Facts of `base`; pulled if it is not here and `pull_seconds` is not 0."""
        document = self.local_or_pulled(command, base, pull_seconds)
        names = python_names(python_version)
        key = (str(document["Id"]), names[0])
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = self._asked(command, base, document, names)
            with self._lock:
                self._known[key] = known
        return known.model_copy(update={"reference": base})

    def local_or_pulled(
        self, command: ContainerCommand, base: str, pull_seconds: float
    ) -> dict[str, Any]:
        """The engine's document of the image."""
        document = command.inspect("image", base)
        if document is not None:
            return document
        if not pull_seconds:
            raise base_not_found(base, "this service does not pull images")
        try:
            answer = command.call("pull", "--quiet", base, seconds=pull_seconds)
        except CallTimedOutError:
            raise base_not_found(
                base, f"the registry did not deliver it within {pull_seconds:.0f} s"
            ) from None
        if answer.code:
            raise base_not_found(base, why_not_pulled(answer))
        document = command.inspect("image", base)
        if document is None:
            raise base_not_found(base, f"{command.kind} pulled it and does not show it")
        return document

    def _asked(
        self, command: ContainerCommand, base: str, document: dict[str, Any], names: list[str]
    ) -> ImageFacts:
        question = QUESTION + _SYSTEM_QUESTION
        command_line = ["/bin/sh", "-c", _FIND_PYTHON, "amun-facts", question, *names]
        answer = self.run_inside(
            command, str(document["Id"]), command_line, "facts", seconds=ANSWER_SECONDS
        )
        if answer.code == 127 and not answer.output.strip():
            if "/bin/sh" in answer.errors:
                raise base_unsuitable(base, "it has no shell, so its Python cannot be asked for")
            raise base_unsuitable(base, f"it has no Python ({', '.join(names)} were tried)")
        return parse_facts(answer, base, identity_of(document))

    def run_inside(
        self,
        command: ContainerCommand,
        image: str,
        command_line: list[str],
        purpose: str,
        *,
        seconds: float,
        mounts: tuple[Mount, ...] = (),
    ) -> Answer:
        """Run something short inside an image, without network; nothing is left."""
        start = ContainerStart(
            image=image,
            name=container_name(purpose),
            labels={LABEL_INSTALLATION: self.installation_id, LABEL_GUARD: self.guard.name},
            command=command_line,
            limits=Limits(),
            user="65534:65534",
            mounts=mounts,
        )
        arguments, variables = start.arguments(command)
        try:
            return command.call(*arguments, seconds=seconds, variables=variables)
        finally:
            command.remove(start.name)


def python_names(python_version: str | None) -> list[str]:
    """Program names to try for a wanted version, best first."""
    names = ["python3", "python"]
    wanted = re.match(r"\d+\.\d+", python_version or "")
    return [f"python{wanted[0]}", *names] if wanted else names


def identity_of(document: dict[str, Any]) -> str:
    """The digest of a pulled image; the image id of one that was built or loaded here."""
    digests = [str(entry) for entry in document.get("RepoDigests") or []]
    identity = digests[0].rpartition("@")[2] if digests else str(document["Id"])
    return identity if ":" in identity else f"sha256:{identity}"


def parse_facts(answer: Answer, base: str, identity: str) -> ImageFacts:
    """Read the two lines that the questions print."""
    if answer.code:
        raise base_unsuitable(base, f"its Python does not work: {answer.words}")
    lines = answer.output.strip().splitlines()
    try:
        python, libc, machine = parse_answer(lines[-2])
        system = json.loads(lines[-1])
        musl = system.pop("musl")
        operating_system = OperatingSystemFacts.model_validate(system)
    except (ValueError, IndexError, KeyError, AttributeError):
        raise base_unsuitable(base, "its Python does not describe itself") from None
    if musl:
        raise base_unsuitable(
            base, "it uses musl instead of the GNU C library, for which the installer is made"
        )
    return ImageFacts(
        reference=base,
        digest=identity,
        operating_system=operating_system,
        python=python,
        libc=libc,
        architecture=machine,
    )


def image_of(command: ContainerCommand, facts: ImageFacts) -> str:
    """The id of the very image that was planned with. AttemptFailedError if it is gone."""
    repository = (facts.reference or "").partition("@")[0]
    if ":" in repository.rpartition("/")[2]:
        repository = repository.rpartition(":")[0]
    names = [facts.digest, f"{repository}@{facts.digest}", facts.reference or ""]
    for name in names:
        try:
            document = command.inspect("image", name)
        except EngineError:
            continue  # a digest that is no image id here
        if document is not None and facts.digest in {str(document["Id"]), identity_of(document)}:
            return str(document["Id"])
    raise _gone(facts)


def _gone(facts: ImageFacts) -> AttemptFailedError:
    return base_not_found(
        facts.reference or "", f"the image {facts.digest} is no longer on this host"
    )
