"""Moments as uv writes them: a date, a time, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_UNITS = {
    "w": "weeks", "wk": "weeks", "wks": "weeks", "week": "weeks", "weeks": "weeks",
    "d": "days", "day": "days", "days": "days",
    "h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "hours": "hours",
    "m": "minutes", "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes",
    "s": "seconds", "sec": "seconds", "secs": "seconds", "second": "seconds", "seconds": "seconds",
}  # fmt: skip
_FRIENDLY = re.compile(r"\s*(\d{1,6})\s*([a-z]+)\s*,?", re.IGNORECASE | re.ASCII)
_ISO = re.compile(
    r"P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_moment(value: object, now: datetime) -> datetime:
    """The moment that is meant. A date means its end, UTC. Raises ValueError.

    >>> read_moment("2023-06-01", datetime.now(UTC)).isoformat()
    '2023-06-02T00:00:00+00:00'
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC) + timedelta(days=1)
    if not isinstance(value, str):
        raise ValueError("no moment")  # noqa: TRY004 - whatever is wrong is one error
    text = value.strip()
    if _DATE.fullmatch(text):
        return read_moment(date.fromisoformat(text), now)
    if text[:1].isdigit() and "-" in text[:5]:
        return read_moment(datetime.fromisoformat(text), now)
    ago = _span(text.removesuffix("ago").strip())
    try:
        return now - ago
    except OverflowError:
        raise ValueError("too long ago") from None


def _span(text: str) -> timedelta:
    iso = _ISO.fullmatch(text.upper())
    if iso is not None and any(iso.groups()):
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    parts = _FRIENDLY.findall(text)
    if not parts or _FRIENDLY.sub("", text).strip():
        raise ValueError("no moment, and no length of time")
    found = timedelta()
    for number, unit in parts:
        if unit.lower() not in _UNITS:
            raise ValueError(f"{unit[:20]!a} is no unit of time")
        found += timedelta(**{_UNITS[unit.lower()]: int(number)})
    return found
