from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from amun_core.errors import SettingsError
from dependency_monkey.index import transport as module
from dependency_monkey.index.access import AccessBook
from dependency_monkey.index.errors import IndexUnreachableError, TooLargeError
from dependency_monkey.index.sent import Terms
from dependency_monkey.index.transport import Answer, Transport
from tests.support.index_server import Fault, IndexServer


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as found:
        found.add("thing", "1.0")
        yield found


def get(transport: Transport, *urls: str, maximum_bytes: int = 1 << 20) -> list[Answer]:
    async def ask() -> list[Answer]:
        async with transport:
            return await asyncio.gather(
                *(transport.get(url, maximum_bytes=maximum_bytes) for url in urls)
            )

    return asyncio.run(ask())


def test_everything_is_counted(server: IndexServer) -> None:
    server.fail("/simple/", Fault(500), Fault(502))
    transport = Transport(first_pause_seconds=0.001)
    [answer] = get(transport, f"{server.url}/thing/")
    counts = transport.counts
    assert (counts.requests, counts.retries) == (3, 2)
    assert counts.by_status == {500: 1, 502: 1, 200: 1}
    assert counts.bytes >= len(answer.body)


def test_pauses_grow_and_what_the_index_asks_for_is_kept(
    server: IndexServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    real_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await real_sleep(0)

    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    monkeypatch.setattr(module.random, "uniform", lambda _a, _b: 1.0)
    server.fail(
        "/simple/", Fault(500, times=2), Fault(429, headers={"Retry-After": "7"}),
        Fault(503, headers={"Retry-After": "86400"}), Fault(503, headers={"Retry-After": "soon"}),
    )  # fmt: skip
    get(Transport(first_pause_seconds=1.0), f"{server.url}/thing/")
    assert pauses == [1.0, 2.0, 7.0, 60.0, 10.0]


def test_nobody_there(unused_port: int) -> None:
    transport = Transport(tries=2, first_pause_seconds=0.001)
    url = f"http://user:secret@127.0.0.1:{unused_port}/simple/thing/?token=secret"
    with pytest.raises(IndexUnreachableError, match="after 2 tries") as told:
        get(transport, url)
    assert "secret" not in str(told.value)


def test_an_answer_without_bounds_is_cut_off(server: IndexServer) -> None:
    server.fail("/simple/", Fault(body=b"x" * 5000))
    with pytest.raises(TooLargeError, match="simple/thing/: the answer is larger than 1000 bytes"):
        get(Transport(), f"{server.url}/thing/", maximum_bytes=1000)
    server.fail("/simple/", Fault(body=b"x" * 5000, cut_silently=5000))
    with pytest.raises(TooLargeError):
        get(Transport(), f"{server.url}/thing/", maximum_bytes=1000)


def test_no_more_at_once_than_is_polite(server: IndexServer) -> None:
    server.fail("/simple/", Fault(wait=0.02, times=-1))
    transport = Transport(connections=3)
    most = 0
    free = transport._turns

    async def ask() -> None:
        nonlocal most

        async def watch() -> None:
            nonlocal most
            while True:
                most = max(most, 3 - free._free)
                await asyncio.sleep(0.001)

        watching = asyncio.create_task(watch())
        async with transport:
            await asyncio.gather(
                *(transport.get(f"{server.url}/thing/", maximum_bytes=9999) for _ in range(9))
            )
        watching.cancel()

    asyncio.run(ask())
    assert most == 3
    assert transport.counts.requests == 9


def test_credentials_do_not_follow_to_another_server(server: IndexServer) -> None:
    with IndexServer() as other:
        other.add("thing", "1.0")
        server.fail("/simple/", Fault(302, headers={"Location": f"{other.url}/thing/"}))
        book = AccessBook()
        book.tell(server.url, credentials=("user", "secret"))
        get(Transport(access=book), f"{server.url}/thing/")
        assert "Authorization" in server.requests[0][1]
        assert "Authorization" not in other.requests[0][1]


def test_certificates_that_cannot_be_read_are_a_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="certificates cannot be read"):
        get(Transport(ca_bundle=tmp_path / "none.pem"), "https://127.0.0.1:1/")


@pytest.fixture
def unused_port() -> int:
    with IndexServer() as closed:
        return int(closed.origin.rpartition(":")[2])


@pytest.mark.parametrize(("beyond", "order"), [(1, ["other", "late"]), (0, ["late", "other"])])
def test_while_an_answer_is_late_another_has_its_place(
    server: IndexServer, monkeypatch: pytest.MonkeyPatch, beyond: int, order: list[str]
) -> None:
    monkeypatch.setattr(module, "LATE_CONNECTIONS", beyond)
    server.fail("/late/", Fault(404, wait=0.5))
    transport = Transport(connections=1)
    terms = Terms(lambda: True, lambda: 0.01, lambda: None)
    came: list[str] = []

    async def one(name: str, terms: Terms | None) -> None:
        await transport.get(f"{server.url}/{name}/", maximum_bytes=1 << 20, terms=terms)
        came.append(name)

    async def ask() -> None:
        async with transport:
            await asyncio.gather(one("late", terms), one("other", None))

    asyncio.run(ask())
    assert came == order
