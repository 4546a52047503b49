"""Reads requirements.txt as a lock: every line one version, with hashes and a marker."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from amun_core.specification import LockFormat

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_HASH_OPTION = re.compile(r"\s--hash(?:=|\s+)(\S+)")
_OPTION = re.compile(r"(--?[A-Za-z][A-Za-z-]*)(?:\s*=\s*|\s+)?(.*)", re.DOTALL)
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
    "-r": "another requirements file",
    "--requirement": "another requirements file",
    "-c": "a constraints file",
    "--constraint": "a constraints file",
    "-e": "an editable project",
    "--editable": "an editable project",
}


def read_requirements(text: str, intake: Intake) -> Lock:
    """The lock of a requirements file; faults and warnings go to `intake`."""
    packages: list[tuple[str, LockedPackage]] = []
    unusable: list[Unusable] = []
    options = LockOptions()
    for number, line in logical_lines(text):
        place = f"line {number}"
        if len(packages) > MAXIMUM_PACKAGES or len(intake.faults) > MAXIMUM_FAULTS:
            break
        if line.startswith("-"):
            _read_option(line, place, options, intake)
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


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of the first line, line) with continuations joined and comments taken off."""
    pending: list[str] = []
    first = 1
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not pending:
            first = number
        # a comment line inside a continued line belongs to the comments, as in pip
        line = _COMMENT.sub("", raw)
        if line.rstrip().endswith("\\") and not raw.lstrip().startswith("#"):
            pending.append(line.rstrip()[:-1])
            continue
        pending.append(line)
        joined = " ".join(pending).strip()
        pending = []
        if joined:
            yield first, joined
    rest = " ".join(pending).strip()
    if rest:
        yield first, rest


def _read_option(line: str, place: str, options: LockOptions, intake: Intake) -> None:
    match = _OPTION.fullmatch(line)
    option, value = (match[1], match[2].strip()) if match else (line[:20], "")
    if options.take(option, value, place, intake):
        return
    if option in _REFUSED_OPTIONS:
        intake.fault(
            place,
            f"{option} names {_REFUSED_OPTIONS[option]}, which is not part of this lock",
            "send one file that pins every package with == and its hashes",
        )
    elif option in _IDLE_OPTIONS:
        intake.warn(place, f"{option} has no effect: {_IDLE_OPTIONS[option]}")
    else:
        intake.fault(place, f"{shown(option)} is not an option of a lock")


def _read_package(line: str, place: str, intake: Intake) -> LockedPackage | Unusable | None:
    hashes = read_hashes(intake, place, list(_HASH_OPTION.findall(" " + line)), numbered=False)
    line = _HASH_OPTION.sub(" ", " " + line).strip()
    if _PATH.match(line.partition(" ;")[0].rstrip()) and " @ " not in line:
        return _path(line, place, intake)
    option = re.search(r"\s(--?[A-Za-z][A-Za-z-]*)", line)
    if option:
        intake.fault(place, f"{shown(option[1])} is not an option of a locked package")
        return None
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
