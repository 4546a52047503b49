"""Asks an index for the METADATA of a wheel: alone (PEP 658), else from the wheel's end, else whole."""

from __future__ import annotations

import hashlib

from dependency_monkey.index.errors import (
    FileVanishedError,
    IndexAnswerError,
    UnusableFileError,
)
from dependency_monkey.index.files import IndexFile
from dependency_monkey.index.metadata_headers import belongs_to, is_metadata
from dependency_monkey.index.transport import Answer, Transport
from dependency_monkey.index.wheel_tail import FIRST_TAIL, MAXIMUM_METADATA_BYTES, WheelTail

#: A wheel whose index refuses range requests is read whole up to this size.
MAXIMUM_WHEEL_BYTES = 256 * 1024 * 1024
#: Answers that contradict what the page says are asked for again so often.
TRIES = 3
_GONE = frozenset({404, 410})
#: The directory, its older half, the file itself.
_MOST_RANGES = 4


async def ask_metadata(transport: Transport, file: IndexFile) -> bytes:
    """The METADATA. Raises IndexAnswerError, UnusableFileError, IndexUnreachableError."""
    if file.metadata_apart is not False:
        found = await _alone(transport, file)
        if found is not None:
            return found
    return await _from_wheel(transport, file)


async def _alone(transport: Transport, file: IndexFile) -> bytes | None:
    """The METADATA as a file of its own; None where the index has none, or another's."""
    for _ in range(TRIES):
        answer = await transport.get(file.url + ".metadata", maximum_bytes=MAXIMUM_METADATA_BYTES)
        if file.metadata_sha256 is not None and answer.status == 200:
            if hashlib.sha256(answer.body).hexdigest() != file.metadata_sha256:
                continue
            return answer.body
        # an index without PEP 658 may answer anything for an address it does not know
        if answer.status != 200 or not is_metadata(answer.body):
            return None
        return answer.body if _foreign(file, answer.body) is None else None
    raise IndexAnswerError(
        f"the METADATA of {file.filename} has another hash than the page of its project says",
        hint="the index, or something between, is at fault: ask again later, or another mirror",
    )


async def _from_wheel(transport: Transport, file: IndexFile) -> bytes:
    trouble: UnusableFileError | None = None
    for _ in range(TRIES):
        try:
            content = await _read_wheel(transport, file)
        except UnusableFileError as error:
            trouble = error
            continue
        foreign = _foreign(file, content)
        if foreign is None:
            return content
        trouble = UnusableFileError(file.filename, foreign)
    raise trouble or UnusableFileError(file.filename, "it cannot be read")


def _foreign(file: IndexFile, content: bytes) -> str | None:
    return None if file.wheel is None else belongs_to(content, file.wheel)


async def _read_wheel(transport: Transport, file: IndexFile) -> bytes:
    """By range requests from the end of the wheel; whole where the index knows no ranges."""
    answer = await _range(transport, file, f"bytes=-{FIRST_TAIL}")
    if answer.status == 416:  # shorter than that, or empty
        answer = await _range(transport, file, None)
    if answer.status == 200:
        return _whole(file, answer.body)
    start, size = _place(answer)
    if answer.status != 206 or size is None or start != size - len(answer.body):
        raise IndexAnswerError(f"{file.filename}: the index answers {answer.status}")
    tail = WheelTail(file.filename, size, answer.body)
    for _ in range(_MOST_RANGES):
        span = tail.needed()
        if span is None:
            break
        more = await _range(transport, file, f"bytes={span[0]}-{span[1]}")
        if more.status == 200:
            return _whole(file, more.body)
        if more.status != 206 or _place(more) != (span[0], size):
            raise IndexAnswerError(f"{file.filename}: the index answers {more.status} to a range")
        tail.add(span[0], more.body)
    return tail.metadata()


async def _range(transport: Transport, file: IndexFile, span: str | None) -> Answer:
    headers = {"Accept-Encoding": "identity", **({"Range": span} if span else {})}
    answer = await transport.get(file.url, headers=headers, maximum_bytes=MAXIMUM_WHEEL_BYTES)
    if answer.status in _GONE:
        raise FileVanishedError(file.filename)
    return answer


def _whole(file: IndexFile, content: bytes) -> bytes:
    if file.sha256 is not None and hashlib.sha256(content).hexdigest() != file.sha256:
        raise IndexAnswerError(
            f"{file.filename} has another hash than the page of its project says",
            hint="the index, or something between, is at fault: ask again later, or another mirror",
        )
    return WheelTail(file.filename, len(content), content).metadata()


def _place(answer: Answer) -> tuple[int | None, int | None]:
    """(first byte, size of the whole) as Content-Range tells them."""
    span, _, size = answer.headers.get("Content-Range", "").removeprefix("bytes ").rpartition("/")
    first = span.partition("-")[0].strip()
    return (
        int(first) if first.isdecimal() else None,
        int(size) if size.isdecimal() else None,
    )
