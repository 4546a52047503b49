"""What an environment consisted of when it was made, and what differs from that now.

Every file is listed with its size, mode, times and SHA-256. A check looks at the file system's own
facts first: a file whose size, mode, mtime and ctime are as they were was not written to (ctime
cannot be set back by hand). Only what differs there is read and hashed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from amun_core.identity import digest
from inspector.environments.installed import owner_of, owners
from inspector.leftovers import open_plain

MANIFEST_SCHEMA = "amun.environment-manifest/1"

#: Byte code and uv's notes hold times of the installation: not part of what an environment is.
_NOT_CONTENT = (".pyc", "/uv_cache.json")

#: So many differences are named, the rest is counted: a script may add files by the thousand.
MOST_NAMED = 40

#: In place of the hash of what is neither a file nor a link.
NO_FILE = "no file"

#: Facts that are compared: size, mode, mtime_ns, ctime_ns.
Facts = tuple[int, int, int, int]


def scan(root: Path) -> Iterator[tuple[str, Facts]]:
    """(relative path, facts) of every file and symbolic link below `root`, in no special order."""
    skip = len(str(root)) + 1
    folders = [str(root)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                    continue
                facts = entry.stat(follow_symlinks=False)
                yield (
                    entry.path[skip:],
                    (facts.st_size, facts.st_mode, facts.st_mtime_ns, facts.st_ctime_ns),
                )


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or of the target of a symbolic link."""
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    descriptor = open_plain(path)  # a pipe would be waited for, a device read without end
    if descriptor is None:
        return NO_FILE
    with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor, not a path)
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Manifest:
    """Relative path -> (facts, SHA-256) of every file of an environment."""

    files: dict[str, tuple[Facts, str]]

    @classmethod
    def of(cls, root: Path) -> Manifest:
        """Read the whole environment below `root`."""
        found = sorted(scan(root))
        with ThreadPoolExecutor(max_workers=4) as pool:  # hashing lets other threads run
            hashes = pool.map(content_hash, (root / path for path, _ in found))
            return cls(
                {path: (facts, digest) for (path, facts), digest in zip(found, hashes, strict=True)}
            )

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(facts[0] for facts, _ in self.files.values())

    @property
    def digest(self) -> str:
        """Content address of the environment, the same wherever and whenever it was made."""
        return digest(
            "manifest",
            [
                [path, "x" if facts[1] & 0o111 else "-", hashed]
                for path, (facts, hashed) in sorted(self.files.items())
                if not path.endswith(_NOT_CONTENT)
            ],
        )

    def suspects(self, root: Path) -> tuple[dict[str, Facts | None], list[str]]:
        """(changed or missing: path -> facts now, None if gone; added paths), by facts alone."""
        files = self.files
        added: list[str] = []
        changed: dict[str, Facts | None] = {}
        seen = 0
        for path, facts in scan(root):
            known = files.get(path)
            if known is None:
                added.append(path)
                continue
            seen += 1
            if known[0] != facts:
                changed[path] = facts
        if seen != len(files):
            gone = files.keys() - {path for path, _ in scan(root)}
            changed |= dict.fromkeys(gone)
        return changed, added

    def differences(self, root: Path) -> tuple[tuple[str, ...], Manifest]:
        """What differs, each named with its package, and this manifest with the facts of today.

        A file that was only copied or touched has other facts but the same content: that is no
        difference, and the refreshed manifest saves hashing it the next time.
        """
        changed, added = self.suspects(root)
        if not changed and not added:
            return (), self
        refreshed = dict(self.files)
        found: list[tuple[str, str]] = [(path, "was added") for path in added]
        for path, facts in changed.items():
            before, hashed = self.files[path]
            if facts is None:
                found.append((path, "is missing"))
            elif _kind(facts[1]) != _kind(before[1]) or facts[0] != before[0]:
                found.append((path, "changed"))  # another size: there is no need to read it
            elif content_hash(root / path) != hashed:
                found.append((path, "changed"))
            elif facts[1] & 0o111 != before[1] & 0o111:
                found.append((path, "has another mode"))
            else:
                refreshed[path] = (facts, hashed)
        known = owners(root) if found else {}
        named: list[str] = []
        for path, what in sorted(found)[:MOST_NAMED]:
            owner = owner_of(path, known)
            prefix = f"{owner.name} {owner.version}: " if owner else ""
            named.append(f"{prefix}{_short(path)} {what}")
        if len(found) > MOST_NAMED:
            named.append(f"and {len(found) - MOST_NAMED} more")
        return tuple(named), Manifest(refreshed)

    def to_json(self) -> str:
        """The manifest as text; `from_json` reads it."""
        rows = [[path, *facts, hashed] for path, (facts, hashed) in sorted(self.files.items())]
        return json.dumps({"schema": MANIFEST_SCHEMA, "files": rows}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read what `to_json` wrote. Raises ValueError for anything else."""
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("schema") != MANIFEST_SCHEMA:
            raise ValueError("not an environment manifest")
        return cls(
            {row[0]: ((row[1], row[2], row[3], row[4]), row[5]) for row in document["files"]}
        )


def _kind(mode: int) -> int:
    return stat.S_IFMT(mode)


def _short(path: str) -> str:
    """The path as a person knows it: below site-packages where it is there."""
    return path.partition("-packages/")[2] or path
