"""Mode `image`: a generated Dockerfile, built with BuildKit (or podman) into an image of its own.

Beside each image this host keeps a small record, written last: what is installed in it, and its id.
The record makes the image a ready environment; an image without one is built again.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amun_core.dockerfile import (
    BUILD_FOLDER,
    CONTEXT_SCRIPT,
    ENVIRONMENT_FOLDER,
    DockerBuild,
    base_tag,
    render,
)
from amun_core.errors import AttemptFailedError, EngineError
from amun_core.plan import BuildPlan
from amun_core.redaction import redact_text
from amun_core.states import AttributedTo, FailureReason
from inspector.engines.base import Environment, InstalledPackage, LogSink, ShouldStop
from inspector.engines.container_command import Answer, CallTimedOutError, ContainerCommand
from inspector.engines.container_environment import install_failure
from inspector.engines.container_facts import ANSWER_SECONDS, ImageInspector, image_of
from inspector.engines.container_failures import build_timeout, disk_full, native_failure, tail
from inspector.engines.container_inputs import INSIDE_SCRIPT, BuildInputs, build_inputs
from inspector.engines.container_loopback import reachable
from inspector.engines.container_names import LABEL_ENVIRONMENT, LABEL_INSTALLATION, image_tag
from inspector.engines.container_start import Mount
from inspector.environments import file_locks
from inspector.environments.checked import check_installed, check_pythons
from inspector.environments.installer import known_artifacts
from inspector.environments.other_platform import other_platform
from inspector.index_settings import IndexSettings

RECORD_SCHEMA = "amun.image-record/1"

#: How the builder names the step that failed -> the section of the log, and what kind it was.
_STEPS = (
    ("amun-native", "native packages"),
    (f"{CONTEXT_SCRIPT} tools", "tool packages"),
    (f"{CONTEXT_SCRIPT} install", "install"),
    (f"{CONTEXT_SCRIPT} files", "files"),
)
#: Words of the builders (old and new BuildKit, buildah) in the line that names a failed step.
_FAILED = re.compile(r"ERROR|[Ee]rror: |executor failed running|did not complete successfully")
_STEP_HEAD = re.compile(r"^#(\d+) \[")
_STEP_LINE = re.compile(r"^#(\d+) ")


@dataclass(frozen=True, slots=True)
class ImageBuilder:
    """Builds, finds, checks and removes images of environments."""

    folder: Path
    inspector: ImageInspector

    def find(self, command: ContainerCommand, plan: BuildPlan) -> Environment | None:
        """The ready image of this plan, or None."""
        record = self._record(plan)
        if record is None or self._differences(command, plan, record):
            return None
        return _environment(plan, record, reused=True)

    def make(
        self,
        command: ContainerCommand,
        builder: ContainerCommand,
        plan: BuildPlan,
        log: LogSink,
        should_stop: ShouldStop,
    ) -> Environment:
        """Build the image of this plan, unless another has built it meanwhile."""
        with file_locks.exclusive(self._path(plan).with_suffix(".lock"), should_stop):
            found = self.find(command, plan)
            if found is not None:
                return found
            started = time.monotonic()
            command.call("tag", image_of(command, plan.base), base_tag(plan.base.digest))
            identity = self._build(builder, plan, log, should_stop)
            installed = self._installed(command, plan, identity)
            record = {
                "schema": RECORD_SCHEMA,
                "key": plan.environment_key,
                "image": identity,
                "installed": [[package.name, package.version] for package in installed],
                "artifacts": known_artifacts(plan.requirements),
                "build_seconds": round(time.monotonic() - started, 3),
            }
            self._keep(plan, record)
        return _environment(plan, record, reused=False)

    def verify(self, command: ContainerCommand, plan: BuildPlan, image: str) -> tuple[str, ...]:
        """Whether the image is still the one that was built."""
        record = self._record(plan)
        if record is None or record["image"] != image:
            return (f"the record of the image {image} is gone",)
        return self._differences(command, plan, record)

    def discard(self, command: ContainerCommand, plan: BuildPlan) -> None:
        """Forget the record, then remove the image."""
        self._path(plan).unlink(missing_ok=True)
        command.call("image", "rm", image_tag(plan.environment_key))

    # -- building --------------------------------------------------------------------------------

    def _build(
        self, builder: ContainerCommand, plan: BuildPlan, log: LogSink, should_stop: ShouldStop
    ) -> str:
        labels = {
            LABEL_INSTALLATION: self.inspector.installation_id,
            LABEL_ENVIRONMENT: plan.environment_key,
        }
        settings = IndexSettings.read().for_plan(plan)
        rendered = render(settings.settled(plan), labels)
        log("dockerfile", rendered.dockerfile)
        builds = self.folder / "builds"
        with (
            reachable(settings) as index,
            build_inputs(builds, self.inspector.guard, rendered.context, index) as inputs,
        ):
            (inputs.root / "Dockerfile").write_text(rendered.dockerfile, encoding="utf-8")
            sections = _Sections(log)
            try:
                answer = builder.follow(
                    _build_arguments(plan, rendered, inputs, index),
                    seconds=plan.timeout_seconds,
                    should_stop=should_stop,
                    told=sections.tell,
                    variables={
                        "DOCKER_BUILDKIT": "1", **dict(index.proxies), **rendered.arguments
                    },
                )  # fmt: skip
            except CallTimedOutError:
                raise build_timeout(plan.timeout_seconds) from None
            if answer.code:
                failure = build_failure(answer.output, plan)
                raise other_platform(failure, plan, settings, lambda line: log("install", line))
            return (inputs.root / "identity").read_text(encoding="utf-8").strip()

    def _installed(
        self, command: ContainerCommand, plan: BuildPlan, identity: str
    ) -> list[InstalledPackage]:
        """Ask the image what is in its environment, and compare it with the plan."""
        script = f"{BUILD_FOLDER}/context/{CONTEXT_SCRIPT}"
        answer = self.inspector.run_inside(
            command,
            identity,
            [plan.base.python.executable, "-I", script, "installed", ENVIRONMENT_FOLDER],
            "installed",
            seconds=ANSWER_SECONDS,
            mounts=(Mount(INSIDE_SCRIPT, script),),
        )
        if answer.code:
            raise EngineError(f"the new image cannot be read: {answer.words}")
        installed = parse_installed(answer)
        check_installed(plan, installed)
        check_pythons(plan, parse_pythons(answer))
        return installed

    # -- records ---------------------------------------------------------------------------------

    def _path(self, plan: BuildPlan) -> Path:
        return self.folder / "images" / f"{image_tag(plan.environment_key).rpartition(':')[2]}.json"

    def _record(self, plan: BuildPlan) -> dict[str, Any] | None:
        try:
            record = json.loads(self._path(plan).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        known = isinstance(record, dict) and record.get("schema") == RECORD_SCHEMA
        return record if known and record.get("key") == plan.environment_key else None

    def _keep(self, plan: BuildPlan, record: dict[str, Any]) -> None:
        path = self._path(plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(record), encoding="utf-8")
        new.replace(path)

    @staticmethod
    def _differences(
        command: ContainerCommand, plan: BuildPlan, record: dict[str, Any]
    ) -> tuple[str, ...]:
        document = command.inspect("image", image_tag(plan.environment_key))
        if document is None:
            return (f"the image {record['image']} was removed",)
        if not same_image(str(document["Id"]), str(record["image"])):
            return (f"the image {record['image']} was replaced by {document['Id']}",)
        return ()


def same_image(one: str, other: str) -> bool:
    """Compare image ids: podman leaves out `sha256:` in places."""
    return one.removeprefix("sha256:") == other.removeprefix("sha256:")


def parse_installed(answer: Answer) -> list[InstalledPackage]:
    """Read what the script's `installed` printed."""
    return [InstalledPackage(name, version) for name, version, _ in json.loads(answer.output)]


