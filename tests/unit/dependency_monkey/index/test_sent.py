from __future__ import annotations

import asyncio

import pytest

from dependency_monkey.index.sent import ROUNDS, Sent, Terms


def watched(late: list[str], after: float = 0.0) -> Sent:
    terms = Terms(lambda: True, lambda: after, lambda: late.append("told"))
    return Sent(terms, lambda: late.append("left"))


async def rounds(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


def test_an_answer_is_late_so_long_after_it_was_asked_for() -> None:
    late: list[str] = []

    async def run() -> None:
        sent = watched(late)
        await asyncio.sleep(0.05)  # its connection is opened
        assert not late
        opening = sent.seconds
        sent.now()
        assert sent.seconds < opening
        await rounds(4 * ROUNDS)
        sent.answered()

    asyncio.run(run())
    assert late == ["left", "told"]


def test_an_answer_that_came_is_not_late() -> None:
    late: list[str] = []

    async def run() -> None:
        sent = watched(late)
        sent.now()
        sent.answered()
        await rounds(2 * ROUNDS)

    asyncio.run(run())
    assert not late


def test_no_answer_is_late_before_its_time() -> None:
    late: list[str] = []

    async def run() -> None:
        sent = watched(late, after=60.0)
        sent.now()
        await rounds(2 * ROUNDS)
        sent.answered()

    asyncio.run(run())
    assert not late


@pytest.mark.parametrize(("later", "is_late"), [(1, False), (ROUNDS, False), (ROUNDS + 2, True)])
def test_an_answer_that_a_busy_loop_has_to_look_at_is_not_late(later: int, is_late: bool) -> None:
    late: list[str] = []

    async def run() -> None:
        sent = watched(late)  # its time is over at once, and what was read waits in line
        sent.now()
        await rounds(later)
        sent.answered()
        await rounds(2 * ROUNDS)

    asyncio.run(run())
    assert bool(late) is is_late


def test_what_is_sent_again_is_late_once() -> None:
    late: list[str] = []

    async def run() -> None:
        sent = watched(late)
        sent.now()
        sent.now()  # after a redirection
        await rounds(4 * ROUNDS)
        sent.answered()

    asyncio.run(run())
    assert late == ["left", "told"]


def test_without_terms_nothing_is_late() -> None:
    late: list[str] = []

    async def run() -> None:
        sent = Sent(None, lambda: late.append("left"))
        sent.now()
        await rounds(2 * ROUNDS)
        sent.answered()

    asyncio.run(run())
    assert not late
