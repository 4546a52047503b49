"""What the kernel says about a host, read from its files; what is not there stays empty.

Every function takes the root below which /proc and /sys lie, so that recorded hosts can be read.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

from amun_core.hardware import CacheDescription, NumaNode

#: A cgroup v1 memory limit from here on means: no limit.
_NO_LIMIT_BYTES = 1 << 60

_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def text(path: Path) -> str:
    """The stripped content of a small file, "" if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\n\0 ")
    except OSError:
        return ""


def integer(path: Path) -> int | None:
    """The number in a small file."""
    content = text(path)
    return int(content) if re.fullmatch(r"-?\d+", content) else None


def cpu_list(content: str) -> tuple[int, ...]:
    """Numbers of a kernel list like "0-3,8"."""
    numbers: list[int] = []
    for part in filter(None, content.split(",")):
        first, _, last = part.partition("-")
        if first.strip().isdecimal():
            numbers += range(int(first), int(last or first) + 1)
    return tuple(numbers)


@functools.lru_cache(maxsize=8)
def processors(root: Path = Path("/")) -> tuple[dict[str, str], ...]:
    """/proc/cpuinfo: one table for each logical CPU that it lists."""
    tables: list[dict[str, str]] = []
    for block in text(root / "proc/cpuinfo").split("\n\n"):
        pairs = (line.partition(":") for line in block.splitlines())
        table = {key.strip(): value.strip() for key, _, value in pairs if key.strip()}
        if "processor" in table:
            tables.append(table)
    return tuple(tables)


def memory_total(root: Path = Path("/")) -> int:
    """Memory of the host, bytes."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", text(root / "proc/meminfo"), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 1


def physical_cpus(root: Path = Path("/")) -> int | None:
    """Physical cores, counted over all sockets; None where the kernel does not say."""
    cores = {
        (table.get("physical id"), table["core id"])
        for table in processors(root)
        if "core id" in table
    }
    return len(cores) or None


def sockets(root: Path = Path("/")) -> int | None:
    """Processor packages."""
    return len({t["physical id"] for t in processors(root) if "physical id" in t}) or None


def caches(root: Path = Path("/")) -> CacheDescription:
    """Cache sizes as the first CPU sees them."""
    sizes: dict[str, int] = {}
    for index in sorted((root / "sys/devices/system/cpu/cpu0/cache").glob("index*")):
        size = re.fullmatch(r"(\d+)([KMG]?)", text(index / "size"))
        if size:
            level, kind = text(index / "level"), text(index / "type")
            name = {"1Data": "l1_data", "1Instruction": "l1_instruction"}.get(level + kind)
            sizes[f"{name or 'l' + level}_bytes"] = int(size.group(1)) * _UNITS[size.group(2)]
    known = {key: value for key, value in sizes.items() if key in CacheDescription.model_fields}
    return CacheDescription.model_validate(known)


def numa_nodes(root: Path = Path("/")) -> tuple[NumaNode, ...]:
    """Memory nodes with their CPUs."""
    nodes = []
    for folder in (root / "sys/devices/system/node").glob("node[0-9]*"):
        total = re.search(r"MemTotal:\s+(\d+) kB", text(folder / "meminfo"))
        nodes.append(
            NumaNode(
                number=int(folder.name.removeprefix("node")),
                cpus=cpu_list(text(folder / "cpulist")),
                memory_bytes=int(total.group(1)) * 1024 if total else None,
            )
        )
    return tuple(sorted(nodes, key=lambda node: node.number))


def turbo(root: Path = Path("/")) -> bool | None:
    """Whether the CPU may exceed its base frequency; None where the kernel does not say."""
    none = integer(root / "sys/devices/system/cpu/intel_pstate/no_turbo")
    if none is not None:
        return none == 0
    boost = integer(root / "sys/devices/system/cpu/cpufreq/boost")
    return None if boost is None else boost == 1


def mitigations(root: Path = Path("/")) -> dict[str, str]:
    """CPU vulnerability -> what the kernel does about it."""
    folder = root / "sys/devices/system/cpu/vulnerabilities"
    return {path.name: text(path) for path in sorted(folder.glob("*"))}


def chosen(content: str) -> str:
    """The word in brackets of "always [madvise] never"."""
    found = re.search(r"\[(\w+)\]", content)
    return found.group(1) if found else ""


def cpu_quota(root: Path = Path("/")) -> float | None:
    """Cores that the control groups of this process allow; None: no quota."""
    quotas: list[float] = []
    for folder in _groups(root, "cpu"):
        limit, _, period = text(folder / "cpu.max").partition(" ")
        if limit.isdecimal() and period.isdecimal():
            quotas.append(int(limit) / int(period))
        old, each = integer(folder / "cpu.cfs_quota_us"), integer(folder / "cpu.cfs_period_us")
        if old is not None and old > 0 and each:
            quotas.append(old / each)
    return min(quotas, default=None)


def memory_limit(root: Path = Path("/")) -> int | None:
    """Bytes that the control groups of this process allow; None: no limit."""
    limits: Iterable[int | None] = (
        value
        for folder in _groups(root, "memory")
        for value in (integer(folder / "memory.max"), integer(folder / "memory.limit_in_bytes"))
    )
    return min((one for one in limits if one and one < _NO_LIMIT_BYTES), default=None)


def _groups(root: Path, controller: str) -> list[Path]:
    """Folders of the control groups that hold this process, from its own up to the mount."""
    folders: list[Path] = []
    for line in text(root / "proc/self/cgroup").splitlines():
        _, controllers, name = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        mount = root / "sys/fs/cgroup" / controllers if controllers else root / "sys/fs/cgroup"
        # inside a container the name is the host's: then only the mount itself is there
        folder = mount / name.lstrip("/")
        while folder != mount:
            folders.append(folder)
            folder = folder.parent
        folders.append(mount)
    return folders
