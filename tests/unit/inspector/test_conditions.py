from __future__ import annotations

from pathlib import Path

from amun_core.metadata import check_facts
from inspector.conditions import conditions

FILES = {
    "proc/cpuinfo": "processor\t: 0\nmicrocode\t: 0x2b\nflags\t\t: fpu hypervisor avx\n",
    "proc/meminfo": "MemTotal: 100 kB\nMemAvailable: 64 kB\n",
    "proc/stat": "cpu 1 2 3\nbtime 1795527678\n",
    "proc/sys/kernel/numa_balancing": "1\n",
    "proc/sys/kernel/randomize_va_space": "2\n",
    "sys/class/dmi/id/sys_vendor": "Imagined Clouds\n",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
    "sys/devices/system/cpu/cpufreq/boost": "0\n",
    "sys/devices/system/cpu/smt/active": "1\n",
    "sys/devices/system/node/node0/cpulist": "0-1\n",
    "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
}


def test_what_can_be_changed_between_two_runs_is_told(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    found = conditions(tmp_path)
    assert (
        found.items()
        >= {
            "governor": "performance",
            "turbo": False,
            "smt": True,
            "microcode": "0x2b",
            "hypervisor": "Imagined Clouds",
            "transparent_huge_pages": "madvise",
            "numa_nodes": 1,
            "numa_balancing": True,
            "address_space_randomised": True,
            "available_memory_bytes": 64 * 1024,
            "boot_time": 1795527678,
        }.items()
    )
    assert "frequency_driver" not in found
    assert check_facts({"conditions": found}) == ()


def test_a_host_that_tells_nothing(tmp_path: Path) -> None:
    assert set(conditions(tmp_path)) == {"kernel", "usable_cpus"}


def test_this_host_tells_its_kernel_and_memory() -> None:
    found = conditions()
    assert found["available_memory_bytes"] > 0
    assert found["kernel"]