def parse_pythons(answer: Answer) -> list[tuple[InstalledPackage, str]]:
    """The Requires-Python of each distribution that has one, from the same answer."""
    told = json.loads(answer.output)
    return [(InstalledPackage(name, version), python) for name, version, python in told if python]


def _build_arguments(
    plan: BuildPlan, rendered: DockerBuild, inputs: BuildInputs, index: IndexSettings
) -> list[str]:
    arguments = [
        "build",
        "--network=host",
        "--progress=plain",
        f"--file={inputs.root / 'Dockerfile'}",
        f"--iidfile={inputs.root / 'identity'}",
        f"--tag={image_tag(plan.environment_key)}",
    ]
    if plan.variant:  # a second build is one: no layer of the first may be found again
        arguments.append("--no-cache")
    # given by name: their values go through the client's environment
    arguments += [f"--build-arg={name}" for name in [*rendered.arguments, *dict(index.proxies)]]
    for identity, path in inputs.secrets.items():
        arguments.append(f"--secret=id={identity},src={path}")
    return [*arguments, str(inputs.context)]


def build_failure(output: str, plan: BuildPlan) -> AttemptFailedError:
    """Why a build ended: the failed step decides who is asked."""
    full = disk_full(output)
    if full is not None:
        return full
    section, said = failed_step(output)
    if section == "native packages":
        return native_failure(said)
    if section == "install":
        return install_failure(said, plan)
    what = f"the step '{section}' failed" if section else "the image could not be built"
    return AttemptFailedError(
        FailureReason.BUILD_FAILED,
        f"{what}; see the build log",
        last_lines=tail(said),
        # files and tools are the request's; what is no step of ours is the engine's
        blame=AttributedTo.REQUEST if section else AttributedTo.HOST,
    )


