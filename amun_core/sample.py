"""Samples: seconds of every iteration in order, kept raw and compact.

The binary form is a header of 8 bytes (three letters, the version of the form, the number of
samples as an unsigned 32-bit number) and the samples as 64-bit floats, all little endian; the
samples are compressed with zlib. `pack` and `unpack` are exact: no bit is lost.
"""

from __future__ import annotations

import math
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from amun_core.errors import Fault, InvalidInputError

FORM_VERSION = 1
#: 16 Mi samples are 128 MiB: far more than any bounded run can print.
MAXIMUM_SAMPLES = 16 * 1024 * 1024

_MAGIC = b"AMS"
_HEADER = struct.Struct("<3sBI")
#: Byte columns of near-equal floats compress well already at a low level; this path is timed.
_COMPRESSION_LEVEL = 1


def pack(seconds: Sequence[float]) -> bytes:
    """The binary form of samples. Raises InvalidInputError for what cannot be a duration."""
    values = array("d", seconds)
    if len(values) > MAXIMUM_SAMPLES:
        raise _invalid(f"{len(values)} samples are more than {MAXIMUM_SAMPLES}")
    for index, value in enumerate(values):
        if not (math.isfinite(value) and value >= 0):
            raise _invalid(f"sample {index} is {value!r}: finite seconds from 0 are expected")
    header = _HEADER.pack(_MAGIC, FORM_VERSION, len(values))
    return header + zlib.compress(_little_endian(values).tobytes(), _COMPRESSION_LEVEL)


def unpack(data: bytes) -> array[float]:
    """The samples of a binary form. Raises InvalidInputError where it is damaged or unknown."""
    if len(data) < _HEADER.size:
        raise _invalid("samples are cut short")
    magic, version, count = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise _invalid("these are no samples")
    if version != FORM_VERSION:
        raise _invalid(f"samples have form {version}, known is {FORM_VERSION}")
    if count > MAXIMUM_SAMPLES:
        raise _invalid(f"{count} samples are more than {MAXIMUM_SAMPLES}")
    values: array[float] = array("d")
    values.frombytes(_decompress(data[_HEADER.size :], count * values.itemsize))
    return _little_endian(values)


def _decompress(data: bytes, size: int) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        # one byte more than announced: a form that holds more is damaged, and stays bounded
        raw = decompressor.decompress(data, size + 1)
    except zlib.error as error:
        raise _invalid(f"samples are damaged: {error}") from None
    if len(raw) != size or not decompressor.eof or decompressor.unused_data:
        raise _invalid("samples are damaged: their number differs from the header")
    return raw


def _little_endian(values: array[float]) -> array[float]:
    if sys.byteorder == "big":
        values = array("d", values)
        values.byteswap()
    return values


def _invalid(message: str) -> InvalidInputError:
    return InvalidInputError(message, faults=(Fault("", message),))


@dataclass(frozen=True, slots=True)
class SampleSeries:
    """Every iteration of one run in order; the first `warmups` of them were seen to be warm-up."""

    seconds: tuple[float, ...]
    warmups: int = 0
    flops_per_iteration: float | None = None
    unit: str = "s"

    def __post_init__(self) -> None:
        if self.unit != "s":
            raise _invalid(f"samples are kept in s, not in {self.unit!r}")
        if any(not (math.isfinite(value) and value >= 0) for value in self.seconds):
            raise _invalid("samples must be finite seconds from 0")
        if not 0 <= self.warmups <= len(self.seconds):
            raise _invalid(f"{self.warmups} warm-ups among {len(self.seconds)} samples")
        flops = self.flops_per_iteration
        if flops is not None and not (math.isfinite(flops) and flops >= 0):
            raise _invalid("operations per iteration must be a finite number from 0")

    @property
    def measured(self) -> tuple[float, ...]:
        """The iterations after warm-up."""
        return self.seconds[self.warmups :]

    @property
    def median_seconds(self) -> float | None:
        """Median iteration after warm-up, s; None where nothing was measured."""
        return median(self.measured) if self.measured else None

    @property
    def rate_gflops(self) -> float | None:
        """Rate of the median iteration, GFLOPS; None where work or time is not known."""
        seconds = self.median_seconds
        if not seconds or self.flops_per_iteration is None:
            return None
        return self.flops_per_iteration / seconds / 1e9
