"""How an inspection is carried out: facts in, frozen plans out.

Planning is pure: (Specification, Lock, ImageFacts, HostFacts, settings) -> Plan, no clock, no I/O.
The plan is stored with the inspection, so every result says exactly how it was made.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from amun_core.specification import (
    File,
    FrozenModel,
    HardwareRequest,
    IndicatorRequest,
    Limits,
    Precision,
)

PLAN_SCHEMA = "amun.plan/1"


class PythonFacts(FrozenModel):
    """The interpreter that a base offers, as it describes itself."""

    executable: str
    version: str = Field(description='full version, "3.11.2"')
    implementation: str
    platform: str = Field(description='sysconfig.get_platform(), "linux-x86_64"')
    markers: dict[str, str] = Field(description="PEP 508 marker environment")
    prefix: str = ""


class OperatingSystemFacts(FrozenModel):
    """/etc/os-release of a base: id, version_id and name are what older tools read."""

    id: str = ""
    version_id: str = ""
    name: str = ""
    package_tool: Literal["apt", "dnf", "microdnf", "yum", "apk", "zypper"] | None = None


class ImageFacts(FrozenModel):
    """What an engine found out about a base before planning. `reference` is None for this host."""

    reference: str | None
    digest: str = Field(description="image digest or image id; for this host the host identity")
    operating_system: OperatingSystemFacts
    python: PythonFacts
    libc: str = ""
    architecture: str = ""


class HostFacts(FrozenModel):
    """What planning needs to know of the host (the full record is HostDescription)."""

    host_id: str
    hostname: str
    cpu_count: int = Field(ge=1, description="logical CPUs that this process may use")
    cpu_set: tuple[int, ...] = Field(description="their numbers")
    memory_bytes: int = Field(ge=1)
    cpu_family: int | None = None
    cpu_model: int | None = None
    processor: str = ""
    physical_cpus: int | None = None


class FileAddress(FrozenModel):
    """Where a lock says that the file lies which is installed; the hashes say what it contains."""

    kind: Literal["wheel", "sdist", "archive"]
    name: str = Field(description="file name")
    url: str
    hashes: tuple[str, ...] = ()
    size: int | None = Field(None, description="bytes")
    subdirectory: str | None = Field(None, description="folder of an archive that is built")


class LockedRequirement(FrozenModel):
    """One line of what is installed: canonical name, version, allowed hashes ("sha256:...")."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    url: str | None = Field(None, description="direct address, where the lock names one")
    index: str | None = Field(
        None, description="name of the source that the lock binds the package to"
    )
    file: FileAddress | None = Field(
        None, description="the file that is installed, where the lock says where it lies"
    )


class IndexSource(FrozenModel):
    """A package index. The address may carry credentials: shown only redacted."""

    name: str
    url: str = Field(description="address; in a plan, empty: the index of pip's configuration")
    verify_ssl: bool = True


class LinkSource(IndexSource):
    """A page that lists files of any project, which --find-links names. It is in no plan."""


class BuildPlan(FrozenModel):
    """How the run-time environment is made."""

    engine: Literal["process", "container"]
    engine_why: str = Field(description="why this engine was taken, for people")
    mode: Literal["host_environment", "image", "image_environment"] = Field(
        description="host_environment: an environment of this host's Python; image: a generated "
        "Dockerfile; image_environment: an environment made inside the base image, mounted later"
    )
    environment_key: str = Field(description="content address: equal keys, equal environments")
    variant: int = Field(
        0, ge=0, description="equal plans of different variants are built apart, never shared"
    )
    base: ImageFacts
    stack_digest: str
    lock_digest: str
    requirements: tuple[LockedRequirement, ...]
    sources: tuple[IndexSource, ...] = ()
    main_source: str | None = Field(
        None, description="name of the source that takes the place of the host's main index"
    )
    find_links: tuple[str, ...] = Field((), description="pages of files that the lock names")
    no_index: bool = Field(False, description="the lock takes nothing from any index")
    choices: tuple[str, ...] = Field(
        (), description="which files the lock takes: --no-binary NAME, --only-binary NAME"
    )
    native_packages: tuple[str, ...] = ()
    tool_packages: tuple[str, ...] = Field(
        (), description="python_packages: put beside the stack, never into it"
    )
    update: bool = False
    files: tuple[File, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    cpu: float | None = Field(None, description="cores")
    memory_bytes: int | None = None
    timeout_seconds: int = 1800


class RunPlan(FrozenModel):
    """How each run is made. One run = one fresh process or container."""

    runs: int = Field(ge=0, description="number of runs; with precision the fewest")
    precision: Precision | None = Field(None, description="runs are added until it is reached")
    indicator: IndicatorRequest | None = None
    indicator_version: str | None = None
    script: str | None = Field(None, description="script text, fetched if it was an address")
    script_url: str | None = None
    script_sha256: str | None = None
    environment: tuple[tuple[str, str], ...] = Field(
        (), description="user's variables and the thread counts, as the run sees them"
    )
    threads: int = Field(ge=1, description="OMP/OpenBLAS/MKL thread count set for the run")
    cpu: float | None = Field(None, description="cores; CPU quota of the run")
    cpu_set: tuple[int, ...]
    memory_bytes: int | None = None
    hardware: HardwareRequest | None = None
    limits: Limits
    seed: int = Field(ge=0, description="seed of the input data; the same for every run")
    network: Literal["none"] = "none"


class Plan(FrozenModel):
    """The whole plan of an inspection, as stored and shown."""

    schema_version: str = PLAN_SCHEMA
    build: BuildPlan
    run: RunPlan
    warnings: tuple[str, ...] = Field(
        (), description="what differs from the request without being refused, for people"
    )
