from __future__ import annotations

import threading

import pytest

from dependency_monkey.index.keeping import Keeper


def test_jobs_are_done_in_their_order_in_another_thread() -> None:
    done: list[tuple[int, bool]] = []
    keeper = Keeper()
    for number in range(5):
        keeper.put(lambda n=number: done.append((n, threading.current_thread().name == "keeper")))  # type: ignore[misc]
    keeper.close()
    assert done == [(number, True) for number in range(5)]
    keeper.put(lambda: done.append((5, True)))  # it can be used again
    keeper.close()
    assert len(done) == 6


def test_the_first_error_is_told_and_the_rest_done() -> None:
    done = []
    keeper = Keeper()

    def fail(why: str) -> None:
        raise OSError(why)

    keeper.put(lambda: fail("first"))
    keeper.put(lambda: fail("second"))
    keeper.put(lambda: done.append(1))
    with pytest.raises(OSError, match="first"):
        keeper.close()
    assert done == [1]
    keeper.close()
