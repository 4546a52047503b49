from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from dependency_monkey.depth import allow


@pytest.fixture(autouse=True)
def _limit() -> Iterator[None]:
    before = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(before)


def deep(frames: int) -> int:
    return 0 if not frames else 1 + deep(frames - 1)


def test_so_many_calls_can_be_deep() -> None:
    sys.setrecursionlimit(1000)
    with pytest.raises(RecursionError):
        deep(5000)
    allow(5000)
    assert deep(5000) == 5000


def test_the_limit_is_never_lowered() -> None:
    allow(7000)
    allow(1)
    assert sys.getrecursionlimit() >= 7000
