"""The thresholds of the collector are raised meanwhile, and given back."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from dependency_monkey.rare_collection import rare_collection


@pytest.fixture(autouse=True)
def usual() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    gc.set_threshold(701, 11, 12)
    yield 701, 11, 12
    gc.set_threshold(*before)


def test_rarer_meanwhile(usual: tuple[int, int, int]) -> None:
    with rare_collection():
        inside = gc.get_threshold()
        assert inside[0] > usual[0]
        assert inside[1] > usual[1]
    assert gc.get_threshold() == usual


def test_given_back_after_an_error(usual: tuple[int, int, int]) -> None:
    with pytest.raises(KeyError), rare_collection():
        raise KeyError
    assert gc.get_threshold() == usual


def test_several_inside_in_any_order(usual: tuple[int, int, int]) -> None:
    first, second = rare_collection(), rare_collection()
    first.__enter__()
    second.__enter__()
    inside = gc.get_threshold()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == inside
    second.__exit__(None, None, None)
    assert gc.get_threshold() == usual


def test_threads(usual: tuple[int, int, int]) -> None:
    both = threading.Barrier(2)

    def work() -> None:
        with rare_collection():
            both.wait(10)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert gc.get_threshold() == usual


def test_one_that_is_off_stays_off() -> None:
    gc.set_threshold(0)
    with rare_collection():
        assert gc.get_threshold()[0] == 0
    assert gc.get_threshold()[0] == 0


def test_young_cycles_are_found_still() -> None:
    class Node:
        def __init__(self) -> None:
            self.own = self

    with rare_collection():
        collected = gc.get_stats()[0]["collected"]
        for _ in range(1_100_000):
            Node()
        assert gc.get_stats()[0]["collected"] > collected


def test_what_was_made_meanwhile_is_old_afterwards() -> None:
    with rare_collection():
        made: list[object] = []
    assert any(one is made for one in gc.get_objects(generation=2))
    assert not gc.get_freeze_count()


def test_what_somebody_has_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        with rare_collection():
            pass
        assert 0 < gc.get_freeze_count() <= before
    finally:
        gc.unfreeze()
