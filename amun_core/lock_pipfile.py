"""Reads Pipfile.lock: an object of packages, each pinned with ==, with hashes and a marker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_core.intake import Intake, pointer_of, shown
from amun_core.lock_applicability import put_off
from amun_core.locked_package import (
    MAXIMUM_PACKAGES,
    MAXIMUM_SOURCES,
    Lock,
    LockedPackage,
    Origin,
    Unusable,
    finish,
    normal_version,
    read_address,
    read_hashes,
    read_marker,
    read_name,
    read_place,
    version_of_file,
)
from amun_core.plan import IndexSource
from amun_core.specification import LockFormat

_TOP_KEYS = frozenset({"_meta", "default", "develop"})
#: Old locks write a marker as one key for each variable: {"sys_platform": "== 'win32'"}.
MARKER_KEYS = (
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
)
_PACKAGE_KEYS = frozenset({"version", "hashes", "markers", "index", "extras", "file", *MARKER_KEYS})
UNPINNED_KEYS = ("git", "hg", "svn", "bzr", "path", "editable")


def read_pipfile_lock(document: object, intake: Intake) -> Lock:
    """The lock of a Pipfile.lock object; faults and warnings go to `intake`."""
    if not isinstance(document, Mapping):
        intake.fault("", f"an object is expected, not {shown(document)}")
        return Lock(())
    sources, python_version = _read_meta(document.get("_meta"), intake)
    default = document.get("default")
    packages: list[tuple[str, LockedPackage]] = []
    unusable: list[Unusable] = []
    if isinstance(default, Mapping):
        packages, unusable = _read_packages(default, intake)
    elif "default" not in document:
        intake.fault("/default", "is missing: the locked packages stand there")
    else:
        intake.fault("/default", f"an object is expected, not {shown(default)}")
    for key in document:
        if key == "develop":
            if document[key]:  # every lock has this key, most of them with nothing in it
                intake.warn("/develop", "development packages are not installed")
        elif key not in _TOP_KEYS:
            intake.warn(pointer_of(key), "unknown key, has no effect")
    return Lock(
        packages=finish(intake, packages, sources),
        sources=tuple(sources),
        python_version=python_version,
        format=LockFormat.PIPFILE_LOCK,
        unusable=tuple(sorted(unusable, key=lambda one: one.name)),
        # as pipenv does: the first source is the main index
        origin=Origin(main=sources[0].name if sources else None),
    )


def pipfile_lock_document(lock: Lock, hashes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The lock as a Pipfile.lock object in normal form: what is stored, hashed and shown."""
    default: dict[str, Any] = {}
    for package in lock.packages:
        entry: dict[str, Any] = {"version": f"=={package.version}", "hashes": list(package.hashes)}
        if package.url is not None:
            entry["file"] = package.url
        if package.marker is not None:
            entry["markers"] = package.marker
        if package.index is not None:
            entry["index"] = package.index
        if package.extras:
            entry["extras"] = list(package.extras)
        default[package.name] = entry
    for one in lock.unusable:  # its address is not kept: it may carry a password
        default[one.name] = {
            **({"version": "*"} if one.origin == "version" else {one.origin: True}),
            "markers": one.marker,
        }
    meta: dict[str, Any] = {
        "pipfile-spec": 6,
        "requires": {"python_version": lock.python_version} if lock.python_version else {},
        "sources": [source.model_dump() for source in lock.sources],
    }
    if hashes:
        meta["hash"] = dict(hashes)
    return {"_meta": meta, "default": default}


def _read_meta(meta: object, intake: Intake) -> tuple[list[IndexSource], str | None]:
    if meta is None:
        return [], None
    if not isinstance(meta, Mapping):
        intake.fault("/_meta", f"an object is expected, not {shown(meta)}")
        return [], None
    requires = meta.get("requires")
    version: object = None
    if isinstance(requires, Mapping):
        version = requires.get("python_full_version") or requires.get("python_version")
    elif requires is not None:
        intake.fault("/_meta/requires", f"an object is expected, not {shown(requires)}")
    sources = read_sources(meta.get("sources"), "/_meta/sources", intake)
    return _without_variables(sources, intake), _python_version(version, intake)


