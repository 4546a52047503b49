"""The full number of a Python that was told without its last one: its newest bug-fix release.

"3.9" means any 3.9, and what a person gets by that name (from an image, from an installer) is the
newest one. The first release, 3.9.0, is what hardly anybody has, and versions that need a bug-fix
release would vanish.
"""

from __future__ import annotations

import platform

from packaging.version import Version

#: Minor version of Python 3 -> its newest bug-fix release, when this was written.
NEWEST_BUG_FIX = {
    0: 1,
    1: 5,
    2: 6,
    3: 7,
    4: 10,
    5: 10,
    6: 15,
    7: 17,
    8: 20,
    9: 25,
    10: 22,
    11: 18,
    12: 16,
    13: 18,
    14: 10,
    15: 2,
}


def full_python(told: str, here: str | None = None) -> str:
    """The release that "3.9", or "3", means; `here` is a known interpreter, which is exact.

    >>> full_python("3.9"), full_python("3.9.4"), full_python("3.11", here="3.11.7")
    ('3.9.25', '3.9.4', '3.11.7')
    """
    parsed = Version(told)
    if len(parsed.release) >= 3:
        return told
    if here is not None and Version(here).release[: len(parsed.release)] == parsed.release:
        return here
    minor = parsed.minor if len(parsed.release) > 1 else max(NEWEST_BUG_FIX)
    # of a Python that is newer than this table only the first release is sure to be
    return f"{parsed.major}.{minor}.{NEWEST_BUG_FIX.get(minor, 0)}"


def running_python() -> str:
    """The full number of the interpreter that runs this."""
    return platform.python_version()
