"""What else goes on around a run, read before and after it: load, steal, frequency, heat, waiting.

Everything is best effort: what this machine or container does not tell is left out or null.
"""

import glob
import os
from typing import Any, Dict, Iterable, List, Optional

_CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def read(affinity: Iterable[int] = (), root: str = "/") -> Dict[str, Any]:
    """The surroundings now. `affinity` are the CPUs whose frequency is asked for."""
    ticks = _cpu_ticks(root)
    return {
        "uptime_seconds": _uptime(root),
        "load_average": _load_average(root),
        "steal_ticks": ticks.get("steal"),
        "cpu_ticks": ticks or None,
        "cpu_mhz": _megahertz(list(affinity), root),
        "temperature_celsius": _temperature(root),
        "thermal_throttles": _thermal_throttles(root),
        "throttling": _throttling(root),
        "pressure_seconds": _pressure(root) or None,
    }


def _text(root: str, path: str) -> str:
    try:
        with open(os.path.join(root, path), "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _uptime(root: str) -> Optional[float]:
    """Seconds since boot, against which the kernel's counters are held."""
    fields = _text(root, "proc/uptime").split()
    return float(fields[0]) if fields else None


def _load_average(root: str) -> Optional[List[float]]:
    fields = _text(root, "proc/loadavg").split()[:3]
    return [float(field) for field in fields] if len(fields) == 3 else None


def _cpu_ticks(root: str) -> Dict[str, int]:
    for line in _text(root, "proc/stat").splitlines():
        fields = line.split()
        if fields and fields[0] == "cpu":
            return {name: int(value) for name, value in zip(_CPU_FIELDS, fields[1:])}
    return {}


def _megahertz(affinity: List[int], root: str) -> Optional[float]:
    """The mean frequency of the run's CPUs, MHz."""
    found = []
    for cpu in affinity:
        path = f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq"
        kilohertz = _text(root, path).strip()
        if kilohertz.isdigit():
            found.append(int(kilohertz) / 1000.0)
    if not found:
        processor = -1
        for line in _text(root, "proc/cpuinfo").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "processor":
                processor = int(value)
            elif key.strip() == "cpu MHz" and (not affinity or processor in affinity):
                found.append(float(value))
    return sum(found) / len(found) if found else None


def _temperature(root: str) -> Optional[float]:
    """The hottest thermal zone, degrees Celsius."""
    found = []
    for zone in glob.glob(os.path.join(root, "sys/class/thermal/thermal_zone*/temp")):
        value = _text(root, zone).strip()
        if value.lstrip("-").isdigit():
            found.append(int(value) / 1000.0)
    return max(found) if found else None


def _thermal_throttles(root: str) -> Optional[int]:
    """How often the cores slowed themselves for heat since boot."""
    found = []
    for path in glob.glob(
        os.path.join(root, "sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count")
    ):
        value = _text(root, path).strip()
        if value.isdigit():
            found.append(int(value))
    return sum(found) if found else None


def _throttling(root: str) -> Optional[Dict[str, float]]:
    """How often the CPU quota of this control group stopped it, and for how long."""
    for line in _text(root, "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        inner = path.lstrip("/")
        if number == "0" and not controllers:
            folders = [os.path.join("sys/fs/cgroup", inner), "sys/fs/cgroup"]
        elif "cpu" in controllers.split(","):
            mounts = ["sys/fs/cgroup/" + controllers, "sys/fs/cgroup/cpu"]
            folders = [os.path.join(mount, inner) for mount in mounts] + mounts
        else:
            continue
        # inside a container the group's own folder may be what is mounted as the root
        for folder in folders:
            throttling = _cpu_stat(_text(root, os.path.join(folder, "cpu.stat")))
            if throttling is not None:
                return throttling
    return None


def _cpu_stat(text: str) -> Optional[Dict[str, float]]:
    fields = {}
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 2 and parts[1].isdigit():
            fields[parts[0]] = int(parts[1])
    if "nr_throttled" not in fields:
        return None
    seconds = fields.get("throttled_usec", 0) / 1e6 + fields.get("throttled_time", 0) / 1e9
    return {
        "periods": fields.get("nr_periods", 0),
        "throttled_periods": fields["nr_throttled"],
        "throttled_seconds": seconds,
    }


def _pressure(root: str) -> Dict[str, float]:
    """Seconds since boot in which some task waited for each resource."""
    found = {}
    for name in ("cpu", "memory", "io"):
        for line in _text(root, "proc/pressure/" + name).splitlines():
            if line.startswith("some "):
                total = line.rpartition("total=")[2].strip()
                if total.isdigit():
                    found[name] = int(total) / 1e6
    return found