def _without_variables(sources: list[IndexSource], intake: Intake) -> list[IndexSource]:
    for number, source in enumerate(sources):
        if not source.verify_ssl:
            intake.warn(
                pointer_of("_meta", "sources", number, "verify_ssl"),
                "false has no effect: whom to trust is said by the configuration of pip on the host",
            )
    places = [
        (source, read_place(intake, pointer_of("_meta", "sources", number, "url"), source.url))
        for number, source in enumerate(sources)
    ]
    return [
        source if url == source.url else source.model_copy(update={"url": url})
        for source, url in places
        if url is not None
    ]


def _python_version(version: object, intake: Intake) -> str | None:
    pointer = "/_meta/requires/python_version"
    if version is None or version == "*":
        return None
    if isinstance(version, (int, float)) and not isinstance(version, bool):
        intake.warn(pointer, f"a number was read as the text {version}")
        version = str(version)
    normal = normal_version(version) if isinstance(version, str) else None
    if normal is None:
        intake.fault(pointer, f"{shown(version)} is not a Python version")
    return normal


def read_sources(sources: object, pointer: str, intake: Intake) -> list[IndexSource]:
    """Package indexes as Pipfile and Pipfile.lock name them."""
    if sources is None:
        return []
    if not isinstance(sources, list):
        intake.fault(pointer, f"an array is expected, not {shown(sources)}")
        return []
    if len(sources) > MAXIMUM_SOURCES:
        intake.fault(pointer, f"{len(sources)} sources are more than {MAXIMUM_SOURCES}")
        return []
    found: dict[str, IndexSource] = {}
    for position, item in enumerate(sources):
        source = _read_source(item, f"{pointer}/{position}", position, intake)
        if source is None:
            continue
        if source.name in found:
            intake.fault(f"{pointer}/{position}/name", f"{shown(source.name)} is named twice")
        found[source.name] = source
    return list(found.values())


def _read_source(item: object, pointer: str, position: int, intake: Intake) -> IndexSource | None:
    if not isinstance(item, Mapping):
        intake.fault(pointer, f"an object is expected, not {shown(item)}")
        return None
    url = read_address(intake, f"{pointer}/url", item.get("url"))
    name = item.get("name")
    if name is None:
        name = f"source-{position}"
    if not isinstance(name, str) or not 0 < len(name) <= 128:
        intake.fault(f"{pointer}/name", f"{shown(name)} is not a name")
        return None
    verify = item.get("verify_ssl", True)
    if isinstance(verify, str) and verify.lower() in {"true", "false"}:
        intake.warn(f"{pointer}/verify_ssl", f"the text {shown(verify)} was read as a boolean")
        verify = verify.lower() == "true"
    if verify is None:
        verify = True
    if not isinstance(verify, bool):
        intake.fault(f"{pointer}/verify_ssl", f"true or false is expected, not {shown(verify)}")
        return None
    return (
        None if url is None else IndexSource.model_construct(name=name, url=url, verify_ssl=verify)
    )


def _read_packages(
    default: Mapping[str, Any], intake: Intake
) -> tuple[list[tuple[str, LockedPackage]], list[Unusable]]:
    packages: list[tuple[str, LockedPackage]] = []
    unusable: list[Unusable] = []
    if len(default) > MAXIMUM_PACKAGES:
        intake.fault("/default", f"{len(default)} packages are more than {MAXIMUM_PACKAGES}")
        return packages, unusable
    seen: dict[str, str] = {}
    for key, found in default.items():
        entry: object = found
        pointer = "/default" + pointer_of(key)
        name = read_name(intake, pointer, key)
        if name is None:
            continue
        if name in seen:
            intake.fault(pointer, f"{shown(key)} and {shown(seen[name])} are the same package")
            continue
        seen[name] = key
        if isinstance(entry, str):
            intake.warn(pointer, "a version without hashes was read as an object with it")
            entry = {"version": entry}
        if not isinstance(entry, Mapping):
            intake.fault(pointer, f"an object is expected, not {shown(entry)}")
            continue
        package = _read_package(name, entry, pointer, intake)
        if isinstance(package, Unusable):
            unusable.append(package)
        elif package is not None:
            packages.append((pointer, package))
    return packages, unusable


