from __future__ import annotations

import struct
import zlib
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_core.errors import InvalidInputError
from amun_core.sample import SampleSeries, pack, unpack

SECONDS = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(seconds=st.lists(SECONDS, max_size=50))
def test_no_bit_is_lost(seconds: list[float]) -> None:
    assert list(unpack(pack(seconds))) == seconds


def test_the_form_is_stated() -> None:
    data = pack([0.5, 0.25])
    assert data[:8] == b"AMS\x01" + (2).to_bytes(4, "little")
    assert zlib.decompress(data[8:]) == struct.pack("<2d", 0.5, 0.25)
    assert unpack(data) == array("d", [0.5, 0.25])


def test_near_equal_samples_are_compact() -> None:
    assert len(pack([0.001] * 10_000)) < 500


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_what_is_no_duration_is_refused(value: float) -> None:
    with pytest.raises(InvalidInputError, match="sample 1 is"):
        pack([1.0, value])
    with pytest.raises(InvalidInputError, match="finite seconds"):
        SampleSeries((1.0, value))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cut short"),
        (b"XXX" + pack([1.0])[3:], "no samples"),
        (b"AMS\x02" + pack([1.0])[4:], "have form 2, known is 1"),
        (pack([1.0])[:-6], "damaged"),
        (pack([1.0]) + b"x", "damaged"),
        (pack([1.0])[:8] + b"xxxx", "damaged"),
        (struct.pack("<3sBI", b"AMS", 1, 2) + pack([1.0])[8:], "differs from the header"),
        (struct.pack("<3sBI", b"AMS", 1, 1) + pack([1.0, 2.0])[8:], "differs from the header"),
        (struct.pack("<3sBI", b"AMS", 1, 2**32 - 1), "are more than"),
    ],
)
def test_damage_is_seen(data: bytes, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        unpack(data)


def test_a_bomb_is_not_blown_up() -> None:
    bomb = struct.pack("<3sBI", b"AMS", 1, 1) + zlib.compress(bytes(50_000_000))
    with pytest.raises(InvalidInputError, match="differs from the header"):
        unpack(bomb)


def test_median_and_rate_leave_warm_up_out() -> None:
    series = SampleSeries((9.0, 8.0, 1.0, 3.0, 2.0), warmups=2, flops_per_iteration=4e9)
    assert series.measured == (1.0, 3.0, 2.0)
    assert series.median_seconds == 2.0
    assert series.rate_gflops == 2.0


def test_what_is_not_known_is_none() -> None:
    assert SampleSeries((), flops_per_iteration=1.0).rate_gflops is None
    assert SampleSeries((1.0,)).rate_gflops is None
    assert SampleSeries((0.0,), flops_per_iteration=1.0).rate_gflops is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"warmups": 2}, "2 warm-ups among 1 samples"),
        ({"warmups": -1}, "-1 warm-ups"),
        ({"unit": "ms"}, "kept in s"),
        ({"flops_per_iteration": float("nan")}, "operations per iteration"),
    ],
)
def test_a_series_is_checked_when_it_is_made(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        SampleSeries((1.0,), **arguments)  # type: ignore[arg-type]
