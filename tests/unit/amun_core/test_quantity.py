from __future__ import annotations

import pytest

from amun_core.errors import InvalidInputError
from amun_core.quantity import bytes_, cores


@pytest.mark.parametrize(
    ("text", "expected"), [("2", 2.0), ("500m", 0.5), ("0.1", 0.1), ("1500m", 1.5), ("0.5m", 5e-4)]
)
def test_cores(text: str, expected: float) -> None:
    assert cores(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("256Mi", 256 * 1024**2),
        ("4Gi", 4 * 1024**3),
        ("4G", 4 * 10**9),
        ("1k", 1000),
        ("1K", 1000),
        ("1Ki", 1024),
        ("0.5Ki", 512),
        ("0.1", 1),
        ("1.5E", 1_500_000_000_000_000_000),
    ],
)
def test_bytes(text: str, expected: int) -> None:
    assert bytes_(text) == expected


@pytest.mark.parametrize("text", ["", "0", "0m", "-1", "1 ", "1e3", "m", "1Gi", "٣", "1\n"])
def test_no_cores(text: str) -> None:
    with pytest.raises(InvalidInputError, match="CPU cores above 0"):
        cores(text)


@pytest.mark.parametrize("text", ["", "0", "0Gi", "-1", "1ki", "1m", "8Ei", "1GiB", "Gi", "4 Gi"])
def test_no_bytes(text: str) -> None:
    with pytest.raises(InvalidInputError, match="bytes above 0"):
        bytes_(text)
