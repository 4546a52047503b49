"""What is installed, compared with what the lock says. Runs before anything is timed or imported.

The folders of `sys.path` are read directly: `importlib.metadata` is absent from Python 3.6 and 3.7,
and loading it would cost more time than the comparison.
"""

import os
import re
import sys
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

# PEP 440: the parts of a version, after it was made lower case
_VERSION = re.compile(
    r"^v?(?:(\d+)!)?(\d+(?:\.\d+)*)"
    r"(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?"
    r"(-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?"
    r"([-_.]?dev[-_.]?\d*)?"
    r"(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$"
)
_PRE_RELEASES = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_HEADER_BYTES = 8192


class Distribution(NamedTuple):
    """One installed distribution, and the folder of `sys.path` in which it lies."""

    name: str
    version: str
    folder: str


def canonical_name(name: str) -> str:
    """The name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def canonical_version(version: str) -> Tuple[str, str]:
    """The version in one spelling, and its local part ("cpu" of "2.13.0+cpu")."""
    text = version.strip().lower()
    match = _VERSION.match(text)
    if match is None:
        return text, ""
    epoch, release, stage, number, post, dev, local = match.groups()
    parts = release.split(".")
    while len(parts) > 1 and int(parts[-1]) == 0:
        parts.pop()
    public = ".".join(str(int(part)) for part in parts)
    if epoch and int(epoch):
        public = f"{int(epoch)}!{public}"
    if stage:
        public += _PRE_RELEASES.get(stage, stage) + str(int(number or 0))
    if post:
        public += ".post" + str(int(re.sub(r"\D", "", post) or 0))
    if dev:
        public += ".dev" + str(int(re.sub(r"\D", "", dev) or 0))
    return public, re.sub(r"[-_]", ".", local or "")


def same_version(locked: str, installed: str) -> bool:
    """True where the lock's version is the installed one.

    As in PEP 440, "2.13.0" of a lock admits "2.13.0+cpu"; a lock that names a local part means it.
    """
    locked_public, locked_local = canonical_version(locked)
    public, local = canonical_version(installed)
    return locked_public == public and locked_local in ("", local)


def distributions(folders: Optional[Sequence[str]] = None) -> List[Distribution]:
    """Every distribution on `folders` (`sys.path` unless given), in the order of import."""
    found: List[Distribution] = []
    visited = set()
    for folder in sys.path if folders is None else folders:
        real = os.path.realpath(folder or os.curdir)
        if real in visited:
            continue
        visited.add(real)
        try:
            entries = sorted(os.listdir(real))
        except OSError:  # the zip of the standard library, or a folder that is not there
            continue
        found.extend(
            _read(real, entry) for entry in entries if entry.endswith((".dist-info", ".egg-info"))
        )
    return found


def differences(
    expected: Iterable[Sequence[str]],
    allowed_extra: Iterable[str],
    installed: Iterable[Distribution],
) -> List[str]:
    """One line for each way in which `installed` differs from the `expected` (name, version) pairs."""
    wanted = {canonical_name(pair[0]): pair[1] for pair in expected}
    allowed = {canonical_name(name) for name in allowed_extra}
    versions: Dict[str, List[Distribution]] = {}
    for distribution in installed:
        same = versions.setdefault(distribution.name, [])
        # a second one further down sys.path is hidden by the first
        if not same or same[0].folder == distribution.folder:
            same.append(distribution)
    lines = []
    for name in sorted(set(wanted) | set(versions)):
        found = sorted({distribution.version for distribution in versions.get(name, ())})
        if name not in wanted:
            if name not in allowed:
                lines.append(f"{name}: not in the lock, installed is {found[0]}")
        elif not found:
            lines.append(f"{name}: lock has {wanted[name]}, not installed")
        elif len(found) > 1:
            lines.append(
                "{}: lock has {}, installed are {}".format(name, wanted[name], " and ".join(found))
            )
        elif not same_version(wanted[name], found[0]):
            lines.append(f"{name}: lock has {wanted[name]}, installed is {found[0]}")
    return lines


def find(names: Iterable[str], installed: Iterable[Distribution]) -> Optional[Distribution]:
    """The first installed distribution that has one of the names."""
    wanted = {canonical_name(name) for name in names}
    for distribution in installed:
        if distribution.name in wanted:
            return distribution
    return None


def misplaced(distribution: Distribution, version: str, path: str) -> List[str]:
    """Why an imported module is not the one that `distribution` installed; [] if it is."""
    lines = []
    if version and not same_version(canonical_version(version)[0], distribution.version):
        lines.append(
            f"{distribution.name}: installed is {distribution.version}, the imported module says {version}"
        )
    if path and not os.path.realpath(path).startswith(distribution.folder + os.sep):
        lines.append(
            f"{distribution.name}: installed in {distribution.folder}, imported from {path}"
        )
    return lines


def _read(folder: str, entry: str) -> Distribution:
    """Name and version: METADATA has them for certain, the folder's name where that is lost."""
    path = os.path.join(folder, entry)
    for file in (os.path.join(path, "METADATA"), os.path.join(path, "PKG-INFO"), path):
        name, version = _header(file)
        if name and version:
            return Distribution(canonical_name(name), version, folder)
    stem = entry.rsplit(".", 1)[0].split("-")
    return Distribution(canonical_name(stem[0]), stem[1] if len(stem) > 1 else "unknown", folder)


def _header(path: str) -> Tuple[str, str]:
    try:
        with open(path, "rb") as file:
            text = file.read(_HEADER_BYTES).decode("utf-8", "replace")
    except OSError:
        return "", ""
    fields = {"name": "", "version": ""}
    for line in text.splitlines():
        if not line.strip():  # the end of the header: what follows is prose
            break
        key, _, value = line.partition(":")
        if key.lower() in fields:
            fields[key.lower()] = value.strip()
    return fields["name"], fields["version"]
