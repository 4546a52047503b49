"""Facts of the process itself: its interpreter, its operating system, what it used."""

import os
import platform
import resource
import sys
from typing import Any, Dict, Optional

_USAGE = (
    "ru_utime",
    "ru_stime",
    "ru_maxrss",
    "ru_ixrss",
    "ru_idrss",
    "ru_isrss",
    "ru_minflt",
    "ru_majflt",
    "ru_nswap",
    "ru_inblock",
    "ru_oublock",
    "ru_msgsnd",
    "ru_msgrcv",
    "ru_nsignals",
    "ru_nvcsw",
    "ru_nivcsw",
)


def interpreter() -> Dict[str, Any]:
    """The interpreter and how it was started."""
    return {
        "python_version": platform.python_version(),
        "python_implementation": sys.implementation.name,
        "python_compiler": platform.python_compiler(),
        "executable": sys.executable,
        "hash_seed": os.environ.get("PYTHONHASHSEED") or "random",
        "timer": "perf_counter",
    }


def usage(children: bool = False) -> Dict[str, Any]:
    """Resources used so far by this process, or by its children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
    return {name: getattr(used, name) for name in _USAGE}


def peak_rss_bytes(used: Dict[str, Any], children: bool = False) -> Optional[int]:
    """The largest resident set. Of this process: VmHWM, since ru_maxrss remembers who forked it."""
    if not children:
        try:
            with open("/proc/self/status") as file:
                for line in file:
                    if line.startswith("VmHWM:"):
                        return int(line.split()[1]) * 1024
        except (OSError, ValueError, IndexError):
            pass
    return int(used["ru_maxrss"]) * 1024


def os_release() -> Dict[str, str]:
    """/etc/os-release with the keys in lower case: id, version_id, name, ..."""
    found: Dict[str, str] = {}
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            with open(path, "rb") as file:
                text = file.read().decode("utf-8", "replace")
        except OSError:
            continue
        for line in text.splitlines():
            key, separator, value = line.strip().partition("=")
            if separator and not key.startswith("#"):
                found[key.lower()] = value.strip("\"'")
        break
    return found
