"""Hardware: what a host was seen to have, and whether it meets what a request asks for."""

from __future__ import annotations

from pydantic import Field

from amun_core.plan import HostFacts
from amun_core.specification import FrozenModel, HardwareRequest

HOST_SCHEMA = "amun.host/1"


class CacheDescription(FrozenModel):
    """Sizes of the processor's caches in bytes, as one core sees them; None: not told."""

    l1_data_bytes: int | None = Field(None, ge=0, description="level 1 data cache, bytes")
    l1_instruction_bytes: int | None = Field(
        None, ge=0, description="level 1 instruction cache, bytes"
    )
    l2_bytes: int | None = Field(None, ge=0, description="level 2 cache, bytes")
    l3_bytes: int | None = Field(None, ge=0, description="level 3 cache, bytes")


class NumaNode(FrozenModel):
    """One memory node and the CPUs that are near to it."""

    number: int = Field(ge=0, description="number of the node")
    cpus: tuple[int, ...] = Field((), description="logical CPUs of the node")
    memory_bytes: int | None = Field(None, ge=0, description="memory of the node, bytes")


class AcceleratorDescription(FrozenModel):
    """A GPU or another accelerator."""

    kind: str = Field(description='what it is, "gpu"')
    name: str = Field("", description="name that the maker gave it")
    driver_version: str = Field("", description="version of its driver")
    runtime_version: str = Field("", description="version of its run-time library (CUDA, ROCm)")
    memory_bytes: int | None = Field(None, ge=0, description="its own memory, bytes")


class HostDescription(FrozenModel):
    """What a host was seen to be. Every field that a host does not tell stays empty or None.

    Nothing in here changes from second to second (load and current frequency belong to a run), so
    that equal descriptions mean equal measuring conditions as far as a host can tell.
    """

    schema_version: str = HOST_SCHEMA
    host_id: str = Field(description="stable identity of the host")
    hostname: str = Field("", description="name of the host")

    architecture: str = Field("", description='machine architecture, "x86_64"')
    cpu_vendor: str = Field("", description='maker of the processor, "GenuineIntel"')
    cpu_brand: str = Field("", description="brand text of the processor")
    cpu_family: int | None = Field(None, description="CPU family as in /proc/cpuinfo")
    cpu_model: int | None = Field(None, description="CPU model as in /proc/cpuinfo")
    cpu_stepping: int | None = Field(None, description="CPU stepping as in /proc/cpuinfo")
    microcode: str = Field("", description="revision of the microcode that is loaded")
    cpu_flags: tuple[str, ...] = Field((), description="features of the CPU, sorted")
    cpu_maximum_hz: int | None = Field(None, ge=0, description="highest frequency told, Hz")
    physical_cpus: int | None = Field(None, ge=1, description="physical cores")
    logical_cpus: int = Field(ge=1, description="logical CPUs of the host")
    cpu_set: tuple[int, ...] = Field((), description="logical CPUs that the service may use")
    cpu_quota: float | None = Field(
        None, gt=0, description="cores that the control group allows; None: no quota"
    )
    cpu_sockets: int | None = Field(None, ge=1, description="processor packages")
    smt: bool | None = Field(None, description="whether simultaneous multithreading is on")
    governor: str = Field("", description='frequency governor of the CPUs, "performance"')
    frequency_driver: str = Field("", description='frequency driver, "intel_pstate"')
    turbo: bool | None = Field(None, description="whether the CPU may exceed its base frequency")
    mitigations: dict[str, str] = Field(
        {}, description="CPU vulnerability -> what the kernel does about it"
    )
    isolated_cpus: tuple[int, ...] = Field((), description="CPUs kept free of other work")
    caches: CacheDescription = CacheDescription()
    numa_nodes: tuple[NumaNode, ...] = Field((), description="memory nodes")
    accelerators: tuple[AcceleratorDescription, ...] = Field((), description="GPUs and the like")

    memory_bytes: int = Field(ge=1, description="memory of the host, bytes")
    memory_limit_bytes: int | None = Field(
        None, ge=0, description="memory that the control group allows, bytes; None: no limit"
    )
    swap_bytes: int | None = Field(None, ge=0, description="swap space, bytes")
    transparent_huge_pages: str = Field("", description='"always", "madvise" or "never"')
    address_space_randomised: bool | None = Field(
        None, description="whether the kernel randomises addresses"
    )

    virtualisation: str = Field(
        "", description='what the host itself runs in: "none", "kvm", "docker"; empty: not known'
    )
    kernel: str = Field("", description="release of the kernel")
    operating_system: str = Field("", description="name of the operating system for people")
    operating_system_id: str = Field("", description='ID of /etc/os-release, "debian"')
    operating_system_version: str = Field("", description="VERSION_ID of /etc/os-release")
    libc: str = Field("", description='C library and version, "glibc 2.36"')
    python_version: str = Field("", description="Python that the service itself runs on")
    clock_source: str = Field("", description='clock of the kernel, "tsc"')


def unmet(request: HardwareRequest | None, host: HostFacts) -> list[str]:
    """Each demand of `request` that `host` does not meet, as a sentence; [] if it meets all."""
    if request is None:
        return []
    sentences = [
        f"{label} {wanted} is asked for, this host has "
        f"{'not told its own' if found is None else found}"
        for label, wanted, found in (
            ("CPU family", request.cpu_family, host.cpu_family),
            ("CPU model", request.cpu_model, host.cpu_model),
        )
        if wanted is not None and wanted != found
    ]
    if request.processor and request.processor.casefold() not in host.processor.casefold():
        sentences.append(
            f"processor {request.processor!r} is asked for, this host has {host.processor!r}"
        )
    found_cpus = host.physical_cpus
    if request.physical_cpus and (found_cpus is None or found_cpus < request.physical_cpus):
        had = "not told its own" if found_cpus is None else str(found_cpus)
        sentences.append(
            f"{request.physical_cpus} physical CPUs are asked for, this host has {had}"
        )
    return sentences