def failed_step(output: str) -> tuple[str, str]:
    """(section of the step that failed, what that step printed); ("", all) if none is named."""
    for line in reversed(output.splitlines()):
        plain = line.replace("\\", "").replace('"', "").replace(",", "")
        if not _FAILED.search(plain):
            continue
        for mark, section in _STEPS:
            if mark in plain:
                number = re.match(r"#(\d+) ", line) or re.search(
                    r"^#(\d+) ERROR", output, re.MULTILINE
                )
                return section, _step_output(output, number[1]) if number else output
    return "", output


def _step_output(output: str, number: str) -> str:
    """The lines of one step, without the builder's numbers and times."""
    lines = re.findall(rf"^#{number} \d+\.\d+ (.*)$", output, re.MULTILINE)
    return "\n".join(lines) if lines else output


class _Sections:
    """Gives each line of the builder's plain output to the section of its step."""

    def __init__(self, log: LogSink) -> None:
        self._log = log
        self._names: dict[str, str] = {}
        self._current = "image"

    def tell(self, text: str) -> None:
        for line in text.split("\n"):
            shown = line.rstrip("\r").rpartition("\r")[2]  # a progress line overwrites itself
            if not shown:
                continue
            step = _STEP_LINE.match(shown)
            if step:
                self._current = self._section(step[1], shown)
            self._log(self._current, redact_text(shown) + "\n")

    def _section(self, number: str, line: str) -> str:
        if _STEP_HEAD.match(line):
            plain = line.replace('"', "").replace(",", "")
            self._names[number] = next(
                (section for mark, section in _STEPS if mark in plain), "image"
            )
        return self._names.get(number, "image")


def _environment(plan: BuildPlan, record: dict[str, Any], *, reused: bool) -> Environment:
    return Environment(
        key=plan.environment_key,
        location=str(record["image"]),
        digest=str(record["image"]),
        installed=tuple(InstalledPackage(name, version) for name, version in record["installed"]),
        reused=reused,
        build_seconds=float(record["build_seconds"]),
        artifacts=dict(record["artifacts"]),
    )
