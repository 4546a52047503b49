"""The condition in which two stacks are compared: a quiet host, or one whose CPUs are shared.

A difference that is there only while other work takes the CPUs belongs to the load of that hour as
much as to the stacks: the scheduler's slices can hold one of the two up for many runs on end. So
blocks of either condition are judged apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

#: How a sign of other work begins. Signs are kept as words: those of every release are read.
STOLEN = "the hypervisor took"
OTHERS = "other processes used"

#: Seconds that a comparison waits for quiet in all, blocks that were not quiet included.
DEFAULT_WAIT_QUIET_SECONDS = 600
LONGEST_WAIT_QUIET_SECONDS = 24 * 3600


class Condition(StrEnum):
    """What a verdict is asked for."""

    QUIET = "quiet"
    SHARED = "shared"
    ANY = "any"


MEANINGS: dict[Condition, str] = {
    Condition.QUIET: "only blocks count beside which nothing else used the CPUs",
    Condition.SHARED: "every block is measured beside a load of the service's own on each CPU",
    Condition.ANY: "every block counts, whatever else the host does",
}


def shows_sharing(signs: Iterable[str]) -> bool:
    """Whether one of these signs of disturbance says that other work had the CPUs.

    What a run does to itself (more threads than CPUs wait for each other, a quota stops it) is no
    such sign: it would be there on the quietest host.
    """
    return any(STOLEN in sign or OTHERS in sign for sign in signs)
