"""In what order the members of a sweep are run: waves, rounds, and the one run that is next.

Everything follows from the seed and from what is stored, so that whoever goes on after a death goes
on in the same order. A wave is what is built and measured together; the reference is in every wave.
In each round of a wave every member of it, and the reference, is run once, in a random order.

The run index of a member is its round within its wave; that of the reference is the number of the
round in the whole sweep, since it is run in all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amun_core.states import InspectionState

_S = InspectionState


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one member is. `accepted` are the indexes of its stored runs."""

    member: int
    state: InspectionState
    accepted: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class NextRun:
    """One run of one member in one round.

    `ends_round`: nobody else is waited for in this round; `ends_wave`: nor in this wave.
    """

    member: int
    round: int
    run_index: int
    ends_round: bool
    ends_wave: bool


@dataclass(frozen=True, slots=True)
class WaveEnd:
    """All rounds of a wave are whole: these members have succeeded."""

    members: tuple[int, ...]


def waves(members: Iterable[int], in_flight: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """The members (without the reference) in waves of nearly equal size, drawn by the seed.

    >>> [len(wave) for wave in waves(range(100), 32, seed=1)]
    [25, 25, 25, 25]
    """
    drawn = _shuffled(members, f"{seed}:waves")
    number = -(-len(drawn) // in_flight)
    return tuple(tuple(sorted(drawn[start::number])) for start in range(number))


def order_of(members: Iterable[int], seed: int, round_: int) -> tuple[int, ...]:
    """The order in which the members of a wave, the reference among them, are run in a round."""
    return _shuffled(members, f"{seed}:{round_}")


def _shuffled(members: Iterable[int], salt: str) -> tuple[int, ...]:
    # by hashes, not by `random`: the order must be the same under every version of Python
    def drawn(member: int) -> bytes:
        return hashlib.sha256(f"{salt}:{member}".encode()).digest()

    return tuple(sorted(members, key=drawn))


def next_step(
    wave: int, standings: Sequence[Standing], reference: int, *, rounds: int, last: int, seed: int
) -> NextRun | WaveEnd | None:
    """What comes next in a wave; None: somebody is at work, or not everything is built yet.

    `standings` are those of all members of the wave, ended ones included, and of the reference;
    `last` is the last wave of the sweep. The order of a round does not change where a member is
    out: the others keep their places.
    """
    live = {one.member: one for one in standings if not one.state.terminal}
    if any(one.state is not _S.BUILT for one in live.values()):
        # a run beside a build would say little, and the round would not be whole; one that runs has
        # its worker, or the reaper has not come by yet
        return None
    members = [one.member for one in standings]
    for number in range(wave * rounds, (wave + 1) * rounds):
        lacking = [
            member
            for member in order_of(members, seed, number)
            if member in live
            and _run_index(member, reference, number, rounds) not in live[member].accepted
        ]
        if lacking:
            first, whole = lacking[0], len(lacking) == 1
            return NextRun(
                member=first,
                round=number,
                run_index=_run_index(first, reference, number, rounds),
                ends_round=whole,
                ends_wave=whole and number % rounds == rounds - 1,
            )
    return WaveEnd(tuple(sorted(one for one in live if one != reference or wave == last)))


def _run_index(member: int, reference: int, number: int, rounds: int) -> int:
    return number if member == reference else number % rounds
