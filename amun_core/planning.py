"""Facts in, plan out: how an inspection is carried out. Pure: no clock, no I/O."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from amun_core import quantity
from amun_core.environment_key import environment_key, unpinned_origin
from amun_core.errors import AttemptFailedError, InvalidLockError
from amun_core.hardware import unmet
from amun_core.index_map import IndexMap
from amun_core.lock import Lock, lock_digest, select, stack_digest
from amun_core.lock_files import NoFittingFileError
from amun_core.locked_package import Origin
from amun_core.plan import (
    BuildPlan,
    HostFacts,
    ImageFacts,
    LockedRequirement,
    Plan,
    RunPlan,
)
from amun_core.specification import Specification
from amun_core.states import AttributedTo, FailureReason
from amun_core.wheel_tags import tags_of_base

EngineName = Literal["process", "container"]
Mode = Literal["host_environment", "image", "image_environment"]

#: Every run of every stack computes on the same data.
SEED = 0

#: Variables by which frameworks and their mathematics libraries take their number of threads.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",  # the only one that JAX on a CPU heeds
)

#: Amun installs by itself: these are not put beside the stack.
_INSTALLERS = frozenset({"pip", "pipenv", "micropipenv", "setuptools", "wheel"})


def make_plan(
    specification: Specification,
    lock: Lock | None,
    image: ImageFacts,
    host: HostFacts,
    *,
    engine: EngineName,
    engine_why: str,
    index_map: IndexMap,
    script_text: str | None,
    indicator_version: str | None,
    default_threads: int | None = None,
    build_variant: int = 0,
    host_origin: tuple[str, ...] = (),
) -> Plan:
    """The plan of an inspection. Raises AttemptFailedError for what cannot be carried out.

    `script_text` is the text behind the specification's script address, fetched by the caller; an
    inline script is taken from the specification. `host_origin` says where this host takes files
    from: it counts where a lock does not pin every file by its hash.
    """
    _check_lock_is_there(specification, lock)
    warnings = _check_python(lock, image)
    resources = _Resources.of(specification, host, default_threads)
    build = _build_plan(
        specification,
        lock,
        image,
        host,
        engine,
        engine_why,
        index_map,
        build_variant,
        warnings,
        host_origin,
    )
    run = _run_plan(specification, resources, script_text, indicator_version)
    return Plan(build=build, run=run, warnings=tuple(warnings))


def _check_lock_is_there(specification: Specification, lock: Lock | None) -> None:
    if lock is not None:
        return
    requirements = (specification.python and specification.python.requirements) or {}
    if requirements.get("packages"):
        raise AttemptFailedError(
            FailureReason.LOCK_MISSING, "the requirements are not locked: no lock was sent"
        )
    indicator = specification.indicator
    if specification.base is None and indicator and indicator.framework != "python":
        raise AttemptFailedError(
            FailureReason.LOCK_MISSING,
            f"indicator {indicator.name} needs {indicator.framework}, and there is neither a lock "
            "that would bring it nor a base image that could hold it",
        )


def _check_python(lock: Lock | None, image: ImageFacts) -> list[str]:
    """What to say about the Python version; raises where the lock excludes it."""
    if lock is None:
        return []
    found = image.python.version
    where = "this host" if image.reference is None else f"base {image.reference}"
    try:
        version = Version(found)
    except InvalidVersion:
        return [f"{where} has Python {found}, a version that cannot be compared"]
    if lock.requires_python and not SpecifierSet(lock.requires_python).contains(
        version, prereleases=True
    ):
        raise AttemptFailedError(
            FailureReason.PYTHON_NOT_FOUND
            if image.reference is None
            else FailureReason.BASE_IMAGE_UNSUITABLE,
            f"the lock requires Python {lock.requires_python}, {where} has {found}",
        )
    wanted = lock.python_version
    if wanted and Version(wanted).release != version.release[: len(Version(wanted).release)]:
        return [f"the lock was made for Python {wanted}, {where} has {found}"]
    return []


@dataclass(frozen=True, slots=True)
class _Resources:
    """CPUs, threads and memory of a run."""

    cpu: float | None
    cpu_set: tuple[int, ...]
    threads: int
    memory_bytes: int | None

    @classmethod
    def of(
        cls, specification: Specification, host: HostFacts, default_threads: int | None
    ) -> _Resources:
        """What the run gets. Raises HARDWARE_MISMATCH where this host cannot give it."""
        requests = specification.run.requests
        cpu = None if requests.cpu is None else quantity.cores(requests.cpu)
        memory = None if requests.memory is None else quantity.bytes_(requests.memory)
        missing = unmet(requests.hardware, host)
        count = len(host.cpu_set) if cpu is None else math.ceil(cpu)
        if count > len(host.cpu_set):
            had = len(host.cpu_set)
            missing.append(f"{requests.cpu} CPUs are asked for, this host has {had} to give")
        if memory is not None and memory > host.memory_bytes:
            missing.append(
                f"{requests.memory} of memory are asked for, this host has {host.memory_bytes} bytes"
            )
        if missing:
            raise AttemptFailedError(FailureReason.HARDWARE_MISMATCH, "; ".join(missing))
        cpu_set = host.cpu_set[:count]
        threads = len(cpu_set) if cpu is not None else default_threads or len(cpu_set)
        return cls(cpu, cpu_set, max(1, threads), memory)


def _build_plan(
    specification: Specification,
    lock: Lock | None,
    image: ImageFacts,
    host: HostFacts,
    engine: EngineName,
    engine_why: str,
    index_map: IndexMap,
    variant: int,
    warnings: list[str],
    host_origin: tuple[str, ...],
) -> BuildPlan:
    requirements = _requirements(lock, image)
    tools = _tool_packages(specification.python_packages)
    mode = _mode(specification, engine, tools)
    environment = _build_environment(specification)
    requests = specification.build.requests
    cpu = None if requests.cpu is None else quantity.cores(requests.cpu)
    if cpu is not None and cpu > host.cpu_count:
        # a build is not measured: it may take the CPUs that are there
        warnings.append(f"the build asks for {requests.cpu} CPUs, it gets {host.cpu_count}")
        cpu = float(host.cpu_count)
    memory = None if requests.memory is None else quantity.bytes_(requests.memory)
    if memory is not None and memory > host.memory_bytes:
        warnings.append(f"the build asks for {requests.memory} of memory, it gets what there is")
        memory = None
    stack = stack_digest(requirements)
    sources = tuple(map(index_map.source, lock.sources)) if lock else ()
    origin = lock.origin if lock else Origin()
    return BuildPlan(
        engine=engine,
        engine_why=engine_why,
        mode=mode,
        environment_key=environment_key(
            specification,
            image,
            mode,
            stack,
            requirements,
            tools,
            environment,
            variant,
            unpinned_origin(requirements, sources, origin, host_origin),
        ),
        variant=variant,
        base=image,
        stack_digest=stack,
        lock_digest=lock_digest(lock or Lock(())),
        requirements=requirements,
        sources=sources,
        main_source=origin.main,
        find_links=origin.find_links,
        no_index=origin.no_index,
        choices=origin.choices,
        native_packages=specification.packages,
        tool_packages=tools,
        update=specification.update,
        files=specification.files,
        environment=environment,
        cpu=cpu,
        memory_bytes=memory,
        timeout_seconds=specification.limits.build_seconds,
    )


def _requirements(lock: Lock | None, image: ImageFacts) -> tuple[LockedRequirement, ...]:
    if lock is None:
        return ()
    try:
        return select(lock, image.python.markers, tags_of_base(image))
    except InvalidLockError as error:
        # a lock for another platform says nothing about the stack
        no_file = isinstance(error, NoFittingFileError)
        raise AttemptFailedError(
            FailureReason.ARTIFACT_NOT_FOUND if no_file else FailureReason.RESOLUTION_FAILED,
            str(error),
            blame=AttributedTo.REQUEST,
        ) from None


def _tool_packages(python_packages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in python_packages if _tool_name(text) not in _INSTALLERS)


def _tool_name(text: str) -> str:
    try:
        return str(canonicalize_name(Requirement(text).name))
    except InvalidRequirement:
        return text


def _mode(specification: Specification, engine: EngineName, tools: tuple[str, ...]) -> Mode:
    if specification.base is None:
        asked = [
            name
            for name, value in (
                ("packages", specification.packages),
                ("update", specification.update),
                ("a file with an absolute path", _has_absolute_file(specification)),
            )
            if value
        ]
        if asked:
            raise AttemptFailedError(
                FailureReason.BASE_IMAGE_UNSUITABLE,
                f"{' and '.join(asked)} would change this host: a base image is needed",
            )
        return "host_environment"
    if engine == "process":
        raise AttemptFailedError(
            FailureReason.BASE_IMAGE_UNSUITABLE,
            f"base {specification.base} needs a container engine; engine process runs on this host",
        )
    if specification.packages or specification.update or specification.files or tools:
        return "image"
    return "image_environment"


def _has_absolute_file(specification: Specification) -> bool:
    return any(file.path.startswith("/") for file in specification.files)


def _build_environment(specification: Specification) -> tuple[tuple[str, str], ...]:
    # Thread counts change nothing in what is built: left out, they do not split environments.
    return tuple(
        sorted(
            (variable.name, variable.value)
            for variable in specification.environment
            if variable.name not in THREAD_VARIABLES
        )
    )


def _run_plan(
    specification: Specification,
    resources: _Resources,
    script_text: str | None,
    indicator_version: str | None,
) -> RunPlan:
    url = specification.script_url
    script = script_text if url is not None else specification.script
    if url is not None and script is None:
        raise AttemptFailedError(
            FailureReason.SCRIPT_NOT_FETCHED, "the text of the script was not fetched"
        )
    environment, threads = _run_environment(specification, resources.threads)
    return RunPlan(
        runs=0 if specification.build_only else specification.runs,
        precision=specification.precision,
        indicator=specification.indicator,
        indicator_version=indicator_version if specification.indicator else None,
        script=script,
        script_url=url,
        script_sha256=None if script is None else hashlib.sha256(script.encode()).hexdigest(),
        environment=environment,
        threads=threads,
        cpu=resources.cpu,
        cpu_set=resources.cpu_set,
        memory_bytes=resources.memory_bytes,
        hardware=specification.run.requests.hardware,
        limits=specification.limits,
        seed=SEED,
    )


def _run_environment(
    specification: Specification, threads: int
) -> tuple[tuple[tuple[str, str], ...], int]:
    """The run's variables and its number of threads; what the user set is left as it is."""
    variables = {variable.name: variable.value for variable in specification.environment}
    own = variables.get("OMP_NUM_THREADS", "")
    if own.isascii() and own.isdigit() and 0 < int(own[:9]) < 10**6:
        # OpenBLAS and MKL look at their own variable first: one wish must not be answered twice
        threads = int(own[:9])
    for name in THREAD_VARIABLES:
        variables.setdefault(name, str(threads))
    return tuple(sorted(variables.items())), threads
