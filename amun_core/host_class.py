"""Classes of hosts: what was measured on one host need not be measured on its twin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_core.identity import digest

#: What makes two hosts equally fast as far as a host can tell. Neither its name, nor its memory, nor
#: the microcode and the kernel, which change under one and the same host.
_DECIDES = (
    "architecture",
    "cpu_vendor",
    "cpu_brand",
    "cpu_family",
    "cpu_model",
    "cpu_stepping",
    "cpu_maximum_hz",
    "cpu_quota",
    "smt",
    "governor",
    "turbo",
    "virtualisation",
)


def host_class(description: Mapping[str, Any]) -> str:
    """The class of a host by its stored description."""
    decides = {name: description.get(name) for name in _DECIDES}
    decides["cpus"] = len(description.get("cpu_set") or ()) or description.get("logical_cpus")
    decides["accelerators"] = sorted(
        f"{one.get('kind')} {one.get('name')} {one.get('driver_version')}"
        for one in description.get("accelerators") or ()
    )
    return digest("hardware", decides)
