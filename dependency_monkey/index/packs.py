"""Small contents kept for ever by their key, many in one file: to keep a batch costs one write.

Each process appends to a pack of its own, so nobody waits for anybody. A record that was cut short by
a killed process ends its pack: all before it is good. When there are many packs, the old ones are
merged into one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("<4sHII")  # mark, bytes of the key, bytes of the content, its CRC
_MARK = b"AMP1"
_SUFFIX = ".pack"
_LARGEST_CONTENT = 64 * 1024 * 1024
#: Merged are so many bytes at once.
_MERGED_AT_ONCE = 4 * 1024 * 1024
#: More packs than this are merged, those that nobody has written to for so long, s.
MOST_PACKS = 32
MERGED_AFTER_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Place:
    descriptor: int
    offset: int
    length: int
    crc: int


class Packs:
    """The packs of a folder. One thread may write while others read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[str, _Place] | None = None
        self._descriptors: list[int] = []
        self._own = -1
        self._written = 0
        self._opening = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The content; None where it is not there, or is no longer what was written."""
        place = self._known().get(key)
        if place is None:
            return None
        content = os.pread(place.descriptor, place.length, place.offset)
        return (
            content if zlib.crc32(content) == place.crc and len(content) == place.length else None
        )

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Keep contents by their keys: all of them, or those that the disk has room for. Raises OSError."""
        known = self._known()
        if self._own < 0:
            self._own = self._create()
        parts: list[bytes] = []
        places: dict[str, _Place] = {}
        offset = self._written
        for key, content in contents.items():
            name, crc = key.encode(), zlib.crc32(content)
            parts += _HEADER.pack(_MARK, len(name), len(content), crc), name, content
            offset += _HEADER.size + len(name)
            places[key] = _Place(self._own, offset, len(content), crc)
            offset += len(content)
        if os.write(self._own, b"".join(parts)) != offset - self._written:
            os.ftruncate(self._own, self._written)  # the disk is full
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._written = offset
        known.update(places)

    def __len__(self) -> int:
        return len(self._known())

    def close(self) -> None:
        """Close every file."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []
        self._places = None
        self._own, self._written = -1, 0

    def _create(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns()}-{secrets.token_hex(4)}{_SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._descriptors.append(descriptor)
        return descriptor

    def _known(self) -> dict[str, _Place]:
        places = self._places
        if places is None:
            with self._opening:
                if self._places is None:  # else another thread has opened them meanwhile
                    self._places = self._opened()
                places = self._places
        return places

    def _opened(self) -> dict[str, _Place]:
        packs = self._packs()
        if len(packs) > MOST_PACKS:
            self._merge(packs)
            packs = self._packs()
        places: dict[str, _Place] = {}
        for path in packs:
            places.update(self._read(path))
        return places

    def _packs(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def _read(self, path: Path) -> dict[str, _Place]:
        """Where everything of a pack is, up to the first record that is not whole."""
        found: dict[str, _Place] = {}
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # merged just now
            return found
        self._descriptors.append(descriptor)
        size, place = os.fstat(descriptor).st_size, 0
        while place + _HEADER.size <= size:
            # the key follows its header: both come with one read
            head = os.pread(descriptor, _HEADER.size + 128, place)
            mark, name, length, crc = _HEADER.unpack_from(head)
            start = place + _HEADER.size + name
            if mark != _MARK or length > _LARGEST_CONTENT or start + length > size:
                break
            key = head[_HEADER.size : _HEADER.size + name].decode("ascii", "replace")
            found[key] = _Place(descriptor, start, length, crc)
            place = start + length
        return found

    def _merge(self, packs: list[Path]) -> None:
        """Put the old packs into one; who still reads them has them open."""
        with (self._folder / "merging").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # another process does it
                return
            before = time.time() - MERGED_AFTER_SECONDS
            old = [path for path in packs if path.stat().st_mtime < before]
            if len(old) < 2:
                return
            merged = Packs(self._folder)
            merged._places = {}
            for path in old:
                for batch in _batches(self._read(path), merged._places):
                    merged.put(batch)
            merged.close()
            for path in old:
                path.unlink(missing_ok=True)


def _batches(
    places: Mapping[str, _Place], without: Mapping[str, _Place]
) -> Iterator[dict[str, bytes]]:
    """What is kept at the places, except for what is known already."""
    batch: dict[str, bytes] = {}
    size = 0
    for key, place in places.items():
        if key in without:
            continue
        batch[key] = os.pread(place.descriptor, place.length, place.offset)
        size += place.length
        if size >= _MERGED_AT_ONCE:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch
