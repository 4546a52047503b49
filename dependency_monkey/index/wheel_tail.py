"""The METADATA of a wheel from its end: a zip file has its directory there.

`needed` says which bytes are still missing; the caller fetches them by range requests. So one
request is enough for most wheels, four for any, and none reads a wheel of half a gigabyte.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from dependency_monkey.index.errors import UnusableFileError

#: The end that is asked for first holds the directory and METADATA of most wheels. Both grow with the
#: number of files. Of 42 projects whose wheels were read so, these bounds were enough for every wheel of
#: 33 (32 KiB alone: of 26), and the directories of all but TensorFlow's are smaller than 160 KiB.
FIRST_TAIL = 32 * 1024
_PROBABLE_SHARE = 5
_LARGEST_PROBABLE = 160 * 1024
#: Of a directory that is larger than what is known of it and this, the beginning is asked for first.
_LARGE_REST = 256 * 1024
_BEGINNING = 32 * 1024
#: So much is asked for at once to have METADATA with the directory.
LARGEST_TAIL = 256 * 1024
MAXIMUM_METADATA_BYTES = 4 * 1024 * 1024
_MAXIMUM_DIRECTORY_BYTES = 64 * 1024 * 1024

_END = b"PK\x05\x06"
_END_SIZE = 22
#: zip64: a field that is too small holds this, the value stands elsewhere.
_ELSEWHERE = 0xFFFFFFFF
_LOCATOR = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQ2H2I4Q")
_EXTRA64 = 1
_ENTRY_MARK = b"PK\x01\x02"
_METADATA = b".dist-info/METADATA"
_ENTRY = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_STORED, _DEFLATED = 0, 8
#: Longest name and extra field of one entry that are made room for at once.
_SLACK = 1024


def probable_tail(size: int | None) -> int:
    """How much to ask for first of a wheel of so many bytes, where no other of the project was read."""
    return min(max(FIRST_TAIL, (size or 0) // _PROBABLE_SHARE), _LARGEST_PROBABLE)


class _Part(NamedTuple):
    """Some bytes of the file."""

    start: int
    content: bytes

    @property
    def end(self) -> int:
        """The place behind the last one."""
        return self.start + len(self.content)


class WheelTail:
    """The known end of a file of `size` bytes, which may grow to the front."""

    def __init__(self, name: str, size: int, tail: bytes) -> None:
        self._name = name
        self._project = name.partition("-")[0].lower().encode()
        self._size = size
        self._tail = tail
        self._extra: _Part | None = None
        self._found: _Entry | None = None

    def add(self, start: int, content: bytes) -> None:
        """Bytes that were asked for by `needed`."""
        part = _Part(start, content)
        if part.end < self._start:
            self._extra = part
            return
        self._tail = content + self._tail[part.end - self._start :]
        if self._extra is not None and self._extra.end == start:
            self._tail, self._extra = self._extra.content + self._tail, None

    def needed(self) -> tuple[int, int] | None:
        """The first and the last byte that are missing; None where METADATA can be read.

        Of a large directory its end is known, and then its beginning is asked for: that is where
        those who write wheels put the entry.
        """
        offset, length = self._directory()
        entry = self._entry(offset, length)
        if entry is None:
            if self._extra is not None:  # it was not at the beginning, either
                return self._extra.end, self._start - 1
            last = self._start - 1
            large = self._start - offset > _LARGE_REST
            return offset, min(last, offset + _BEGINNING - 1) if large else last
        first, last = entry.header_offset, entry.header_offset + entry.span - 1
        last = min(last, self._size - 1)
        if self._has(first, last):
            return None
        return first, min(last, self._start - 1)

    def metadata(self) -> bytes:
        """The METADATA. Raises UnusableFileError where the file is no wheel."""
        entry = self._known_entry()
        local = self._bytes(entry.header_offset, _LOCAL.size)
        fields = _LOCAL.unpack(local)
        if fields[0] != b"PK\x03\x04":
            raise self._wrong("its directory points to no file")
        start = entry.header_offset + _LOCAL.size + fields[9] + fields[10]
        packed = self._bytes(start, entry.compressed)
        if entry.method == _STORED:
            content = packed
        elif entry.method == _DEFLATED:
            content = self._inflated(packed)
        else:
            raise self._wrong(f"its METADATA is compressed by method {entry.method}")
        if len(content) != entry.size or zlib.crc32(content) != entry.crc:
            raise self._wrong("its METADATA is damaged")
        return content

    def useful(self) -> int:
        """How many bytes from the end on are worth asking for at once where another is like this one.

        All that leads to METADATA, where that does not lie far in front; else no more than its entry.
        """
        entry = self._known_entry()
        reach, to_entry = self._size - entry.header_offset, self._size - entry.place
        return next((one for one in (reach, to_entry) if one <= LARGEST_TAIL), 0)

    @property
    def _start(self) -> int:
        return self._size - len(self._tail)

    def _has(self, first: int, last: int) -> bool:
        if first >= self._start:
            return True
        extra = self._extra
        return extra is not None and extra.start <= first and last < extra.end

    def _bytes(self, start: int, length: int) -> bytes:
        tail = _Part(self._start, self._tail)
        part = tail if start >= tail.start else self._extra or _Part(start, b"")
        found = part.content[start - part.start : start - part.start + length]
        if len(found) != length:
            raise self._wrong("it is cut short")
        return found

    def _directory(self) -> tuple[int, int]:
        """Offset and length of the central directory."""
        place = self._tail.rfind(_END)
        if place < 0 or len(self._tail) - place < _END_SIZE:
            raise self._wrong("it is no zip file")
        length, offset = struct.unpack_from("<2I", self._tail, place + 12)
        if _ELSEWHERE in {length, offset}:
            length, offset = self._directory64(place)
        if offset + length > self._start + place or length > _MAXIMUM_DIRECTORY_BYTES:
            raise self._wrong("its directory lies outside of it")
        return offset, length

    def _directory64(self, place: int) -> tuple[int, int]:
        start = self._start + place - _LOCATOR.size
        signature, _, end, _ = _LOCATOR.unpack(self._bytes(start, _LOCATOR.size))
        if signature != b"PK\x06\x07":
            raise self._wrong("it is no zip file")
        fields = _END64.unpack(self._bytes(end, _END64.size))
        if fields[0] != b"PK\x06\x06":
            raise self._wrong("it is no zip file")
        return fields[8], fields[9]

    def _known_entry(self) -> _Entry:
        entry = self._entry(*self._directory())
        if entry is None:
            raise self._wrong("it is cut short")
        return entry

    def _entry(self, offset: int, length: int) -> _Entry | None:
        """The METADATA in a folder of its own for this project; else in any *.dist-info.

        None where the known parts of the directory do not have the former.
        """
        if self._found is None:
            if offset >= self._start:
                found = self._search(offset, self._bytes(offset, length))
                if found is None:
                    raise self._wrong("it has no METADATA")
            else:
                end = self._tail[: max(0, offset + length - self._start)]
                beginning = b"" if self._extra is None else self._extra.content
                found = self._search(self._start, end, own=True)
                found = found or self._search(offset, beginning, own=True)
            self._found = None if found is None else self._checked(found)
        return self._found

    def _search(self, start: int, part: bytes, *, own: bool = False) -> _Entry | None:
        """In a part of the directory; with `own`, nothing but that of the project counts."""
        found: _Entry | None = None
        end = 0
        while (end := part.find(_METADATA, end)) >= 0:
            end += len(_METADATA)
            place = part.rfind(_ENTRY_MARK, 0, end)
            if place < 0 or place + _ENTRY.size > len(part):
                continue
            fields = _ENTRY.unpack_from(part, place)
            name = part[place + _ENTRY.size : end]
            if len(name) != fields[10] or b"/" in name[: -len(_METADATA)]:
                continue  # in a folder below, in a comment, or in the name of something else
            if end + fields[11] > len(part):
                continue  # it goes on where nothing is known yet
            is_own = name.partition(b"-")[0].lower() == self._project
            if is_own or (found is None and not own):
                found = _Entry.of(start + place, fields, part[end : end + fields[11]])
            if is_own:
                break
        return found

    def _checked(self, entry: _Entry) -> _Entry:
        if max(entry.size, entry.compressed) > MAXIMUM_METADATA_BYTES:
            raise self._wrong(f"its METADATA is larger than {MAXIMUM_METADATA_BYTES} bytes")
        if entry.header_offset + entry.compressed > self._size:
            raise self._wrong("its directory points outside of it")
        return entry

    def _inflated(self, packed: bytes) -> bytes:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return inflater.decompress(packed, MAXIMUM_METADATA_BYTES)
        except zlib.error as error:
            raise self._wrong(f"its METADATA is damaged: {error}") from None

    def _wrong(self, why: str) -> UnusableFileError:
        return UnusableFileError(self._name, why)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file of the directory; `place`: of the entry; `span` covers local header and content."""

    place: int
    method: int
    crc: int
    compressed: int
    size: int
    header_offset: int
    name_length: int

    @classmethod
    def of(cls, place: int, fields: tuple[Any, ...], extra: bytes) -> _Entry:
        """From the fields of the directory; sizes beyond 32 bits stand in the extra field."""
        wide = _wide_values(extra)
        size, compressed, offset = (
            next(wide, 0) if value == _ELSEWHERE else value
            for value in (fields[9], fields[8], fields[16])
        )
        return cls(place, fields[4], fields[7], compressed, size, offset, fields[10])

    @property
    def span(self) -> int:
        """Bytes from its header on; the names there are bounded by what is made room for."""
        return _LOCAL.size + self.name_length + _SLACK + self.compressed


def _wide_values(extra: bytes) -> Iterator[int]:
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == _EXTRA64:
            values = extra[place + 4 : place + 4 + length]
            yield from (value for (value,) in struct.iter_unpack("<Q", values[: length // 8 * 8]))
            return
        place += 4 + length
