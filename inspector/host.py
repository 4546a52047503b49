"""The host at hand: its stable identity, its facts for planning, its description for the graph.

Three readers with three costs: `host_facts` reads a few files (every claim may ask), and
`describe_host` and `hardware_info` ask py-cpuinfo, which takes a second: its answer is kept for the
life of the process and, below the home folder, until the next boot.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cpuinfo
import platformdirs
import psutil

from amun_core.hardware import AcceleratorDescription, HostDescription
from amun_core.identity import digest
from amun_core.plan import HostFacts, ImageFacts
from inspector import host_files
from inspector.interpreters import find_interpreter, interpreter_facts, operating_system_facts

_ROOT = Path("/")
_CPU = Path("/sys/devices/system/cpu")

#: Fields of py-cpuinfo that the published hardware document shows as features.
_FEATURE_FIELDS = (
    *("flags", "hz_actual", "hz_actual_raw", "hz_advertised", "hz_advertised_raw"),
    *("l1_data_cache_size", "l1_instruction_cache_size", "l2_cache_size", "l3_cache_size"),
)

#: (what `systemd-detect-virt` would say, the file that a container engine leaves in containers)
_CONTAINER_MARKS = (("docker", Path("/.dockerenv")), ("podman", Path("/run/.containerenv")))


def installation_id(home: Path) -> str:
    """Random identity of this installation, made once and kept in HOME/installation-id."""
    return _kept_random(home / "installation-id")


def host_id(home: Path | None = None) -> str:
    """Stable identity of this host: the same after a restart, another on other hardware."""
    return _host_id(home or _default_home())


def host_facts(home: Path | None = None) -> HostFacts:
    """What planning needs to know of this host."""
    first = _first_processor()
    cpu_set = tuple(sorted(os.sched_getaffinity(0)))
    limit = host_files.memory_limit()
    total = host_files.memory_total()
    return HostFacts(
        host_id=host_id(home),
        hostname=platform.node(),
        cpu_count=len(cpu_set),
        cpu_set=cpu_set,
        memory_bytes=min(total, limit) if limit else total,
        cpu_family=_number(first.get("cpu family")),
        cpu_model=_number(first.get("model")),
        processor=_brand(first),
        physical_cpus=host_files.physical_cpus(),
    )


def host_image_facts(python_version: str | None, home: Path | None = None) -> ImageFacts:
    """The host as a base: equal for every engine, so that their environments are shared."""
    executable = find_interpreter(python_version)
    python, libc, machine = interpreter_facts(executable)
    return ImageFacts(
        reference=None,
        digest=host_id(home),
        operating_system=operating_system_facts(),
        python=python,
        libc=libc,
        architecture=machine,
    )


def describe_host(home: Path | None = None) -> HostDescription:
    """Everything about this host that may explain a difference in speed."""
    facts, first = host_facts(home), _first_processor()
    known = _processor_information(home or _default_home())
    release = operating_system_facts()
    minimum = host_files.integer(_CPU / "cpu0/cpufreq/cpuinfo_max_freq")
    randomised = host_files.integer(Path("/proc/sys/kernel/randomize_va_space"))
    smt = host_files.integer(_CPU / "smt/active")
    return HostDescription(
        host_id=facts.host_id,
        hostname=facts.hostname,
        architecture=platform.machine(),
        cpu_vendor=first.get("vendor_id") or str(known.get("vendor_id_raw", "")),
        cpu_brand=facts.processor or str(known.get("brand_raw", "")),
        cpu_family=facts.cpu_family,
        cpu_model=facts.cpu_model,
        cpu_stepping=_number(first.get("stepping")),
        microcode=first.get("microcode", ""),
        cpu_flags=tuple(sorted(known.get("flags") or first.get("flags", "").split())),
        cpu_maximum_hz=minimum * 1000 if minimum else None,
        physical_cpus=facts.physical_cpus,
        logical_cpus=psutil.cpu_count(logical=True) or facts.cpu_count,
        cpu_set=facts.cpu_set,
        cpu_quota=host_files.cpu_quota(),
        cpu_sockets=host_files.sockets(),
        smt=None if smt is None else smt == 1,
        governor=host_files.text(_CPU / "cpu0/cpufreq/scaling_governor"),
        frequency_driver=host_files.text(_CPU / "cpu0/cpufreq/scaling_driver"),
        turbo=host_files.turbo(),
        mitigations=host_files.mitigations(),
        isolated_cpus=host_files.cpu_list(host_files.text(_CPU / "isolated")),
        caches=host_files.caches(),
        numa_nodes=host_files.numa_nodes(),
        accelerators=_accelerators(),
        memory_bytes=host_files.memory_total(),
        memory_limit_bytes=host_files.memory_limit(),
        swap_bytes=psutil.swap_memory().total,
        transparent_huge_pages=host_files.chosen(
            host_files.text(Path("/sys/kernel/mm/transparent_hugepage/enabled"))
        ),
        address_space_randomised=None if randomised is None else randomised != 0,
        virtualisation=_virtualisation(),
        kernel=platform.release(),
        operating_system=release.name,
        operating_system_id=release.id,
        operating_system_version=release.version_id,
        libc=" ".join(platform.libc_ver()).strip(),
        python_version=platform.python_version(),
        clock_source=host_files.text(
            Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        ),
    )


def hardware_info(home: Path | None = None) -> dict[str, Any]:
    """The hardware document that result documents have carried since the prior system."""
    known = _processor_information(home or _default_home())
    return {
        "cpu_features": {name: known.get(name) for name in _FEATURE_FIELDS},
        "cpu_info": {key: value for key, value in known.items() if key not in _FEATURE_FIELDS},
        "cpu_type": _cpu_type(known),
        "platform": {
            "architecture": list(platform.architecture()),
            "machine": platform.machine(),
            "node": platform.node(),
            "platform": platform.platform(),
            "processor": platform.processor(),
            "release": platform.release(),
            "version": platform.version(),
        },
    }


def host_identity(machine: str, first: Mapping[str, str], logical: int) -> str:
    """The identity of a host from what does not change while it runs.

    Neither the present frequency is in it nor the memory, which virtual machines gain and lose.
    """
    names = ("vendor_id", "cpu family", "model", "stepping", "model name", "CPU part")
    cpu = {name: first[name] for name in names if name in first}
    return digest("host", {"machine": machine, "cpu": cpu, "logical_cpus": logical})


@functools.lru_cache(maxsize=8)
def _host_id(home: Path) -> str:
    # a file of one's own comes first: virtual machines cloned from one image share their id
    machine = host_files.text(home / "host-id") or host_files.text(Path("/etc/machine-id"))
    if len(machine) < 32:  # absent, or "uninitialized" as in many images
        machine = _kept_random(home / "host-id")
    logical = os.cpu_count() or 1
    return host_identity(machine, _first_processor(), logical)


def _kept_random(path: Path) -> str:
    """A random identity kept in a file; of two processes that make it at once, one wins."""
    kept = host_files.text(path)
    if kept:
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_text(secrets.token_hex(16) + "\n", encoding="utf-8")
    try:
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
    return host_files.text(path)


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("amun", appauthor=False))


def _first_processor() -> dict[str, str]:
    tables = host_files.processors(_ROOT)
    return tables[0] if tables else {}


def _brand(first: Mapping[str, str]) -> str:
    return first.get("model name") or first.get("Processor") or platform.processor()


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() else None


@functools.lru_cache(maxsize=8)
def _processor_information(home: Path) -> dict[str, Any]:
    """What py-cpuinfo says, from this boot's cache where there is one."""
    boot = host_files.text(Path("/proc/sys/kernel/random/boot_id"))
    # a home may be shared by hosts, and be used by another Python after an upgrade
    stamp = {"boot": boot, "host": _host_id(home), "python": sys.version}
    cache = home / "cache" / "processor.json"
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(cache.read_text(encoding="utf-8"))
        if isinstance(kept, dict) and kept.get("stamp") == stamp:
            information: dict[str, Any] = kept["information"]
            return information
    try:
        information = dict(cpuinfo.get_cpu_info())  # type: ignore[no-untyped-call]
    except Exception:  # the library refuses processors that it does not know
        return {}
    with contextlib.suppress(OSError):  # a full disk costs a second, no more
        cache.parent.mkdir(parents=True, exist_ok=True)
        temporary = cache.with_suffix(f".{secrets.token_hex(4)}")
        temporary.write_text(json.dumps({"stamp": stamp, "information": information}))
        temporary.replace(cache)
    return information


