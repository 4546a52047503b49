from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture
def low_recursion_limit() -> Iterator[None]:
    """Room for 150 calls more than there are now."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 150)
    yield
    sys.setrecursionlimit(max(before, 1000))
