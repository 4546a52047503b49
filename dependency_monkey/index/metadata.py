"""Asks an index for the METADATA of a file: alone (PEP 658), else from the wheel's end, else whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from dependency_monkey.index.errors import (
    FileVanishedError,
    IndexAnswerError,
    TooLargeError,
    UnusableFileError,
)
from dependency_monkey.index.files import IndexFile
from dependency_monkey.index.metadata_headers import belongs_to, is_metadata
from dependency_monkey.index.patience import Patience, Race
from dependency_monkey.index.sdist import MAXIMUM_SDIST_BYTES, metadata_of_sdist
from dependency_monkey.index.sent import Terms
from dependency_monkey.index.transport import Answer, NoLongerWantedError, Transport
from dependency_monkey.index.turns import LAST, SOON
from dependency_monkey.index.wheel_tail import (
    FIRST_TAIL,
    MAXIMUM_METADATA_BYTES,
    WheelTail,
    probable_tail,
)

#: A wheel whose index refuses range requests is read whole up to this size.
MAXIMUM_WHEEL_BYTES = 256 * 1024 * 1024
#: Answers that contradict what the page says are asked for again so often.
TRIES = 3
#: Where METADATA was not given alone for so many wheels of a project, and for more than it was, the wheel
#: is asked: a 404 is slow, and where METADATA lies in the wheels is known by then.
MOST_MISSED = 5
_GONE = frozenset({404, 410})
#: The beginning of the directory, the rest of it, the file itself, and one to spare.
_MOST_RANGES = 4


class MetadataAsker:
    """Asks for one file after the other, and learns what to expect of a project.

    How far from the end of a wheel its METADATA lies; and whether an index that does not tell where
    METADATA is given alone gives it for any wheel of the project, and for files as new as this one.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._reach: dict[str, int] = {}
        self._missed: dict[str, int] = {}
        self._alone_found: dict[str, int] = {}
        self._patience = Patience()
        self._newest_alone: datetime | None = None
        self._race = Race()

    async def close(self) -> None:
        """Give up what is still under way though nobody waits for it."""
        await self._race.close()

    async def ask(self, file: IndexFile) -> bytes:
        """The METADATA. Raises IndexAnswerError, UnusableFileError, IndexUnreachableError."""
        if file.metadata_apart is None and self._may_be_alone(file):
            alone = partial(self._learning, file)
            return await self._race.run(alone, partial(self._from_wheel, file))
        if file.metadata_apart:
            found = await self._alone(file)
            if found is not None:
                return found
        return await (self._from_wheel(file) if file.is_wheel else self._from_sdist(file))

    async def _learning(self, file: IndexFile, late: Callable[[], None]) -> bytes | None:
        terms = Terms(partial(self._may_be_alone, file), partial(self._late_after, file), late)
        try:
            found = await self._alone(file, terms)
        except NoLongerWantedError:
            return None
        learned = self._missed if found is None else self._alone_found
        project = _project(file)
        learned[project] = learned.get(project, 0) + 1
        if found is not None and file.upload_time is not None:
            self._newest_alone = max(file.upload_time, self._newest_alone or file.upload_time)
        return found

    def _late_after(self, file: IndexFile) -> float:
        """At once, s, where it came to the index after all whose METADATA was given alone."""
        newest, uploaded = self._newest_alone, file.upload_time
        is_newer = newest is not None and uploaded is not None and uploaded > newest
        return 0.0 if is_newer else self._patience.seconds

    def _may_be_alone(self, file: IndexFile) -> bool:
        project = _project(file)
        missed = self._missed.get(project, 0)
        return file.is_wheel and (
            missed < MOST_MISSED or missed <= self._alone_found.get(project, 0)
        )

    async def _alone(self, file: IndexFile, terms: Terms | None = None) -> bytes | None:
        """The METADATA as a file of its own; None where the index has none, or another's."""
        for _ in range(TRIES):
            answer = await self._get(file, ".metadata", MAXIMUM_METADATA_BYTES, terms=terms)
            if answer.status == 200:
                self._patience.took(answer.seconds)
            if file.metadata_sha256 is not None and answer.status == 200:
                if hashlib.sha256(answer.body).hexdigest() != file.metadata_sha256:
                    continue
                return answer.body
            # an index without PEP 658 may answer anything for an address it does not know
            if answer.status != 200 or not is_metadata(answer.body):
                return None
            return answer.body if _foreign(file, answer.body) is None else None
        raise _other_hash(f"the METADATA of {file.filename}")

    async def _from_sdist(self, file: IndexFile) -> bytes:
        answer = await self._get(file, "", MAXIMUM_SDIST_BYTES)
        if answer.status in _GONE:
            raise FileVanishedError(file.filename)
        if answer.status != 200:
            raise IndexAnswerError(f"{file.filename}: the index answers {answer.status}")
        _check_hash(file, answer.body)
        return metadata_of_sdist(file.filename, answer.body)

    async def _from_wheel(self, file: IndexFile) -> bytes:
        trouble = UnusableFileError(file.filename, "it cannot be read")
        for _ in range(TRIES):
            try:
                content = await self._read_wheel(file)
            except UnusableFileError as error:
                trouble = error
                continue
            foreign = _foreign(file, content)
            if foreign is None:
                return content
            trouble = UnusableFileError(file.filename, foreign)
        raise trouble

    async def _read_wheel(self, file: IndexFile) -> bytes:
        """By range requests from the end of the wheel; whole where the index knows no ranges."""
        project = _project(file)
        first = self._reach.get(project) or probable_tail(file.size)
        answer = await self._range(file, f"bytes=-{first}")
        if answer.status == 416:  # shorter than that, or empty
            answer = await self._range(file, None)
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
            more = await self._range(file, f"bytes={span[0]}-{span[1]}")
            if more.status == 200:
                return _whole(file, more.body)
            if more.status != 206 or _place(more) != (span[0], size):
                raise IndexAnswerError(
                    f"{file.filename}: the index answers {more.status} to a range"
                )
            tail.add(span[0], more.body)
        # the next version is built as this one was, and a little larger
        self._reach[project] = max(FIRST_TAIL, tail.useful() * 9 // 8)
        return tail.metadata()

    async def _range(self, file: IndexFile, span: str | None) -> Answer:
        headers = {"Accept-Encoding": "identity", **({"Range": span} if span else {})}
        answer = await self._get(file, "", MAXIMUM_WHEEL_BYTES, headers, order=SOON)
        if answer.status in _GONE:
            raise FileVanishedError(file.filename)
        return answer

    async def _get(
        self,
        file: IndexFile,
        suffix: str,
        maximum_bytes: int,
        headers: Mapping[str, str] | None = None,
        terms: Terms | None = None,
        order: int = LAST,
    ) -> Answer:
        try:
            return await self._transport.get(
                file.url + suffix,
                headers=headers,
                maximum_bytes=maximum_bytes,
                order=order,
                terms=terms,
            )
        except TooLargeError:
            what = "METADATA" if suffix else "archive"
            raise UnusableFileError(
                file.filename, f"its {what} is larger than {maximum_bytes} bytes"
            ) from None


def _project(file: IndexFile) -> str:
    return file.filename.partition("-")[0]


def _foreign(file: IndexFile, content: bytes) -> str | None:
    return None if file.wheel is None else belongs_to(content, file.wheel)


def _other_hash(what: str) -> IndexAnswerError:
    return IndexAnswerError(
        f"{what} has another hash than the page of its project says",
        hint="the index, or something between, is at fault: ask again later, or another mirror",
    )


def _check_hash(file: IndexFile, content: bytes) -> None:
    if file.sha256 is not None and hashlib.sha256(content).hexdigest() != file.sha256:
        raise _other_hash(file.filename)


def _whole(file: IndexFile, content: bytes) -> bytes:
    _check_hash(file, content)
    return WheelTail(file.filename, len(content), content).metadata()


def _place(answer: Answer) -> tuple[int | None, int | None]:
    """(first byte, size of the whole) as Content-Range tells them."""
    span, _, size = answer.headers.get("Content-Range", "").removeprefix("bytes ").rpartition("/")
    first = span.partition("-")[0].strip()
    return (
        int(first) if first.isdecimal() else None,
        int(size) if size.isdecimal() else None,
    )
