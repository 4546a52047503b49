"""A recorded host is read as the kernel wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from amun_core.hardware import CacheDescription, NumaNode
from inspector import host_files

CPUINFO = """\
processor\t: {number}
vendor_id\t: GenuineIntel
model name\t: Example Processor
physical id\t: {socket}
core id\t\t: {core}
flags\t\t: fpu sse

"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    def put(name: str, content: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")

    # two sockets of two cores of two threads
    rows = [(number, number // 4, number % 4 // 2) for number in range(8)]
    put("proc/cpuinfo", "".join(CPUINFO.format(number=n, socket=s, core=c) for n, s, c in rows))
    put("proc/meminfo", "MemTotal:       16000000 kB\nMemFree:  1 kB")
    cache = "sys/devices/system/cpu/cpu0/cache"
    for index, (level, kind, size) in enumerate(
        [
            ("1", "Data", "32K"),
            ("1", "Instruction", "64K"),
            ("2", "Unified", "1M"),
            ("3", "Unified", "32M"),
            ("4", "Unified", "1G"),
        ]
    ):
        put(f"{cache}/index{index}/level", level)
        put(f"{cache}/index{index}/type", kind)
        put(f"{cache}/index{index}/size", size)
    for node in (1, 0):
        put(f"sys/devices/system/node/node{node}/cpulist", f"{node * 4}-{node * 4 + 3}")
        put(f"sys/devices/system/node/node{node}/meminfo", f"Node {node} MemTotal:  8000000 kB")
    put("sys/devices/system/cpu/vulnerabilities/l1tf", "Not affected")
    return tmp_path


def test_processors_cores_and_sockets(root: Path) -> None:
    assert len(host_files.processors(root)) == 8
    assert host_files.physical_cpus(root) == 4
    assert host_files.sockets(root) == 2
    assert host_files.processors(root)[0]["model name"] == "Example Processor"


def test_memory_caches_and_nodes(root: Path) -> None:
    assert host_files.memory_total(root) == 16_384_000_000
    assert host_files.caches(root) == CacheDescription(
        l1_data_bytes=32768,
        l1_instruction_bytes=65536,
        l2_bytes=1024**2,
        l3_bytes=32 * 1024**2,
    )
    assert host_files.numa_nodes(root) == (
        NumaNode(number=0, cpus=(0, 1, 2, 3), memory_bytes=8_192_000_000),
        NumaNode(number=1, cpus=(4, 5, 6, 7), memory_bytes=8_192_000_000),
    )
    assert host_files.mitigations(root) == {"l1tf": "Not affected"}


def test_host_that_tells_nothing(tmp_path: Path) -> None:
    assert host_files.processors(tmp_path) == ()
    assert host_files.physical_cpus(tmp_path) is None
    assert host_files.sockets(tmp_path) is None
    assert host_files.caches(tmp_path) == CacheDescription()
    assert host_files.turbo(tmp_path) is None
    assert host_files.cpu_quota(tmp_path) is None
    assert host_files.memory_limit(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("sys/devices/system/cpu/intel_pstate/no_turbo", "1", False),
        ("sys/devices/system/cpu/intel_pstate/no_turbo", "0", True),
        ("sys/devices/system/cpu/cpufreq/boost", "1", True),
        ("sys/devices/system/cpu/cpufreq/boost", "0", False),
    ],
)
def test_turbo(root: Path, name: str, content: str, expected: bool) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(content)
    assert host_files.turbo(root) is expected


class TestControlGroups:
    def put(self, root: Path, name: str, content: str) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")

    def test_second_version_takes_the_tightest_on_the_way_up(self, root: Path) -> None:
        self.put(root, "proc/self/cgroup", "0::/outer/inner")
        self.put(root, "sys/fs/cgroup/outer/inner/cpu.max", "max 100000")
        self.put(root, "sys/fs/cgroup/outer/cpu.max", "150000 100000")
        self.put(root, "sys/fs/cgroup/outer/inner/memory.max", "2147483648")
        self.put(root, "sys/fs/cgroup/outer/memory.max", "1073741824")
        assert host_files.cpu_quota(root) == 1.5
        assert host_files.memory_limit(root) == 1073741824

    def test_first_version(self, root: Path) -> None:
        self.put(root, "proc/self/cgroup", "4:memory:/box\n1:cpu:/box\n0::/")
        self.put(root, "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "50000")
        self.put(root, "sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000")
        self.put(root, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
        self.put(root, "sys/fs/cgroup/memory/box/memory.limit_in_bytes", "536870912")
        self.put(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
        assert host_files.cpu_quota(root) == 0.5
        assert host_files.memory_limit(root) == 536870912


@pytest.mark.parametrize(
    ("content", "expected"),
    [("", ()), ("0", (0,)), ("0-2,5", (0, 1, 2, 5)), ("3,7-8", (3, 7, 8))],
)
def test_cpu_list(content: str, expected: tuple[int, ...]) -> None:
    assert host_files.cpu_list(content) == expected


def test_chosen_word() -> None:
    assert host_files.chosen("always [madvise] never") == "madvise"
    assert host_files.chosen("") == ""