def _cpu_type(known: Mapping[str, Any]) -> dict[str, Any]:
    flags = set(known.get("flags") or ())
    vendor, brand = str(known.get("vendor_id_raw", "")), str(known.get("brand_raw", ""))
    bits, count = known.get("bits"), known.get("count")
    has = {f"has_{name}": name in flags for name in ("3dnow", "3dnowext", "mmx", "sse", "sse2")}
    return {
        **has,
        "has_sse3": bool(flags & {"sse3", "pni"}),
        "has_ssse3": "ssse3" in flags,
        "is_32bit": bits == 32,
        "is_64bit": bits == 64,
        "is_AMD": vendor == "AuthenticAMD",
        "is_Intel": vendor == "GenuineIntel",
        "is_XEON": "xeon" in brand.lower(),
        "is_Xeon": "xeon" in brand.lower(),
        "is_i686": vendor in {"AuthenticAMD", "GenuineIntel"} and known.get("family") == 6,
        "is_singleCPU": count == 1,
        "nbits": str(bits or ""),
        "ncpus": count or 0,
    }


def _virtualisation() -> str:
    for name, mark in _CONTAINER_MARKS:
        if mark.exists():
            return name
    program = shutil.which("systemd-detect-virt")
    if program:
        answer = subprocess.run([program], capture_output=True, text=True, check=False, timeout=10)
        return answer.stdout.strip()
    if "hypervisor" in _first_processor().get("flags", "").split():
        return host_files.text(Path("/sys/class/dmi/id/product_name")).lower() or "vm"
    return ""


def _accelerators() -> tuple[AcceleratorDescription, ...]:
    """GPUs that the maker's own tool lists."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            [program, *query], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(
        AcceleratorDescription(
            kind="gpu",
            name=row[0],
            driver_version=row[1],
            memory_bytes=int(row[2]) * 1024**2 if row[2].isdecimal() else None,
        )
        for row in csv.reader(answer.stdout.splitlines(), skipinitialspace=True)
        if len(row) == 3
    )
