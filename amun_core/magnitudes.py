"""What a measured number may be: a program may print anything, the graph keeps what can be true.

The bounds are wide: a picosecond is below every clock, 1e18 s is older than the universe. What is
outside makes sums and ratios overflow, and says nothing.
"""

from __future__ import annotations

import math

#: Times in s and rates in any unit lie between these.
LEAST = 1e-12
MOST = 1e18
#: Whole numbers end here: the largest that every database keeps.
LARGEST_WHOLE = 2**63 - 1
#: Numbers of no known meaning (parameters, further results): their squares may be infinite, not they.
LARGEST_NUMBER = 1e300

_SHOWN_CHARACTERS = 40


def why_no_quantity(value: object) -> str:
    """Why `value` is no time and no rate; "" where it may be one.

    >>> why_no_quantity(True)
    'true, a number from 1e-12 to 1e+18 is expected'
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and LEAST <= value <= MOST:
        return ""
    return f"{in_words(value)}, a number from {LEAST:g} to {MOST:g} is expected"


def quantity(value: object) -> float | None:
    """The time or rate that `value` is; None where it cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if LEAST <= value <= MOST else None


def in_words(value: object) -> str:
    """A value from outside, short enough for one line: never hundreds of digits.

    >>> in_words(10**400)
    'a whole number of more than 20 digits'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else "a whole number of more than 20 digits"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return f"{value:g}" if math.isfinite(value) else f"infinite ({value:g})"
    if isinstance(value, str):
        short = value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "..."
        return f"the text {short!a}"
    return "a list" if isinstance(value, list | tuple) else "an object"
