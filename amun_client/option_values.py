"""Values of options that are more than text: shares, spans of time, policies of a gate.

Each is a callback of click: it gets the text that was typed and returns the value.
"""

from __future__ import annotations

import re

import click

from amun_client.comparison.gate import Policy

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?")
#: 1 or more without a "%": nobody lets a release be twice as slow and writes it as 1.
_MEANT_AS_PERCENT = re.compile(r"0*[1-9]\d{0,6}(?:\.\d{0,9})?")
_FACTORS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


#: A band beyond one half separates nothing any more; what a policy allows is its own affair.
WIDEST_BAND = 0.5
LARGEST_LIMIT = 1e6
#: Of a span of time as text; no more digits than a float holds.
_LONGEST_SPAN = 20


def parse_share(text: str, most: float = WIDEST_BAND) -> float:
    """`2%` and `0.02` are the same share. Raises ValueError."""
    number, percent, rest = text.strip().partition("%")
    share = float(number) / (100 if percent else 1)
    if rest.strip() or not 0 < share <= most:
        raise ValueError(text)
    return share


def share(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """A share of up to one half: `2%` or `0.02`."""
    try:
        return None if value is None else parse_share(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no share up to one half: 2% or 0.02") from None


def span(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """A span of time in whole seconds: `90`, `90s`, `30m`, `2h`."""
    if value is None:
        return None
    match = _SPAN.fullmatch(value.strip()) if len(value) <= _LONGEST_SPAN else None
    seconds = round(float(match[1]) * _FACTORS[match[2] or "s"]) if match else 0
    if seconds < 1:
        raise click.BadParameter(f"{value!r} is no span of time: 90s, 30m or 2h")
    return seconds


def policies(
    _ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]
) -> tuple[Policy, ...]:
    """`slower:3%`, `faster:1%`, `different:2%`; without a share the band is meant."""
    return tuple(map(parse_policy, value))


def parse_policy(text: str) -> Policy:
    """One policy. Raises click.BadParameter."""
    word, colon, wanted = text.partition(":")
    if _MEANT_AS_PERCENT.fullmatch(wanted.strip()):
        raise click.BadParameter(
            f"{text!r}: {wanted.strip()} would be {100 * float(wanted):.0f} %; say {word}:{wanted}% "
            f"or, if that is meant, {word}:{100 * float(wanted):.0f}%"
        )
    try:
        return Policy.of(word.strip(), parse_share(wanted, LARGEST_LIMIT) if colon else None)
    except ValueError:
        message = f"{text!r} is no policy: slower:3%, faster:3% or different:3%"
        raise click.BadParameter(message) from None
