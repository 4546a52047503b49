"""Two ways to one answer, each of which may bring it, have nothing, fail, or never end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dependency_monkey.index.patience import FIRST_SECONDS, LEAST_SECONDS, Late, Patience, Race


class Ways:
    """Two ways whose ends are told from outside; what was begun and given up is noted."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.given_up: list[str] = []
        self.ends: dict[str, asyncio.Future[bytes | None]] = {}
        self.late: Late | None = None

    async def first(self, late: Late) -> bytes | None:
        self.late = late
        return await self._way("first")

    async def second(self) -> bytes:
        found = await self._way("second")
        assert found is not None
        return found

    async def _way(self, name: str) -> bytes | None:
        self.begun.append(name)
        self.ends[name] = asyncio.get_running_loop().create_future()
        try:
            return await self.ends[name]
        except asyncio.CancelledError:
            self.given_up.append(name)
            raise

    def is_late(self) -> None:
        assert self.late is not None
        self.late()

    def end(self, name: str, result: bytes | Exception | None) -> None:
        if isinstance(result, Exception):
            self.ends[name].set_exception(result)
        else:
            self.ends[name].set_result(result)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


Scenario = Callable[[Ways, "asyncio.Task[bytes]"], Awaitable[None]]


def play(scenario: Scenario) -> Ways:
    """Start the race, play the scenario, close; nothing may still run after that."""
    ways = Ways()

    async def played() -> None:
        race = Race()
        running = asyncio.create_task(race.run(ways.first, ways.second))
        await settle()
        await scenario(ways, running)
        await race.close()
        assert not asyncio.all_tasks() - {asyncio.current_task()}

    asyncio.run(played())
    return ways


def test_who_answers_in_time_runs_alone() -> None:
    async def scenario(ways: Ways, running: asyncio.Task[bytes]) -> None:
        ways.end("first", b"found")
        assert await running == b"found"
        ways.is_late()  # the clock of the request may still ring

    assert play(scenario).begun == ["first"]


def test_the_second_starts_once_when_the_first_is_late_and_may_win() -> None:
    async def scenario(ways: Ways, running: asyncio.Task[bytes]) -> None:
        ways.is_late()
        ways.is_late()  # a request that is tried again is late again
        await settle()
        ways.end("second", b"wheel")
        assert await running == b"wheel"

    ways = play(scenario)
    assert ways.begun == ["first", "second"]
    assert ways.given_up == ["first"]  # by the end, not by the answer


def test_a_late_first_may_still_win() -> None:
    async def scenario(ways: Ways, running: asyncio.Task[bytes]) -> None:
        ways.is_late()
        await settle()
        ways.end("first", b"alone")
        assert await running == b"alone"

    assert play(scenario).given_up == ["second"]


@pytest.mark.parametrize(
    ("late", "first"), [(False, None), (True, None), (True, OSError("no answer"))]
)
def test_the_second_runs_once_where_the_first_has_nothing_or_is_late_and_fails(
    late: bool, first: OSError | None
) -> None:
    async def scenario(ways: Ways, running: asyncio.Task[bytes]) -> None:
        if late:
            ways.is_late()
            await settle()
        ways.end("first", first)
        await settle()
        assert not running.done()
        ways.end("second", b"wheel")
        assert await running == b"wheel"

    assert play(scenario).begun == ["first", "second"]


@pytest.mark.parametrize(
    ("first", "told"), [(OSError("no answer"), "no answer"), (None, "no wheel")]
)
def test_where_nobody_brings_it_the_first_error_is_raised(first: OSError | None, told: str) -> None:
    async def scenario(ways: Ways, running: asyncio.Task[bytes]) -> None:
        ways.is_late()
        await settle()
        ways.end("second", ValueError("no wheel"))
        await settle()
        assert not running.done()
        ways.end("first", first)
        with pytest.raises((OSError, ValueError), match=told):
            await running

    play(scenario)


def test_an_error_in_time_is_raised_and_the_second_never_begins() -> None:
    async def scenario(ways: Ways, running: asyncio.Task[bytes]) -> None:
        ways.end("first", OSError("no answer"))
        with pytest.raises(OSError, match="no answer"):
            await running

    assert play(scenario).begun == ["first"]


def test_whoever_gives_up_waiting_gives_up_both() -> None:
    async def scenario(ways: Ways, running: asyncio.Task[bytes]) -> None:
        ways.is_late()
        await settle()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await settle()
        assert ways.given_up == ["first", "second"]

    play(scenario)


def test_late_is_what_takes_longer_than_the_others_did() -> None:
    patience = Patience()
    assert patience.seconds == FIRST_SECONDS
    patience.took(0.2)
    assert patience.seconds == pytest.approx(0.5)
    for _ in range(200):
        patience.took(0.001)
    assert patience.seconds == LEAST_SECONDS
    for _ in range(200):
        patience.took(4.0)
    assert patience.seconds == pytest.approx(10.0, rel=0.01)
