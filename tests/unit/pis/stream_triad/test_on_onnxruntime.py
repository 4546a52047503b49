"""The blocks of the triad on ONNX Runtime (the triad itself: integration tests)."""

from __future__ import annotations

import pytest

from pis.stream_triad.on_onnxruntime import block_of


@pytest.mark.parametrize(
    ("elements", "block"),
    [
        (1, 1),
        (65_536, 65_536),
        (131_072, 65_536),
        (10_000_000, 62_500),
        # a prime: no block divides it
        (100_003, 100_003),
        # 2 x 50021, and a divisor that is too small
        (100_042, 50_021),
        (4 * 100_003, 400_012),
    ],
)
def test_blocks(elements: int, block: int) -> None:
    assert block_of(elements) == block
