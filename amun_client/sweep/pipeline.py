"""What the pipeline file of a prior campaign asks: honoured where it has a meaning here, else said.

A unit there changed a random search; here the space is exact, so that much of what units did is part
of what a valid stack is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
_KINDS = ("boots", "pseudonyms", "sieves", "steps", "strides", "wraps")


@dataclass(frozen=True, slots=True)
class Honoured:
    """One unit: what it means here. `space` are options of the space that it sets."""

    unit: str
    honoured: bool
    why: str
    space: Document = field(default_factory=dict)


def honour(pipeline: Mapping[str, Any], environment: Mapping[str, Any]) -> tuple[Honoured, ...]:
    """Each unit of the pipeline, in its order."""
    found = []
    for kind in [*_KINDS, *(key for key in pipeline if key not in _KINDS)]:
        units = pipeline.get(kind) or ()
        if kind not in _KINDS or not isinstance(units, list | tuple):
            found.append(Honoured(str(kind), False, "no list of units that is known"))
            continue
        found += [_unit(str(kind), unit, environment) for unit in units]
    return tuple(found)


def _unit(kind: str, unit: Any, environment: Mapping[str, Any]) -> Honoured:
    name = str(unit.get("name") if isinstance(unit, Mapping) else unit)
    given = unit.get("configuration") if isinstance(unit, Mapping) else None
    configuration = given if isinstance(given, Mapping) else {}
    meaning = _MEANINGS.get(name)
    if meaning is not None:
        honoured, why, space = meaning(configuration, environment)
        return Honoured(name, honoured, why, space)
    if kind == "steps":
        return Honoured(name, False, "stacks are not scored while they are chosen")
    return Honoured(name, False, f"no unit of the {kind} that is known here")


Meaning = tuple[bool, str, Document]
_Reader = Callable[[Mapping[str, Any], Mapping[str, Any]], Meaning]


def _always(why: str) -> _Reader:
    return lambda _configuration, _environment: (True, why, {})


def _never(why: str) -> _Reader:
    return lambda _configuration, _environment: (False, why, {})


def _platform(configuration: Mapping[str, Any], _environment: Mapping[str, Any]) -> Meaning:
    platform = configuration.get("default_platform")
    if not platform:
        return False, "names no platform", {}
    return True, f"--platform {platform}", {"platform": str(platform).replace("-", "_", 1)}


def _python(_configuration: Mapping[str, Any], environment: Mapping[str, Any]) -> Meaning:
    version = environment.get("python_version")
    if not version:
        return True, "Python is that of the Pipfile, or of this host", {}
    return True, f"--python-version {version}", {}


def _system(_configuration: Mapping[str, Any], environment: Mapping[str, Any]) -> Meaning:
    system = environment.get("operating_system") or {}
    if not system.get("name"):
        return False, "the runtime environment names no operating system", {}
    return True, f"the C library of {system['name']} {system.get('version', '')}".rstrip(), {}


def _pre_releases(_configuration: Mapping[str, Any], _environment: Mapping[str, Any]) -> Meaning:
    return True, "--pre-releases never", {"pre_releases": "never"}


def _setuptools(_configuration: Mapping[str, Any], environment: Mapping[str, Any]) -> Meaning:
    if str(environment.get("python_version")) != "3.6":
        return False, "for Python 3.6 only", {}
    return True, "--exclude 'setuptools<17'", {"exclude": ("setuptools<17",)}


_BACKPORT = _never("a stack has what it requires and nothing else: markers leave backports out")

_MEANINGS: dict[str, _Reader] = {
    "UbiBoot": _system,
    "RHELVersionBoot": _system,
    "PythonVersionBoot": _python,
    "PlatformBoot": _platform,
    "FullySpecifiedEnvironment": _always("always: what is not said is told with the answer"),
    "SolvedSoftwareEnvironmentBoot": _never("nothing is solved beforehand: the index is read"),
    "VersionClashBoot": _always("always: an empty space is told with what blocks it"),
    "PipfileHashBoot": _never("a lock is written anew for each stack"),
    "CutPreReleasesSieve": _pre_releases,
    "Functools32BackportSieve": _BACKPORT,
    "Enum34BackportSieve": _BACKPORT,
    "MockBackportSieve": _BACKPORT,
    "ImportlibMetadataBackportSieve": _BACKPORT,
    "ImportlibResourcesBackportSieve": _BACKPORT,
    "CutLockedSieve": _never("no lock is taken into account; --select nearest:LOCK:N does"),
    "Py36SetuptoolsSieve": _setuptools,
    "PackageIndexSieve": _always("always: the sources of the Pipfile and no others"),
    "PackageIndexConfigurationSieve": _always("always: the sources of the Pipfile and no others"),
    "SolvedSieve": _always("always: versions with unreadable metadata are left out and counted"),
    "UniqueStackStride": _always("always: each stack is chosen once"),
    "MKLThreadsWrap": _never("numbers of threads are set for each run and kept with it"),
    "NoObservationWrap": _never("what is known of a stack is found by the graph, not noted in it"),
}
