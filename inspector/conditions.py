"""How this host is set up for one run: what an administrator can change between two of them.

The host's description is kept once for each host; what stands here is kept with each run, so that a
governor which was changed in between, or a new microcode after a restart, does not go unseen. Files of
the kernel only: it is read before every run.
"""

from __future__ import annotations

import functools
import os
import platform
from pathlib import Path
from typing import Any

from inspector import host_files


def conditions(root: Path = Path("/")) -> dict[str, Any]:
    """The settings of the host now; what it does not tell is left out."""
    cpu, kernel = root / "sys/devices/system/cpu", root / "proc/sys/kernel"
    pages = root / "sys/kernel/mm/transparent_hugepage"
    found = {
        "governor": host_files.text(cpu / "cpu0/cpufreq/scaling_governor"),
        "frequency_driver": host_files.text(cpu / "cpu0/cpufreq/scaling_driver"),
        "turbo": host_files.turbo(root),
        "smt": _flag(host_files.text(cpu / "smt/active")),
        "microcode": _first_processor(root).get("microcode"),
        "hypervisor": _hypervisor(root),
        "transparent_huge_pages": host_files.chosen(host_files.text(pages / "enabled")),
        "huge_page_defragmentation": host_files.chosen(host_files.text(pages / "defrag")),
        "numa_nodes": len(host_files.numa_nodes(root)) or None,
        "numa_balancing": _flag(host_files.text(kernel / "numa_balancing")),
        "address_space_randomised": _flag(host_files.text(kernel / "randomize_va_space")),
        "cpu_quota": host_files.cpu_quota(root),
        "available_memory_bytes": _available_memory(root),
        "kernel": platform.release(),
        "boot_time": _boot_time(root),
        "usable_cpus": len(os.sched_getaffinity(0)),
    }
    return {key: value for key, value in found.items() if value not in {None, ""}}


def _first_processor(root: Path) -> dict[str, str]:
    tables = host_files.processors(root)
    return tables[0] if tables else {}


@functools.lru_cache(maxsize=8)
def _hypervisor(root: Path) -> str:
    """What the machine is a guest of: by its maker's name, "yes" where only the CPU says so."""
    if "hypervisor" not in _first_processor(root).get("flags", "").split():
        return ""
    return host_files.text(root / "sys/class/dmi/id/sys_vendor") or "yes"


def _flag(text: str) -> bool | None:
    return int(text) != 0 if text.isdecimal() else None


def _available_memory(root: Path) -> int | None:
    for line in host_files.text(root / "proc/meminfo").splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return None


def _boot_time(root: Path) -> int | None:
    for line in host_files.text(root / "proc/stat").splitlines():
        name, _, rest = line.partition(" ")
        if name == "btime" and rest.isdecimal():
            return int(rest)
    return None
