"""What is installed in an environment, read from its files: nothing of it is executed."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

from amun_core.installed import canonical_name
from inspector.engines.base import InstalledPackage
from inspector.leftovers import read_plain

#: The longest RECORD of a package that is known has some megabytes.
_LARGEST_TEXT = 64 * 1024 * 1024


def read_installed(environment: Path) -> list[InstalledPackage]:
    """Every distribution in `environment`, sorted by name."""
    packages = {package for _, package, _ in _distributions(environment)}
    return sorted(packages, key=lambda package: (package.name, package.version))


def required_pythons(environment: Path) -> list[tuple[InstalledPackage, str]]:
    """Requires-Python of every distribution in `environment` that says one."""
    found = [
        (package, requires) for _, package, requires in _distributions(environment) if requires
    ]
    return sorted(found, key=lambda pair: pair[0].name)


def owners(environment: Path) -> dict[str, InstalledPackage]:
    """Path relative to `environment` -> the distribution that says it owns the file.

    Byte code belongs to the owner of its source: see `owner_of`.
    """
    found: dict[str, InstalledPackage] = {}
    for information, package, _ in _distributions(environment):
        site = information.parent
        lines = _text(information / "RECORD").splitlines()
        with contextlib.suppress(csv.Error):  # a line that is none ends what can be told
            for row in csv.reader(lines):
                path = _relative(site / row[0], environment) if row else None
                if path is not None:
                    found[path] = package
    return found


def owner_of(path: str, known: dict[str, InstalledPackage]) -> InstalledPackage | None:
    """The owner of `path`; for byte code that of its source, for an unknown file its folder's."""
    if path in known:
        return known[path]
    folder, _, name = path.rpartition("/")
    if folder.endswith("__pycache__") and name.endswith(".pyc"):
        source = f"{folder.removesuffix('__pycache__')}{name.split('.')[0]}.py"
        if source in known:
            return known[source]
    while folder and not folder.endswith(("site-packages", "bin", "dist-packages")):
        beside = next((known[other] for other in known if other.startswith(folder + "/")), None)
        if beside is not None:
            return beside
        folder = folder.rpartition("/")[0]
    return None


def _distributions(environment: Path) -> Iterator[tuple[Path, InstalledPackage, str]]:
    for site in sorted(environment.glob("lib*/python*/*-packages")):
        if site.parent.parent.is_symlink():  # lib64 -> lib shows the same files twice
            continue
        for information in sorted(site.glob("*.dist-info")):
            text = _text(information / "METADATA")
            headers = HeaderParser().parsestr(text, headersonly=True)
            name, version = headers.get("Name"), headers.get("Version")
            if name and version:
                package = InstalledPackage(canonical_name(name), version.strip())
                yield information, package, (headers.get("Requires-Python") or "").strip()


def _text(path: Path) -> str:
    """The text of a plain file; "" where there is none: a script may have put anything there."""
    return (read_plain(path, _LARGEST_TEXT) or b"").decode("utf-8", "replace")


def _relative(path: Path, environment: Path) -> str | None:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    normal = Path(*parts)
    return str(normal.relative_to(environment)) if normal.is_relative_to(environment) else None