def _read_package(
    name: str, entry: Mapping[str, Any], pointer: str, intake: Intake
) -> LockedPackage | Unusable | None:
    inner = Intake(intake.prefix, textual=intake.textual)
    url, version, origin = _read_origin(name, entry, pointer, inner)
    warned = len(intake.warnings)
    marker = _read_markers(entry, pointer, intake)
    if version is None:
        return put_off(intake, inner, name, marker, origin)
    intake.warnings[warned:warned] = inner.warnings
    for key in entry.keys() - _PACKAGE_KEYS:
        intake.warn(pointer + pointer_of(key), "unknown key, has no effect")
    index = entry.get("index")
    if index is not None and not isinstance(index, str):
        intake.fault(f"{pointer}/index", f"{shown(index)} is not the name of a source")
        index = None
    hashes = entry.get("hashes")
    if hashes is not None and not isinstance(hashes, list):
        intake.fault(f"{pointer}/hashes", f"an array is expected, not {shown(hashes)}")
        hashes = None
    package_hashes = read_hashes(intake, f"{pointer}/hashes", hashes) if hashes else ()
    return LockedPackage(
        name=name,
        version=version,
        marker=marker,
        hashes=package_hashes,
        url=url,
        index=index,
        extras=_read_extras(entry.get("extras"), f"{pointer}/extras", intake),
    )


def _read_origin(
    name: str, entry: Mapping[str, Any], pointer: str, intake: Intake
) -> tuple[str | None, str | None, str]:
    """(direct address, version, the key that says where it comes from); no version after a fault."""
    for key in UNPINNED_KEYS:
        if entry.get(key):
            intake.fault(
                f"{pointer}/{key}",
                f"{name} comes from {key!r}: only packages of an index, pinned with ==, are taken",
            )
            return None, None, key
    url, version = _read_pin(name, entry, pointer, intake)
    return url, version, "version" if entry.get("file") is None else "file"


def _read_pin(
    name: str, entry: Mapping[str, Any], pointer: str, intake: Intake
) -> tuple[str | None, str | None]:
    """(direct address, version); the version is None after a fault."""
    url = None
    if entry.get("file") is not None:
        url = read_place(intake, f"{pointer}/file", entry["file"])
        if url is None:
            return None, None
        if entry.get("version") is None:
            told = version_of_file(url)
            if told is None or told[0] != name:
                intake.fault(f"{pointer}/file", f"the file name does not tell a version of {name}")
                return None, None
            return url, told[1]
    return url, read_pinned_version(entry.get("version"), f"{pointer}/version", name, intake)


def read_pinned_version(version: object, pointer: str, name: str, intake: Intake) -> str | None:
    """The normal form of "==1.2", or None after a fault."""
    if isinstance(version, int) and not isinstance(version, bool):
        intake.warn(pointer, f"a number was read as the text {version}")
        version = f"=={version}"
    text = version.strip() if isinstance(version, str) else ""
    bare = text.lstrip("=").strip()
    normal = normal_version(bare) if bare else None
    if normal is None or len(text) - len(text.lstrip("=")) > 3:
        intake.fault(
            pointer,
            f"{name} is not pinned to one version: {shown(version)}"
            if version is not None
            else f"{name} has no version",
            'a version such as "==1.2.3" is expected',
        )
        return None
    if not text.startswith("=="):
        intake.warn(pointer, f"read as =={normal}")
    return normal


def _read_markers(entry: Mapping[str, Any], pointer: str, intake: Intake) -> str | None:
    text = entry.get("markers")
    marker = None if text is None else read_marker(intake, f"{pointer}/markers", text)
    if text is None and "markers" in entry:
        intake.warn(f"{pointer}/markers", "null was read as absent")
    parts = [] if marker is None else [marker]
    for key in MARKER_KEYS:
        if entry.get(key) is not None:
            single = read_marker(intake, f"{pointer}/{key}", f"{key} {entry[key]}")
            if single is not None:
                parts.append(single)
    if len(parts) < 2:
        return parts[0] if parts else None
    joined = " and ".join(f"({part})" for part in parts)
    return read_marker(intake, f"{pointer}/markers", joined)


def _read_extras(extras: object, pointer: str, intake: Intake) -> tuple[str, ...]:
    if extras is None:
        return ()
    if not isinstance(extras, list):
        intake.fault(pointer, f"an array is expected, not {shown(extras)}")
        return ()
    names = (read_name(intake, f"{pointer}/{n}", extra) for n, extra in enumerate(extras))
    return tuple(sorted({name for name in names if name is not None}))
