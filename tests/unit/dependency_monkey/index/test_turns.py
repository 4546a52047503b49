from __future__ import annotations

import asyncio

import pytest

from dependency_monkey.index import turns as turns_module
from dependency_monkey.index.turns import STEP_SECONDS, Turns


def test_the_most_urgent_goes_first_and_equals_in_their_order() -> None:
    order: list[str] = []

    async def one(turns: Turns, name: str, urgency: int) -> None:
        async with turns.one(urgency):
            order.append(name)
            await asyncio.sleep(0)

    async def run() -> None:
        turns = Turns(1)
        async with asyncio.TaskGroup() as group:
            for name, urgency in [("a", 1), ("b", 1), ("c", 0), ("d", 1), ("e", 0)]:
                group.create_task(one(turns, name, urgency))
        assert turns._free == 1

    asyncio.run(run())
    assert order == ["a", "c", "e", "b", "d"]


@pytest.mark.parametrize("at_the_same_moment", [False, True])
def test_a_place_is_not_lost_with_who_waited_for_it(at_the_same_moment: bool) -> None:
    async def hold(turns: Turns, until: asyncio.Event) -> None:
        async with turns.one(1):
            await until.wait()

    async def run() -> None:
        turns, until = Turns(1), asyncio.Event()
        holder = asyncio.create_task(hold(turns, until))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(hold(turns, until))
        await asyncio.sleep(0)
        if at_the_same_moment:
            until.set()
            await holder  # the place was given to who waits, and then that one is cancelled
        waiting.cancel()
        until.set()
        await asyncio.gather(holder, waiting, return_exceptions=True)
        async with asyncio.timeout(1), turns.one(1):
            assert turns._free == 0
        assert turns._free == 1

    asyncio.run(run())


def test_a_place_is_free_again_after_an_error() -> None:
    async def run() -> None:
        turns = Turns(1)
        with pytest.raises(ValueError, match="wrong"):
            async with turns.one(0):
                raise ValueError("wrong")
        assert turns._free == 1

    asyncio.run(run())


@pytest.mark.parametrize(("busy_seconds", "most"), [(60.0, 5), (0.0, 2)])
def test_places_are_added_while_some_wait_and_the_core_has_time(
    monkeypatch: pytest.MonkeyPatch, busy_seconds: float, most: int
) -> None:
    monkeypatch.setattr(turns_module, "BUSY_SECONDS", busy_seconds)  # 0: whatever rings, rings late
    now, seen = 0, list[int]()

    async def one(turns: Turns) -> None:
        nonlocal now
        async with turns.one(1):
            now += 1
            seen.append(now)
            await asyncio.sleep(2 * STEP_SECONDS)
            now -= 1

    async def run() -> None:
        turns = Turns(5, first=2)
        async with asyncio.TaskGroup() as group:
            for _ in range(40):
                group.create_task(one(turns))
        assert turns._free == most

    asyncio.run(run())
    assert seen[:2] == [1, 2]
    assert max(seen) == most


def test_who_leaves_goes_on_beyond_as_far_as_there_is_room() -> None:
    async def run() -> None:
        turns = Turns(2, beyond=1)
        async with turns.one(1) as leave_first, turns.one(1) as leave_second:
            leave_first()
            async with turns.one(1):  # the place of the first
                leave_second()  # no room
                assert turns._free == 0
            assert (turns._free, turns._room_beyond) == (1, 0)
        assert (turns._free, turns._room_beyond) == (2, 1)

    asyncio.run(run())


def test_none_is_added_where_nobody_waits() -> None:
    async def run() -> None:
        turns = Turns(5, first=2)
        async with turns.one(1):
            await asyncio.sleep(4 * STEP_SECONDS)
        assert turns._free == 2

    asyncio.run(run())
