"""The environment store: environments by content address, made once, lent to many runs.

    ROOT/<name>/environment/    the environment, read-only, never changed
    ROOT/<name>/manifest.json   every file of it
    ROOT/<name>/entry.json      the marker, written last: without it nothing here is valid
    ROOT/<name>/used            its mtime says when it was last used
    ROOT/locks/<name>.build     held by whoever makes or removes the entry
    ROOT/locks/<name>.use       shared by everyone who runs something in it
    ROOT/<random>.building      work in progress; its maker holds a lock on the folder itself

A maker that is killed loses its locks with its life, so what it left is recognised and removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from amun_core.errors import EngineError
from inspector.engines.base import Environment, InstalledPackage, ShouldStop
from inspector.environments import file_locks
from inspector.environments.manifest import Manifest
from inspector.leftovers import read_plain, remove_tree

#: A manifest has about 150 bytes for each file of an environment.
_LARGEST_OWN_FILE = 256 * 1024 * 1024
ENTRY_SCHEMA = "amun.environment/1"

_IDENTITY = re.compile(r"[A-Za-z0-9_.-]+:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class StoredEnvironment:
    """A complete environment of the store. `python` is the interpreter inside it."""

    key: str
    path: Path
    python: Path
    digest: str
    installed: tuple[InstalledPackage, ...]
    build_seconds: float
    size_bytes: int
    artifacts: Mapping[str, str] = field(default_factory=dict)

    def as_environment(self, *, reused: bool) -> Environment:
        """As an engine hands it out."""
        return Environment(
            key=self.key,
            location=str(self.path),
            digest=self.digest,
            installed=self.installed,
            reused=reused,
            build_seconds=self.build_seconds,
            artifacts=self.artifacts,
        )


class EnvironmentStore:
    """Keeps environments below `root`, at most `maximum_bytes` of unused ones (0: no bound)."""

    def __init__(self, root: Path, *, maximum_bytes: int) -> None:
        self.root = root.absolute()
        self.maximum_bytes = maximum_bytes
        self._manifests: dict[str, tuple[int, Manifest]] = {}  # key -> (mtime_ns, manifest)

    # -- reading ---------------------------------------------------------------------------------

    def find(self, key: str) -> StoredEnvironment | None:
        """The complete environment with this key, or None."""
        folder = self._folder(key)
        try:
            entry = json.loads(_text(folder / "entry.json"))
        except (OSError, ValueError):
            return None
        if not isinstance(entry, dict) or entry.get("schema") != ENTRY_SCHEMA:
            return None
        if entry["key"] != key:
            return None
        return _stored(folder, entry)

    def keys(self) -> list[str]:
        """Keys of all complete environments, least recently used first."""
        return [key for _, key, _ in self._entries()]

    @contextlib.contextmanager
    def use(self, key: str) -> Iterator[StoredEnvironment]:
        """Hold the environment: while this lasts, it is not removed. Raises EngineError if gone."""
        with file_locks.shared(self._lock(key, "use")):
            stored = self.find(key)
            if stored is None:
                raise EngineError(f"the environment {key} is no longer in the store")
            with contextlib.suppress(OSError):
                os.utime(self._folder(key) / "used")
            yield stored

    def verify(self, stored: StoredEnvironment) -> tuple[str, ...]:
        """Differences between the environment and its manifest, each named; () if there is none."""
        folder = self._folder(stored.key)
        try:
            manifest = self._manifest(stored.key)
            differences, refreshed = manifest.differences(stored.path)
        except (OSError, ValueError) as error:
            return (f"the environment cannot be read: {error}",)
        if refreshed is not manifest and not differences:
            with contextlib.suppress(OSError):
                _write(folder / "manifest.json", refreshed.to_json())
        return differences

    # -- writing ---------------------------------------------------------------------------------

    def create(
        self,
        key: str,
        build: Callable[[Path], None],
        *,
        installed: Callable[[Path], list[InstalledPackage]],
        artifacts: Mapping[str, str] | None = None,
        should_stop: ShouldStop | None = None,
    ) -> StoredEnvironment:
        """Make the environment with `build`, unless another has made it meanwhile.

        `build` fills the folder it is given; the environment moves to another place afterwards, so
        it must be relocatable. Whatever `build` raises leaves nothing behind.
        """
        self.remove_leftovers()
        with file_locks.exclusive(self._lock(key, "build"), should_stop):
            found = self.find(key)
            if found is not None:
                return found
            with file_locks.exclusive(self._lock(key, "use"), should_stop):
                self._remove_tree(self._folder(key))  # discarded, or half removed
            stored = self._build(key, build, installed, artifacts or {})
        self.evict(keep=key)
        return stored

    def _build(
        self,
        key: str,
        build: Callable[[Path], None],
        installed: Callable[[Path], list[InstalledPackage]],
        artifacts: Mapping[str, str],
    ) -> StoredEnvironment:
        started = time.monotonic()
        work = self.root / f"{secrets.token_hex(8)}.building"
        with file_locks.new_folder(work, guard=self.root / "locks" / "store"):
            try:
                environment = work / "environment"
                build(environment)
                packages = installed(environment)
                _make_read_only(environment)
                manifest = Manifest.of(environment)
                _write(work / "manifest.json", manifest.to_json())
                (work / "used").touch()
                entry = {
                    "schema": ENTRY_SCHEMA,
                    "key": key,
                    "digest": manifest.digest,
                    "installed": [[package.name, package.version] for package in packages],
                    "artifacts": dict(artifacts),
                    "build_seconds": round(time.monotonic() - started, 3),
                    "size_bytes": manifest.size_bytes,
                }
                _write(work / "entry.json", json.dumps(entry))
                folder = self._folder(key)
                work.rename(folder)
            except BaseException:
                self._remove_tree(work)
                raise
        _sync_folder(self.root)
        return _stored(folder, entry)

    def discard(self, key: str) -> None:
        """Take the environment out of use; its files go as soon as nothing runs in it."""
        with file_locks.exclusive(self._lock(key, "build")):
            folder = self._folder(key)
            (folder / "entry.json").unlink(missing_ok=True)
            with file_locks.try_exclusive(self._lock(key, "use")) as free:
                if free:
                    self._remove_tree(folder)

    def evict(self, *, keep: str | None = None) -> list[str]:
        """Remove least recently used environments until the rest fits; those in use stay."""
        if self.maximum_bytes <= 0:
            return []
        entries = self._entries()
        excess = sum(size for _, _, size in entries) - self.maximum_bytes
        removed = []
        for _, key, size in entries:
            if excess <= 0:
                break
            if key != keep and self._remove_unused(key):
                removed.append(key)
                excess -= size
        return removed

    def remove_leftovers(self) -> list[Path]:
        """Remove what killed makers left; the work of living ones stays."""
        (self.root / "locks").mkdir(parents=True, exist_ok=True)
        removed = []
        for work in self.root.glob("*.building"):
            with file_locks.try_folder(work, guard=self.root / "locks" / "store") as dead:
                if dead:
                    self._remove_tree(work)
                    removed.append(work)
        return removed

    # -- inside ----------------------------------------------------------------------------------

    def _remove_unused(self, key: str) -> bool:
        with (
            file_locks.try_exclusive(self._lock(key, "build")) as not_building,
            file_locks.try_exclusive(self._lock(key, "use")) as unused,
        ):
            if not (not_building and unused):
                return False
            folder = self._folder(key)
            (folder / "entry.json").unlink(missing_ok=True)
            self._remove_tree(folder)
        return True

    def _entries(self) -> list[tuple[int, str, int]]:
        """(last use in ns, key, bytes) of every complete environment, oldest use first."""
        found = []
        for marker in self.root.glob("*/entry.json"):
            try:
                entry = json.loads(_text(marker))
                used = (marker.parent / "used").stat().st_mtime_ns
                found.append((used, str(entry["key"]), int(entry["size_bytes"])))
            except (OSError, ValueError, KeyError, TypeError):
                continue  # being removed just now
        return sorted(found)

    def _manifest(self, key: str) -> Manifest:
        path = self._folder(key) / "manifest.json"
        changed = path.stat().st_mtime_ns
        kept = self._manifests.get(key)
        if kept is None or kept[0] != changed:
            kept = (changed, Manifest.from_json(_text(path)))
            self._manifests = {key: kept}  # one is enough: a host measures one stack at a time
        return kept[1]

    def _folder(self, key: str) -> Path:
        return self.root / _name(key)

    def _lock(self, key: str, purpose: str) -> Path:
        return self.root / "locks" / f"{_name(key)}.{purpose}"

    def _remove_tree(self, folder: Path) -> None:
        """Remove a folder, read-only parts of it included."""
        remove_tree(folder)


def _text(path: Path) -> str:
    """A file of ours. Raises ValueError where another thing lies in its place."""
    content = read_plain(path, _LARGEST_OWN_FILE)
    if content is None:
        raise ValueError(f"{path.name} is no file that can be read")
    return content.decode("utf-8")


def _name(key: str) -> str:
    """A folder name for `key`: its own hash where it is an identity."""
    identity = _IDENTITY.fullmatch(key)
    digest = identity.group(1) if identity else sha256(key.encode()).hexdigest()
    return digest[:40]


def _stored(folder: Path, entry: Mapping[str, Any]) -> StoredEnvironment:
    path = folder / "environment"
    return StoredEnvironment(
        key=entry["key"],
        path=path,
        python=path / "bin" / "python",
        digest=entry["digest"],
        installed=tuple(InstalledPackage(name, version) for name, version in entry["installed"]),
        build_seconds=float(entry["build_seconds"]),
        size_bytes=int(entry["size_bytes"]),
        artifacts=dict(entry["artifacts"]),
    )


def _make_read_only(environment: Path) -> None:
    """Nobody may write, everybody may read, whatever the umask: a run in a container is nobody."""
    for folder, _, files in os.walk(environment, topdown=False):
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o555 if path.stat().st_mode & 0o111 else 0o444)
        Path(folder).chmod(0o555)


def _write(path: Path, text: str) -> None:
    """Write so that the file is there whole or not at all, also after a power cut."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
