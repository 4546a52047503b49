"""Locks: every format in, one internal form out; what is installed; the two digests.

The *lock digest* covers normalised name, version, marker and hashes of every package: equal lock
digests, equal locks. The *stack digest* covers name and version of what is installed once the
markers are evaluated, and neither index addresses nor hashes: one stack has one stack digest,
whatever the format of its lock and wherever its files come from.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion, Version

from amun_core.errors import Fault, InvalidLockError
from amun_core.foreign_files import foreign_file
from amun_core.identity import digest
from amun_core.intake import Intake
from amun_core.lock_files import fitting_file
from amun_core.lock_pipfile import read_pipfile_lock
from amun_core.lock_pylock import read_pylock
from amun_core.lock_requirements import read_requirements
from amun_core.locked_package import Lock, LockedPackage, parsed_marker
from amun_core.plan import FileAddress, LockedRequirement
from amun_core.specification import MAXIMUM_FILE_BYTES, LockFormat

__all__ = [
    "Lock",
    "LockedPackage",
    "detect_lock_format",
    "lock_digest",
    "read_lock",
    "read_lock_into",
    "select",
    "stack_digest",
]

#: The variables of PEP 508. Each must be given: markers are never asked of the running process.
_MARKER_VARIABLES = (
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
)


def read_lock(text_or_object: str | Mapping[str, Any], format: LockFormat) -> Lock:  # noqa: A002
    """Read a lock. Raises InvalidLockError with every fault at once."""
    intake = Intake(textual=isinstance(text_or_object, str))
    lock = read_lock_into(text_or_object, format, intake)
    if intake.faults:
        faults = intake.bounded_faults()
        raise InvalidLockError(f"the {format} is not valid: {faults[0].message}", faults=faults)
    return lock


def read_lock_into(text_or_object: object, lock_format: LockFormat, intake: Intake) -> Lock:
    """Read a lock; faults and warnings go to `intake`. With faults, the lock is not complete."""
    known = len(intake.warnings)
    if isinstance(text_or_object, str) and len(text_or_object) > MAXIMUM_FILE_BYTES:
        intake.fault("", f"longer than {MAXIMUM_FILE_BYTES} characters")
        return Lock((), format=lock_format)
    if lock_format is LockFormat.PIPFILE_LOCK:
        document = text_or_object
        if isinstance(document, str):
            document = _json(document, intake)
        lock = Lock(()) if intake.faults else read_pipfile_lock(document, intake)
    elif not isinstance(text_or_object, str):
        intake.fault("", f"the text of a {lock_format} is expected")
        return Lock((), format=lock_format)
    elif lock_format is LockFormat.PYLOCK:
        lock = read_pylock(text_or_object, intake)
    elif (foreign := foreign_file("", text_or_object)) is not None:
        intake.fault("", foreign.message, foreign.hint)
        return Lock((), format=lock_format)
    else:
        lock = read_requirements(text_or_object, intake)
    return Lock(
        lock.packages,
        lock.sources,
        lock.requires_python,
        lock.format,
        lock.python_version,
        lock.default_groups,
        tuple(intake.warnings[known:]),
        lock.environments,
        lock.unusable,
        lock.origin,
    )


def _json(text: str, intake: Intake) -> object:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        intake.fault("", f"not JSON: {str(error)[:100]}")
        return None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def detect_lock_format(filename: str, content: str) -> LockFormat:
    """The format of a lock file, by its name first and by its content where that tells nothing.

    Raises InvalidLockError for what is none; it names the file of another tool.
    """
    foreign = foreign_file(filename, content)
    if foreign is not None:
        fault = Fault("", foreign.message, foreign.hint)
        raise InvalidLockError(f"{foreign.message}: {foreign.hint}", faults=(fault,))
    name = filename.rsplit("/", 1)[-1].lower()
    if name == "pipfile.lock" or (name.endswith(".json") and content.lstrip().startswith("{")):
        return LockFormat.PIPFILE_LOCK
    if name.startswith("pylock.") and name.endswith(".toml"):
        return LockFormat.PYLOCK
    start = content.lstrip()
    if start.startswith("{"):
        return LockFormat.PIPFILE_LOCK
    if "lock-version" in content and "[[packages]]" in content:
        return LockFormat.PYLOCK
    if name.endswith((".txt", ".in", ".lock")) or "==" in content:
        return LockFormat.REQUIREMENTS
    message = (
        f"{filename}: not a lock that is known; "
        "Pipfile.lock, pylock.toml and requirements.txt with == and hashes are read"
    )
    raise InvalidLockError(message, faults=(Fault("", message),))


def lock_digest(lock: Lock) -> str:
    """The identity of a lock: normalised name, version, marker, hashes."""
    return digest(
        "lock",
        [
            [package.name, package.version, package.marker or "", list(package.hashes)]
            for package in lock.packages
        ]
        + [[one.name, "", one.marker, []] for one in lock.unusable],
    )


def select(
    lock: Lock, markers: Mapping[str, str], tags: Mapping[Tag, int] | None = None
) -> tuple[LockedRequirement, ...]:
    """What is installed where the marker environment is `markers`, sorted by name.

    `tags` are those that the Python takes, with their places: they choose among the files that a
    lock names. Raises InvalidLockError where two versions of one package would be installed, where
    the lock is not for this environment, or a marker compares what cannot be compared.
    """
    target = _Target.of(lock, markers)
    faults = target.unmet(lock)
    chosen: dict[str, LockedPackage] = {}
    for package in lock.packages:
        if not target.holds(package.name, package.marker, faults):
            continue
        faults += target.unmet_by(package)
        other = chosen.get(package.name)
        if other is not None:
            faults += _conflict(other, package, lock.format)
        chosen[package.name] = package if other is None else _merged(other, package)
    faults += [
        Fault("", f"{one.name}: {one.why}")
        for one in lock.unusable
        if target.holds(one.name, one.marker, faults)
    ]
    if faults:
        raise InvalidLockError("; ".join(fault.message for fault in faults[:5]), faults=faults)
    sources = {source.name for source in lock.sources}
    return tuple(_requirement(package, tags, sources) for _, package in sorted(chosen.items()))


@dataclass(frozen=True, slots=True)
class _Target:
    """The environment that is installed into, as markers see it."""

    markers: tuple[tuple[str, str], ...]
    groups: tuple[str, ...] | None
    python: str

    @classmethod
    def of(cls, lock: Lock, markers: Mapping[str, str]) -> _Target:
        frozen = tuple(sorted((name, markers.get(name, "")) for name in _MARKER_VARIABLES))
        groups = lock.default_groups if lock.format is LockFormat.PYLOCK else None
        return cls(frozen, groups, markers.get("python_full_version", ""))

    def holds(self, name: str, marker: str | None, faults: list[Fault]) -> bool:
        try:
            return marker is None or _applies(marker, self.markers, self.groups)
        except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion) as error:
            faults.append(Fault("", f"{name}: marker {marker}: {error}"))
            return False

    def unmet(self, lock: Lock) -> list[Fault]:
        """Why the lock is not for this environment; nothing where the environment is not told."""
        faults: list[Fault] = []
        told = any(value for _, value in self.markers)
        if not lock.environments or not told:
            return faults
        if any(self.holds("environments", one, faults) for one in lock.environments):
            return []
        return [Fault("", "the lock is for other environments: " + "; ".join(lock.environments))]

    def unmet_by(self, package: LockedPackage) -> list[Fault]:
        """What the entry says of the Python that it needs, where it is not this one."""
        needs = package.requires_python
        if needs is None or not self.python or _takes(needs, self.python):
            return []
        what = f"{package.name} {package.version}"
        return [Fault("", f"{what} requires Python {needs} by the lock, here is {self.python}")]


@lru_cache(4096)
def _takes(specifier: str, python: str) -> bool:
    # a pre-release of Python, "3.15.0b1", counts; a build of one's own, "3.11.2+", is that version
    try:
        return SpecifierSet(specifier).contains(Version(python.rstrip("+")), prereleases=True)
    except InvalidVersion:
        return True  # a Python whose version cannot be compared


def _conflict(one: LockedPackage, other: LockedPackage, lock_format: LockFormat) -> list[Fault]:
    if one.version != other.version:
        versions = f"{one.version} and {other.version}"
        return [Fault("", f"{one.name}: {versions} would both be installed")]
    if lock_format is LockFormat.PYLOCK:
        return [Fault("", f"{one.name} has several entries that apply here: which is not said")]
    return []


def _requirement(
    package: LockedPackage, tags: Mapping[Tag, int] | None, sources: Collection[str]
) -> LockedRequirement:
    file = fitting_file(package, tags)
    where = None
    if file is not None and file.url is not None:
        where = FileAddress(
            kind=file.kind,
            name=file.name,
            url=file.url,
            hashes=file.hashes,
            size=file.size,
            subdirectory=file.subdirectory,
        )
    return LockedRequirement(
        name=package.name,
        version=package.version,
        hashes=package.hashes,
        url=package.url,
        index=package.index if package.index in sources else None,
        file=where,
    )


@lru_cache(8192)
def _applies(
    marker: str, environment: tuple[tuple[str, str], ...], groups: tuple[str, ...] | None
) -> bool:
    values: dict[str, Any] = dict(environment)
    if groups is None:
        return parsed_marker(marker).evaluate({**values, "extra": ""}, context="metadata")
    values |= {"extras": frozenset(), "dependency_groups": frozenset(groups)}
    return parsed_marker(marker).evaluate(values, context="lock_file")


def _merged(first: LockedPackage, second: LockedPackage) -> LockedPackage:
    hashes = tuple(sorted({*first.hashes, *second.hashes}))
    return LockedPackage(
        first.name, first.version, None, hashes, first.url or second.url, first.index, first.extras
    )


def stack_digest(reqs: Iterable[LockedRequirement]) -> str:
    """The identity of a stack: names and versions, 1.0 and 1.0.0 being the same version."""
    pairs = {(item.name, _comparable_version(item.version)) for item in reqs}
    return digest("stack", sorted(map(list, pairs)))


@lru_cache(16384)
def _comparable_version(version: str) -> str:
    return canonicalize_version(version, strip_trailing_zero=True)
