"""What a person asks for: the inspection specification, checked and frozen.

`amun_core.normalisation.parse_specification` is the one border at which an unchecked document
becomes a checked value; it accepts sloppy input with warnings.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

SPECIFICATION_SCHEMA = "amun.specification/1"

DEFAULT_RUNS = 6
MAXIMUM_RUNS = 1000
#: An inspection that stops by itself makes at least so many runs: fewer have no interval at 95 %.
FEWEST_ADAPTIVE_RUNS = 6
#: The cap that may be asked for: up to here the rule's coverage is known (amun_statistics.stopping).
MOST_ADAPTIVE_RUNS = 240
MAXIMUM_BODY_BYTES = 4 * 1024 * 1024
MAXIMUM_FILES = 64
MAXIMUM_FILE_BYTES = 1024 * 1024
MAXIMUM_ENVIRONMENT_VARIABLES = 256
MAXIMUM_LABELS = 32

JsonScalar = str | int | float | bool | None

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$")]
ImageReference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}$")]
NativePackage = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+_:~=-]{0,127}$")]
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
LabelKey = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$")
]
LabelValue = Annotated[str, StringConstraints(max_length=256)]
IndicatorName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class EngineChoice(StrEnum):
    """Which engine is asked for; `auto` takes the container engine only if a trial run works."""

    AUTO = "auto"
    PROCESS = "process"
    CONTAINER = "container"


class FrozenModel(BaseModel):
    """Base of every checked value: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class HardwareRequest(FrozenModel):
    """Hardware asked for. `None` means: whatever the host has."""

    cpu_family: int | None = Field(None, ge=0, description="CPU family as in /proc/cpuinfo")
    cpu_model: int | None = Field(None, ge=0, description="CPU model as in /proc/cpuinfo")
    processor: str | None = Field(None, max_length=256)
    physical_cpus: int | None = Field(None, ge=1)


class ResourceRequests(FrozenModel):
    """Resources of one build or run, in Kubernetes quantities as the prior system took them."""

    cpu: str | None = Field(None, pattern=r"^\d+(\.\d+)?m?$", description='cores: "2" or "500m"')
    memory: str | None = Field(
        None, pattern=r"^\d+(\.\d+)?([KMGTPE]i?|k)?$", description='bytes: "4Gi" or "256Mi"'
    )
    hardware: HardwareRequest | None = None


class StageRequest(FrozenModel):
    """What the build stage or the run stage asks for."""

    requests: ResourceRequests = ResourceRequests()


class LockFormat(StrEnum):
    """The lock formats that are read."""

    PIPFILE_LOCK = "Pipfile.lock"
    PYLOCK = "pylock.toml"
    REQUIREMENTS = "requirements.txt"


class LockDocument(FrozenModel):
    """A lock in any of the formats, as text."""

    format: LockFormat
    content: str = Field(max_length=MAXIMUM_FILE_BYTES)


class PythonRequest(FrozenModel):
    """The Python side of the stack.

    `requirements` and `requirements_locked` are Pipfile and Pipfile.lock as JSON objects, `lock`
    is any lock as text; a specification carries one of `requirements_locked` and `lock`.
    """

    requirements: dict[str, Any] | None = None
    requirements_locked: dict[str, Any] | None = None
    lock: LockDocument | None = None
    runtime_environment: dict[str, Any] | None = None
    constraints: tuple[str, ...] = ()


class File(FrozenModel):
    """A file that is put into the run-time environment. `path` is absolute or relative to the working folder."""

    path: str = Field(min_length=1, max_length=1024)
    content: str = Field(max_length=MAXIMUM_FILE_BYTES)


class EnvironmentVariable(FrozenModel):
    """An environment variable of build and run. Its value is redacted wherever it is shown."""

    name: EnvironmentName
    value: str = Field(max_length=32768)


class IndicatorRequest(FrozenModel):
    """Which performance indicator is run, on which framework, with which parameters."""

    name: IndicatorName
    framework: IndicatorName
    parameters: dict[ParameterName, JsonScalar] = {}


class Limits(FrozenModel):
    """Bounds of one inspection."""

    build_seconds: int = Field(1800, ge=1, le=24 * 3600, description="s, wall time of the build")
    run_seconds: int = Field(600, ge=1, le=24 * 3600, description="s, wall time of one run")
    output_bytes: int = Field(
        1024 * 1024, ge=1024, le=64 * 1024 * 1024, description="bytes of stdout and of stderr kept"
    )
    pids: int = Field(512, ge=16, le=32768, description="processes and threads of one run")


class Precision(FrozenModel):
    """How precise the result shall be: runs are added until it is, or until a cap.

    With it `runs` is the fewest that are made.
    """

    relative_half_width: float = Field(
        0.02,
        ge=0.0005,
        le=0.5,
        description="goal: half the width of the interval of the median over runs, over the median",
    )
    confidence: float = Field(0.95, ge=0.95, le=0.95, description="of that interval; fixed")
    maximum_runs: int = Field(
        60, ge=FEWEST_ADAPTIVE_RUNS, le=MOST_ADAPTIVE_RUNS, description="no more runs than these"
    )
    maximum_seconds: int = Field(
        300,
        ge=1,
        le=24 * 3600,
        description="s, time of all runs together after which none is added",
    )
    adapt_iterations: bool = Field(
        True,
        description="choose the iterations of later runs by what the first runs show; false where "
        "the parameter reps was given",
    )


class Specification(FrozenModel):
    """One inspection request, normalised. Only `base` is required on the compatibility surface."""

    base: ImageReference | None = Field(
        None, description="base image; absent: this host (own API only)"
    )
    identifier: Identifier | None = None
    runs: int = Field(
        DEFAULT_RUNS,
        ge=1,
        le=MAXIMUM_RUNS,
        description="number of fresh runs; with precision the fewest",
    )
    precision: Precision | None = Field(
        None,
        description="add runs until the result is so precise; the default where an indicator and no "
        "number of runs is asked for (own API only)",
    )
    package_manager: Literal["pipenv", "micropipenv", "uv", "pip"] | None = None
    packages: tuple[NativePackage, ...] = Field((), max_length=256)
    python_packages: tuple[str, ...] = Field((), max_length=64)
    python: PythonRequest | None = None
    build: StageRequest = StageRequest()
    run: StageRequest = StageRequest()
    files: tuple[File, ...] = Field((), max_length=MAXIMUM_FILES)
    environment: tuple[EnvironmentVariable, ...] = Field(
        (), max_length=MAXIMUM_ENVIRONMENT_VARIABLES
    )
    script: str | None = Field(
        None, max_length=MAXIMUM_FILE_BYTES, description="inline text, or an https address"
    )
    script_name: str | None = Field(
        None,
        pattern=r"^[^\x00-\x1f\x7f/]{1,200}$",
        description="what the script is called, for people; has no effect",
    )
    update: bool = False
    upgrade_pip: bool = False
    send_messages: bool = False
    force_sync: bool = False
    indicator: IndicatorRequest | None = None
    engine: EngineChoice = EngineChoice.AUTO
    limits: Limits = Limits()
    labels: dict[LabelKey, LabelValue] = Field({}, max_length=MAXIMUM_LABELS)

    @property
    def build_only(self) -> bool:
        """True where nothing is to be run."""
        return self.script is None and self.indicator is None

    @property
    def script_url(self) -> str | None:
        """The address of the script where it is to be fetched, None where its text is here."""
        return self.script if self.script and self.script.startswith("https://") else None
