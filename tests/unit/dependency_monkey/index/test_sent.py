from __future__ import annotations

import asyncio
import time

import pytest

from dependency_monkey.index.sent import ROUNDS, Sent, Terms


def terms(late: list[bool], after: float) -> Terms:
    return Terms(lambda: True, lambda: after, lambda: late.append(True))


def test_an_answer_is_late_so_long_after_it_was_asked_for() -> None:
    late: list[bool] = []

    async def run() -> None:
        sent = Sent(terms(late, 0.02))
        await asyncio.sleep(0.06)  # its connection is opened
        assert not late
        sent.now()
        assert sent.seconds < 0.02
        await asyncio.sleep(0)
        assert not late
        await asyncio.sleep(0.06)
        assert late == [True]
        assert sent.seconds >= 0.06
        sent.answered()

    asyncio.run(run())


def test_an_answer_that_came_is_not_late() -> None:
    late: list[bool] = []

    async def run() -> None:
        sent = Sent(terms(late, 0.02))
        sent.now()
        sent.answered()
        await asyncio.sleep(0.06)

    asyncio.run(run())
    assert not late


@pytest.mark.parametrize(("rounds", "is_late"), [(1, False), (ROUNDS, False), (ROUNDS + 2, True)])
def test_an_answer_that_a_busy_loop_has_to_look_at_is_not_late(rounds: int, is_late: bool) -> None:
    late: list[bool] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        sent = Sent(terms(late, 0.01))
        sent.now()

        def pass_on(left: int) -> None:
            if left:
                loop.call_soon(pass_on, left - 1)
            else:
                sent.answered()

        # what was read waits in line, and the loop is held up beyond the time
        loop.call_soon(time.sleep, 0.03)
        loop.call_soon(pass_on, rounds)
        await asyncio.sleep(0.06)

    asyncio.run(run())
    assert bool(late) is is_late


def test_what_is_sent_again_is_late_once() -> None:
    late: list[bool] = []

    async def run() -> None:
        sent = Sent(terms(late, 0.01))
        sent.now()
        sent.now()  # after a redirection
        await asyncio.sleep(0.05)
        sent.answered()

    asyncio.run(run())
    assert late == [True]


def test_without_terms_nothing_is_late() -> None:
    async def run() -> None:
        sent = Sent(None)
        sent.now()
        assert 0 <= sent.seconds < 10
        sent.answered()

    asyncio.run(run())
