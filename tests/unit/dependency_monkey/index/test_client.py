"""Against a real server on loopback that misbehaves: retried, or reported by name; never fewer files."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest
from packaging.utils import NormalizedName, canonicalize_name

from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import IndexClient, Progress, Source
from dependency_monkey.index.errors import (
    FileVanishedError,
    IndexAnswerError,
    IndexUnreachableError,
    PackageIndexError,
    ProjectNotFoundError,
    UnusableFileError,
)
from dependency_monkey.index.files import IndexFile
from dependency_monkey.index.metadata import MOST_MISSED
from dependency_monkey.index.snapshot import Snapshot
from dependency_monkey.index.transport import Transport
from tests.support.index_server import Fault, IndexServer, metadata_of

NAME = canonicalize_name("web-thing")
Found = TypeVar("Found")
QUICK = aiohttp.ClientTimeout(total=None, sock_connect=2, sock_read=0.2)


def quick_transport() -> Transport:
    return Transport(tries=4, first_pause_seconds=0.001, timeout=QUICK)


class Reader:
    """A client of its own for each question, all with one cache."""

    def __init__(self, server: IndexServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.fresh_seconds = 600.0
        self.snapshot: Snapshot | None = None
        self.offline = False
        self.dated = False

    def ask(self, question: Callable[[IndexClient], Awaitable[Found]]) -> Found:
        async def asked() -> Found:
            client = IndexClient(
                [Source("main", self.server.url)],
                IndexCache(self.folder),
                transport=quick_transport(),
                snapshot=self.snapshot,
                offline=self.offline,
                dated=self.dated,
                fresh_seconds=self.fresh_seconds,
            )
            async with client:
                return await question(client)

        return asyncio.run(asked())

    def files(self, name: NormalizedName = NAME) -> tuple[IndexFile, ...]:
        async def question(client: IndexClient) -> tuple[IndexFile, ...]:
            return (await client.project(name, "main")).files

        return self.ask(question)

    def metadata(self, file: IndexFile) -> bytes:
        return self.ask(lambda client: client.metadata(file))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with IndexServer() as server:
        for version in ("1.0", "2.0", "3.0"):
            server.add("web-thing", version, ["other>=2"])
        yield Reader(server, tmp_path / "cache")


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("relative", [False, True])
def test_both_kinds_of_pages_say_the_same(reader: Reader, html: bool, relative: bool) -> None:
    server = reader.server
    server.html, server.relative, server.tells = html, relative, True
    server.add("web-thing", "4.0", python='>=3.8, !="<&>', yanked="broken & gone")
    files = reader.files()
    assert [file.filename for file in files] == list(server.projects["web-thing"])
    last = files[-1]
    assert (last.requires_python, last.yanked, last.yanked_reason) == (
        '>=3.8, !="<&>', True, "broken & gone",
    )  # fmt: skip
    served = server.projects["web-thing"][last.filename]
    assert last.sha256 == hashlib.sha256(served.content).hexdigest()
    assert last.metadata_sha256 == hashlib.sha256(served.metadata).hexdigest()
    assert last.url == f"{server.origin}/files/{last.filename}"
    assert not files[0].yanked


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, times=3),
        Fault(503, headers={"Retry-After": "0"}),
        Fault(wait=0.35),
        Fault(cut=60),
        Fault(cut_silently=60, times=2),
        Fault(body=b"", times=2),
        Fault(body=b'{"files": []', times=2),
        Fault(content_type="text/plain", times=2),
        Fault(body=b"<html><form>who are you?</form></html>", content_type="text/html", times=2),
    ],
)
@pytest.mark.parametrize("html", [False, True])
def test_what_passes_is_asked_again(reader: Reader, fault: Fault, html: bool) -> None:
    reader.server.html = html
    reader.server.fail("/simple/web-thing/", fault)
    assert len(reader.files()) == 3
    assert reader.server.asked("/simple/") == fault.times + 1
    # and nothing wrong was kept
    assert len(reader.files()) == 3
    assert reader.server.asked("/simple/") == fault.times + 1


@pytest.mark.parametrize(
    ("fault", "kind", "why"),
    [
        (Fault(500, times=-1), IndexUnreachableError, r"simple/web-thing/.*after 4 tries.*500"),
        (Fault(wait=0.3, times=-1), IndexUnreachableError, r"simple/web-thing/.*Timeout"),
        (Fault(cut=60, times=-1), IndexUnreachableError, r"simple/web-thing/.*Payload"),
        (Fault(cut_silently=60, times=-1), IndexAnswerError, "page of web-thing on main"),
        (Fault(body=b"", times=-1), IndexAnswerError, "page of web-thing on main"),
        (Fault(403, times=-1), IndexAnswerError, "does not let us read web-thing"),
        (Fault(content_type="image/png", times=-1), IndexAnswerError, "web-thing.*image/png"),
        (
            Fault(body=b'{"meta": {"api-version": "2.0"}, "files": []}', times=-1),
            IndexAnswerError, "web-thing on main.*version 2",
        ),
        (
            Fault(body=b'{"name": "other", "files": []}', times=-1),
            IndexAnswerError, "web-thing on main.*page of 'other'",
        ),
        (Fault(302, headers={"Location": "/simple/web-thing/"}, times=-1), IndexAnswerError,
         "simple/web-thing/ leads nowhere"),
    ],
)  # fmt: skip
def test_what_stays_wrong_is_reported_by_name(
    reader: Reader, fault: Fault, kind: type[PackageIndexError], why: str
) -> None:
    reader.server.fail("/simple/web-thing/", fault)
    with pytest.raises(kind, match=why):
        reader.files()


def test_redirections_are_followed(reader: Reader) -> None:
    moved = Fault(301, headers={"Location": "/simple/web-thing/?moved"})
    reader.server.fail("/simple/web-thing/$", moved)
    reader.server.relative = True
    assert reader.files()[0].url == f"{reader.server.origin}/files/web_thing-1.0-py3-none-any.whl"


def test_a_project_that_is_not_there(reader: Reader) -> None:
    with pytest.raises(ProjectNotFoundError, match="index main has no project 'no-such'"):
        reader.files(canonicalize_name("no-such"))


def test_a_fresh_page_is_not_asked_for_and_an_old_one_only_validated(reader: Reader) -> None:
    first = reader.files()
    assert reader.files() == first
    assert reader.server.asked("/simple/") == 1
    reader.fresh_seconds = -1
    assert reader.files() == first
    assert reader.server.requests[-1][1]["If-None-Match"]
    reader.server.add("web-thing", "4.0")
    assert len(reader.files()) == 4
    reader.fresh_seconds = 600
    assert len(reader.files()) == 4
    assert reader.server.asked("/simple/") == 3


def test_a_project_that_vanishes_is_not_answered_from_the_cache(reader: Reader) -> None:
    reader.files()
    reader.fresh_seconds = -1
    del reader.server.projects["web-thing"]
    with pytest.raises(ProjectNotFoundError):
        reader.files()
    reader.fresh_seconds = 600  # and it is not remembered
    with pytest.raises(ProjectNotFoundError):
        reader.files()


@pytest.mark.parametrize("ranges", [False, True])
@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("tells", [False, True])
def test_metadata_comes_alone_or_from_the_wheel(
    reader: Reader, ranges: bool, alone: bool, tells: bool
) -> None:
    server = reader.server
    server.ranges, server.tells = ranges, tells
    name = server.add("web-thing", "4.0", ["found"], alone=alone)
    [file] = [file for file in reader.files() if file.filename == name]
    expected = metadata_of("web-thing", "4.0", ["found"])
    assert reader.metadata(file) == expected
    assert reader.metadata(file) == expected
    # where the page says that there is none alone, nobody asks for it
    assert server.asked(r"\.metadata$") == (1 if alone or not tells else 0)
    assert server.asked(r"\.whl$") == (0 if alone else 1)


def test_what_is_no_metadata_is_not_taken_for_it(reader: Reader) -> None:
    reader.server.fail(r"\.metadata$", Fault(body=b"<html>sorry</html>"))
    file = reader.files()[0]
    assert b"Version: 1.0" in reader.metadata(file)
    assert reader.server.asked(r"\.whl$") == 1


def test_metadata_of_another_file_is_not_taken(reader: Reader) -> None:
    reader.server.fail(r"\.metadata$", Fault(body=metadata_of("web-thing", "2.0"), times=-1))
    assert b"\nVersion: 1.0\n" in reader.metadata(reader.files()[0])
    name = reader.server.add("web-thing", "4.0", metadata=metadata_of("other", "4.0"), alone=False)
    file = IndexFile(name, f"{reader.server.origin}/files/{name}")
    with pytest.raises(UnusableFileError, match=r"web_thing-4.0.*METADATA is that of 'other'"):
        reader.metadata(file)


def test_a_wrong_hash_of_the_metadata_is_asked_for_again_and_reported(reader: Reader) -> None:
    reader.server.tells = True
    reader.server.fail(
        r"\.metadata$", Fault(body=metadata_of("web-thing", "1.0", ["evil"]), times=2)
    )
    file = reader.files()[0]
    assert reader.metadata(file) == metadata_of("web-thing", "1.0", ["other>=2"])
    reader.server.fail("thing-2.*metadata$", Fault(body=metadata_of("web-thing", "2.0"), times=-1))
    with pytest.raises(IndexAnswerError, match=r"METADATA of web_thing-2.0.*another hash"):
        reader.metadata(reader.files()[1])


def test_a_wheel_with_another_hash_is_reported(reader: Reader) -> None:
    reader.server.ranges = False
    name = reader.server.add("web-thing", "4.0", alone=False)
    file = reader.files()[-1]
    reader.server.projects["web-thing"][name].content += b"."
    with pytest.raises(IndexAnswerError, match=r"web_thing-4.0.*another hash"):
        reader.metadata(file)


def test_a_file_that_vanishes_is_named_and_its_page_read_anew(reader: Reader) -> None:
    file = reader.files()[0]
    del reader.server.projects["web-thing"][file.filename]
    with pytest.raises(FileVanishedError, match=file.filename):
        reader.metadata(file)
    assert len(reader.files()) == 2


def test_metadata_without_bounds_is_refused_by_name(reader: Reader) -> None:
    huge = b"Metadata-Version: 2.1\n" + b"Requires-Dist: a\n" * 400_000
    reader.server.fail(r"2.0.*\.metadata$", Fault(body=huge, times=-1))
    with pytest.raises(UnusableFileError, match=r"web_thing-2.0.*larger than 4194304 bytes"):
        reader.metadata(reader.files()[1])
    name = reader.server.add("web-thing", "5.0", metadata=huge, alone=False)
    file = IndexFile(name, f"{reader.server.origin}/files/{name}")
    with pytest.raises(UnusableFileError, match=r"web_thing-5.0.*METADATA is larger"):
        reader.metadata(file)


def test_what_is_unusable_is_so_offline_too(reader: Reader, tmp_path: Path) -> None:
    name = reader.server.add("web-thing", "4.0", metadata=b"nothing", alone=False)
    file = IndexFile(name, f"{reader.server.origin}/files/{name}")

    async def question(client: IndexClient) -> Snapshot:
        await client.project(NAME, "main")
        with pytest.raises(UnusableFileError):
            await client.metadata(file)
        return client.snapshot

    snapshot = reader.ask(question)
    snapshot.export(tmp_path / "index.zip")
    reader.snapshot = Snapshot.load(tmp_path / "index.zip")
    requests = len(reader.server.requests)
    assert len(reader.files()) == 4
    with pytest.raises(UnusableFileError, match="METADATA"):
        reader.metadata(file)
    assert len(reader.server.requests) == requests


def test_offline_nobody_is_asked(reader: Reader) -> None:
    reader.offline = True
    with pytest.raises(IndexUnreachableError, match="web-thing was not read before"):
        reader.files()
    reader.offline = False
    file = reader.files()[0]
    reader.offline, reader.fresh_seconds = True, -1
    assert len(reader.files()) == 3
    with pytest.raises(IndexUnreachableError, match=r"web_thing-1\.0.*was not read before"):
        reader.metadata(file)
    assert len(reader.server.requests) == 1


def test_a_snapshot_answers_alone(reader: Reader) -> None:
    async def question(client: IndexClient) -> Snapshot:
        page = await client.project(NAME, "main")
        await client.metadata(page.files[0])
        return client.snapshot

    reader.snapshot = reader.ask(question)
    requests = len(reader.server.requests)
    files = reader.files()
    assert len(files) == 3
    assert b"Version: 1.0" in reader.metadata(files[0])
    with pytest.raises(IndexAnswerError, match=r"snapshot has no metadata of web_thing-2\.0"):
        reader.metadata(files[1])
    with pytest.raises(ProjectNotFoundError):
        reader.files(canonicalize_name("never-read"))
    assert len(reader.server.requests) == requests


def test_dates_come_from_the_document_where_the_page_has_none(reader: Reader) -> None:
    server = reader.server
    server.dates = False
    for one in server.projects["web-thing"].values():
        one.uploaded = "2025-03-04T05:06:07Z"
    assert {file.upload_time for file in reader.files()} == {None}
    assert server.asked("/pypi/") == 0
    reader.dated = True
    assert {f"{file.upload_time:%d.%m.%Y}" for file in reader.files()} == {"04.03.2025"}
    server.dates = True
    reader.fresh_seconds = -1
    reader.files()
    assert server.asked("/pypi/web-thing/json") == 1
    server.dates = False
    server.fail("/pypi/", Fault(body=b"{}", times=-1))
    with pytest.raises(IndexAnswerError, match="document of web-thing on main"):
        reader.files()


def test_credentials_are_used_and_shown_nowhere(
    reader: Reader, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader.server.login = "Basic " + base64.b64encode(b"someone:se/cret").decode()
    with pytest.raises(IndexAnswerError, match="status 401"):
        reader.files()
    url = reader.server.url.replace("://", "://someone:se%2Fcret@")

    async def question() -> Snapshot:
        source = Source("main", url)
        assert "cret" not in repr(source)
        async with IndexClient(
            [source], IndexCache(tmp_path / "own"), transport=quick_transport()
        ) as client:
            page = await client.project(NAME, "main")
            await client.metadata(page.files[0])  # the files of the same server need them too
            reader.server.fail("/simple/broken/", Fault(500, times=-1))
            with pytest.raises(IndexUnreachableError) as told:
                await client.project(canonicalize_name("broken"), "main")
            assert "cret" not in str(told.value)
            return client.snapshot

    asyncio.run(question()).export(tmp_path / "index.zip")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert not any(b"cret" in path.read_bytes() for path in written)
    assert "cret" not in caplog.text


def test_progress_tells_projects_files_and_requests(reader: Reader) -> None:
    seen: list[tuple[int, int, int]] = []

    def note(progress: Progress) -> None:
        seen.append((progress.projects, progress.files, progress.requests))

    async def question() -> None:
        client = IndexClient(
            [Source("main", reader.server.url)],
            IndexCache(reader.folder),
            transport=quick_transport(),
            on_progress=note,
        )
        async with client:
            page = await client.project(NAME, "main")
            await client.metadata(page.files[0])
            await client.metadata(page.files[1])

    asyncio.run(question())
    assert seen == [(1, 0, 1), (1, 1, 2), (1, 2, 3)]


def test_what_is_never_there_is_not_asked_for_again_and_again(reader: Reader) -> None:
    for number in range(20):
        reader.server.add("other", f"{number}.0", alone=False)

    async def question(client: IndexClient) -> int:
        page = await client.project(canonicalize_name("other"), "main")
        for file in page.files:
            await client.metadata(file)
        return client.counts.by_status[404]

    assert reader.ask(question) == MOST_MISSED
    assert reader.server.asked(r"\.whl$") == 20


def test_a_wheel_is_asked_where_its_metadata_alone_is_late(reader: Reader) -> None:
    reader.server.fail(r"\.metadata$", Fault(404, wait=4.0, times=-1))

    async def question() -> int:
        client = IndexClient([Source("main", reader.server.url)], IndexCache(reader.folder))
        async with client:
            page = await client.project(NAME, "main")
            assert b"other>=2" in await client.metadata(page.files[0])
            return client.counts.by_status.get(404, 0)

    assert asyncio.run(question()) == 0  # nobody waited for it
    assert reader.server.asked(r"\.whl\.metadata$") == 1
    assert reader.server.asked(r"\.whl$") == 1


def test_metadata_that_the_page_promises_is_waited_for(reader: Reader) -> None:
    reader.server.tells = True
    reader.server.fail(r"\.metadata$", Fault(wait=0.5))

    async def question() -> None:
        client = IndexClient([Source("main", reader.server.url)], IndexCache(reader.folder))
        async with client:
            page = await client.project(NAME, "main")
            assert b"other>=2" in await client.metadata(page.files[0])

    asyncio.run(question())
    assert reader.server.asked(r"\.whl$") == 0


def test_metadata_of_files_newer_than_all_that_was_given_alone_is_not_waited_for(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dependency_monkey.index.patience.LEAST_SECONDS", 60.0)
    reader.server.dates = True
    reader.server.add("other", "1.0", uploaded="2025-01-01T00:00:00Z")
    reader.server.add("other", "2.0", uploaded="2026-01-01T00:00:00Z")
    reader.server.fail(r"other-2.0.*\.metadata$", Fault(404, wait=4.0, times=-1))

    async def question() -> dict[int, int]:
        client = IndexClient([Source("main", reader.server.url)], IndexCache(reader.folder))
        async with client:
            page = await client.project(canonicalize_name("other"), "main")
            for file in page.files:
                await client.metadata(file)
            return dict(client.counts.by_status)

    assert asyncio.run(question()) == {200: 2, 206: 1}


def test_what_waits_for_its_turn_learns_from_what_was_before_it(reader: Reader) -> None:
    for number in range(40):
        reader.server.add("other", f"{number}.0", alone=False)

    async def question() -> int:
        transport = Transport(connections=2)
        client = IndexClient(
            [Source("main", reader.server.url)], IndexCache(reader.folder), transport=transport
        )
        async with client:
            page = await client.project(canonicalize_name("other"), "main")
            await asyncio.gather(*map(client.metadata, page.files))
            return client.counts.by_status[404]

    assert asyncio.run(question()) <= MOST_MISSED + 2
    assert reader.server.asked(r"\.whl$") == 40
