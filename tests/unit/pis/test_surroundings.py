"""The surroundings are read from the files of a kernel, whatever is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pis import surroundings


def write(root: Path, files: dict[str, str]) -> str:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return str(root)


def test_everything_is_read(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/uptime": "2361.92 1718.59\n",
            "proc/loadavg": "0.50 0.25 0.10 1/200 4242\n",
            "proc/stat": "cpu  10 1 5 900 2 0 3 7 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n",
            "proc/self/cgroup": "0::/user.slice/run\n",
            "sys/fs/cgroup/user.slice/run/cpu.stat": (
                "usage_usec 5\nnr_periods 40\nnr_throttled 4\nthrottled_usec 2500000\n"
            ),
            "proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n",
            "proc/pressure/memory": "some avg10=0.00 total=7\nfull avg10=0.00 total=99\n",
            "sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "2400000\n",
            "sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq": "2600000\n",
            "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "3\n",
            "sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count": "4\n",
            "sys/class/thermal/thermal_zone0/temp": "41000\n",
            "sys/class/thermal/thermal_zone1/temp": "57500\n",
        },
    )
    assert surroundings.read([1, 3], root) == {
        "uptime_seconds": 2361.92,
        "thermal_throttles": 7,
        "load_average": [0.5, 0.25, 0.1],
        "steal_ticks": 7,
        "cpu_ticks": {
            "user": 10,
            "nice": 1,
            "system": 5,
            "idle": 900,
            "iowait": 2,
            "irq": 0,
            "softirq": 3,
            "steal": 7,
        },
        "cpu_mhz": 2500.0,
        "temperature_celsius": 57.5,
        "throttling": {"periods": 40, "throttled_periods": 4, "throttled_seconds": 2.5},
        "pressure_seconds": {"cpu": 1.5, "memory": 7e-6},
    }


def test_nothing_is_there(tmp_path: Path) -> None:
    assert set(surroundings.read([0], str(tmp_path)).values()) == {None}


@pytest.mark.parametrize(
    ("cgroup", "folder"),
    [
        ("4:memory:/docker/x\n1:cpu,cpuacct:/docker/x\n", "cpu,cpuacct/docker/x"),
        ("1:cpu:/docker/x\n0::/\n", "cpu/docker/x"),
        ("1:cpu,cpuacct:/docker/x\n", "cpu"),  # the group's own folder is mounted as the root
    ],
)
def test_control_groups_of_version_1(tmp_path: Path, cgroup: str, folder: str) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": cgroup,
            f"sys/fs/cgroup/{folder}/cpu.stat": (
                "nr_periods 9\nnr_throttled 2\nthrottled_time 1500000000\n"
            ),
        },
    )
    assert surroundings.read([], root)["throttling"] == {
        "periods": 9,
        "throttled_periods": 2,
        "throttled_seconds": 1.5,
    }


def test_frequency_of_the_affinity_from_cpuinfo(tmp_path: Path) -> None:
    text = "".join(
        f"processor\t: {cpu}\ncpu MHz\t\t: {mhz}\n\n" for cpu, mhz in [(0, 1000), (1, 3000)]
    )
    root = write(tmp_path, {"proc/cpuinfo": text})
    assert surroundings.read([1], root)["cpu_mhz"] == 3000.0
    assert surroundings.read([], root)["cpu_mhz"] == 2000.0


def test_this_machine() -> None:
    found = surroundings.read([0])
    assert len(found["load_average"]) == 3
    assert found["cpu_ticks"]["idle"] > 0
