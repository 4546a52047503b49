"""Reads requirements.txt as a lock: every line one version, with hashes and a marker."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement

from amun_core.intake import MAXIMUM_FAULTS, Intake, shown
from amun_core.lock_applicability import put_off
from amun_core.lock_options import LockOptions
from amun_core.locked_package import (
    MAXIMUM_PACKAGES,
    Lock,
    LockedPackage,
    Unusable,
    finish,
    normal_marker,
    normal_name,
    normal_version,
    read_hashes,
    read_marker,
    read_place,
    version_of_file,
)
from amun_core.requirements_file import FileLine, FileOption, requirements_lines
from amun_core.specification import LockFormat

_MAXIMUM_REQUIREMENT = 8192
_PATH = re.compile(r"\.{0,2}/|[A-Za-z]:\\|.*\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)$")

#: Options that change nothing in what a lock installs, and why.
_IDLE_OPTIONS = dict.fromkeys(
    ("--prefer-binary", "--pre", "--all-releases"), "every version is pinned"
) | {
    "--trusted-host": "whom to trust is said by the configuration of pip on the host",
    "--use-feature": "uv installs, not pip",
}
_REFUSED_OPTIONS = {
    "--requirement": "another requirements file",
    "--constraint": "a constraints file",
    "--editable": "an editable project",
}


def read_requirements(text: str, intake: Intake) -> Lock:
    """The lock of a requirements file; faults and warnings go to `intake`."""
    packages: list[tuple[str, LockedPackage]] = []
    unusable: list[Unusable] = []
    options = LockOptions()
    for line in requirements_lines(text):
        place = f"line {line.number}"
        if len(packages) > MAXIMUM_PACKAGES or len(intake.faults) > MAXIMUM_FAULTS:
            break
        if not line.requirement:
            _read_options(line, place, options, intake)
            continue
        found = _read_package(line, place, intake)
        if isinstance(found, Unusable):
            unusable.append(found)
        elif found is not None:
            packages.append((place, found))
    options.check(packages, intake)
    sources = options.sources(intake)
    return Lock(
        packages=finish(intake, packages, sources),
        sources=tuple(sources),
        format=LockFormat.REQUIREMENTS,
        unusable=tuple(unusable),
        origin=options.origin(),
    )


def _read_options(line: FileLine, place: str, options: LockOptions, intake: Intake) -> None:
    if line.fault is not None:
        intake.fault(place, line.fault)
    for word in line.passed_over:
        intake.warn(place, f"{word} has no effect there, for pip neither")
    for option in line.options:
        _read_option(option, place, options, intake)


def _read_option(option: FileOption, place: str, options: LockOptions, intake: Intake) -> None:
    name = option.name
    if options.take(name, option.value, place, intake):
        return
    if name in _REFUSED_OPTIONS:
        intake.fault(
            place,
            f"{name} names {_REFUSED_OPTIONS[name]}, which is not part of this lock",
            "send one file that pins every package with == and its hashes",
        )
    elif name in _IDLE_OPTIONS:
        intake.warn(place, f"{name} has no effect: {_IDLE_OPTIONS[name]}")
    else:
        intake.fault(place, f"{name} is not an option of a lock")


def _read_package(line: FileLine, place: str, intake: Intake) -> LockedPackage | Unusable | None:
    for word in line.passed_over:
        intake.warn(place, f"{word} has no effect there, for pip neither")
    if line.values("--config-settings"):
        intake.warn(place, "--config-settings has no effect: wheels are installed as they are")
    hashes = read_hashes(intake, place, list(line.values("--hash")), numbered=False)
    return _read_pinned(line.requirement, hashes, place, intake)


def _read_pinned(
    line: str, hashes: tuple[str, ...], place: str, intake: Intake
) -> LockedPackage | Unusable | None:
    if _PATH.match(line.partition(" ;")[0].rstrip()) and " @ " not in line:
        return _path(line, place, intake)
    line = _mend_marker(line, place, intake)
    requirement = _parsed(line)
    if requirement is None:
        # The line is not repeated where it may carry the password of an address.
        said = "the line" if "://" in line else shown(line)
        intake.fault(place, f"{said} is not a requirement", "name==version is expected")
        return None
    return _pinned(requirement, hashes, place, intake)


def _path(line: str, place: str, intake: Intake) -> Unusable | None:
    path, _, text = line.partition(" ;")
    inner = Intake(intake.prefix, textual=intake.textual)
    inner.fault(place, f"{shown(path.strip())} is a path: only packages pinned with == are taken")
    marker = read_marker(intake, place, text.strip()) if text.strip() else None
    return put_off(intake, inner, shown(path.strip()), marker, "path")


def _parsed(line: str) -> Requirement | None:
    # The parser recurses once for each bracket of a marker.
    if len(line) > _MAXIMUM_REQUIREMENT or line.count("(") > 64:
        return None
    try:
        return Requirement(line)
    except (InvalidRequirement, RecursionError):
        return None


def _mend_marker(line: str, place: str, intake: Intake) -> str:
    before, semicolon, text = line.partition(";")
    if "''" not in text:
        return line
    marker, mended = normal_marker(text.strip())
    if marker is None or not mended:
        return line
    intake.warn(place, f"doubled quotes were read as single ones: {marker}")
    return f"{before}{semicolon} {marker}"


def _pinned(
    requirement: Requirement, hashes: tuple[str, ...], place: str, intake: Intake
) -> LockedPackage | Unusable | None:
    name = normal_name(requirement.name)
    if name is None:
        intake.fault(place, f"{shown(requirement.name)} is not a package name")
        return None
    inner = Intake(intake.prefix, textual=intake.textual)
    url, version = _pin(requirement, name, place, inner)
    text = None if requirement.marker is None else str(requirement.marker)
    marker = None if text is None else read_marker(intake, place, text)
    if version is None:
        return put_off(intake, inner, name, marker, "version" if url is None else "file")
    return LockedPackage(
        name=name,
        version=version,
        marker=marker,
        hashes=hashes,
        url=url,
        extras=tuple(sorted(filter(None, map(normal_name, requirement.extras)))),
    )


def _pin(
    requirement: Requirement, name: str, place: str, intake: Intake
) -> tuple[str | None, str | None]:
    """(direct address, version); the version is None after a fault."""
    if requirement.url is not None:
        url = read_place(intake, place, requirement.url)
        told = version_of_file(url) if url is not None else None
        if url is not None and (told is None or told[0] != name):
            intake.fault(place, f"the file name does not tell a version of {name}")
        return url, told[1] if told is not None and told[0] == name else None
    pins = [item for item in requirement.specifier if item.operator in {"==", "==="}]
    version = None
    if len(pins) == 1 and len(requirement.specifier) == 1:
        version = normal_version(pins[0].version)
    if version is None:
        intake.fault(
            place,
            f"{name} is not pinned to one version: {shown(str(requirement.specifier))}",
            "name==version is expected",
        )
    return None, version
