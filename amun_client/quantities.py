"""Numbers, sizes and times as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB")
_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))


def significant(value: float, digits: int = 4) -> str:
    """`value` with so many significant digits; in exponent form only where no number is expected."""
    if value == 0 or not 1e-15 < abs(value) < 1e15:
        return f"{value:.{digits}g}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return f"{rounded:.{max(0, places)}f}"


def in_one_unit(seconds: Sequence[float]) -> tuple[list[str], str]:
    """Times in the unit that suits the largest of them: 49.63 ms beside 0.3399 ms."""
    largest = max(map(abs, seconds), default=0.0)
    factor, unit = next((pair for pair in _TIMES if largest >= pair[0]), _TIMES[-1])
    return [significant(value / factor) for value in seconds], unit


def time_text(seconds: float) -> str:
    """One time in the unit that suits it."""
    (text,), unit = in_one_unit([seconds])
    return f"{text} {unit}"


def time_span(seconds: float | None) -> str:
    """A time span: one decimal below a minute, then the two largest units."""
    if seconds is None:
        return "-"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def size(number: int | None) -> str:
    """Bytes in a binary unit."""
    if number is None:
        return "-"
    value, unit = float(number), _BINARY[0]
    for unit in _BINARY:
        if value < 1024 or unit == _BINARY[-1]:
            break
        value /= 1024
    return f"{number} B" if unit == "B" else f"{significant(value, 3)} {unit}"


def parse_time(text: str | None) -> datetime | None:
    """An RFC 3339 time of the API."""
    return None if text is None else datetime.fromisoformat(text)


def ago(text: str | None, now: datetime | None = None) -> str:
    """How long ago a time of the API is."""
    then = parse_time(text)
    if then is None:
        return "-"
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    return f"{time_span(round(max(0.0, seconds)))} ago".replace(".0 s", " s")


def between(first: str | None, last: str | None, now: datetime | None = None) -> float | None:
    """Seconds from `first` to `last`, or to now."""
    begun = parse_time(first)
    if begun is None:
        return None
    return ((parse_time(last) or now or datetime.now(UTC)) - begun).total_seconds()


def short_digest(identity: str | None) -> str:
    """A digest cut to its first ten characters, scheme left out."""
    return "-" if not identity else identity.rpartition(":")[2][:10]
