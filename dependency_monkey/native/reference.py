"""The walks in plain Python: what `_walk.c` does, call for call, and the fall-back for it.

A graph comes as arrays (see `dependency_monkey.flat`), a way down begins at the root and chooses at
each OR a branch and at each leaf a version; the parts of an AND are walked one after the other. All
sums are modulo 2^64, as those of the machine are.
"""

from __future__ import annotations

import builtins
import struct
from array import array
from collections.abc import Iterator, Sequence

LEAF, AND, OR = 0, 1, 2

#: Knuth's multiplier for a 64-bit linear congruential generator: makes the sum depend on the order.
MULTIPLIER = 6364136223846793005
_WORD = (1 << 64) - 1
_SIGN = 1 << 63

#: What is still to be walked: a node, and what comes after it.
Rest = tuple[int, "Rest | None"]


def enumerate(  # noqa: A001 - the name that it has in C
    nodes: Sequence[int],
    edges: Sequence[int],
    versions: Sequence[int],
    root: int,
    scores: Sequence[int],
    path: Sequence[int],
    limit: int,
) -> tuple[int, int, int, int]:
    """Score up to `limit` stacks in rank order, from the one that `path` leads to.

    Returns (stacks, checksum, best, worst); of no stack the best is the smallest number there is.
    """
    done = checksum = 0
    best, worst = -_SIGN, _SIGN - 1
    for before, last in _totals(nodes, edges, versions, root, scores, path):
        for version in last:
            if done == limit:
                return done, checksum, best, worst
            total = before + scores[version] & _WORD
            checksum = checksum * MULTIPLIER + total & _WORD
            value = total - (total >> 63 << 64)
            best, worst = max(best, value), min(worst, value)
            done += 1
    return done, checksum, best, worst


def _totals(
    nodes: Sequence[int],
    edges: Sequence[int],
    versions: Sequence[int],
    root: int,
    scores: Sequence[int],
    path: Sequence[int],
) -> Iterator[tuple[int, Sequence[int]]]:
    """For each way to a last leaf what was scored before it, and the versions left to it."""
    places = iter(path)
    trail: list[tuple[int, int, Rest | None, int]] = []
    agenda: Rest | None = (root, None)
    total = 0
    while True:
        while agenda is not None:
            number, rest = agenda
            kind, first, count = nodes[3 * number : 3 * number + 3]
            if kind == AND:
                for part in reversed(edges[first : first + count]):
                    rest = part, rest
                agenda = rest
                continue
            place = next(places, 0)
            if kind == LEAF and rest is None:
                yield total, versions[first + place : first + count]
                break
            trail.append((number, place, rest, total))
            agenda, total = _chosen(nodes, edges, versions, scores, trail[-1])
        while True:  # back to the last choice that has another place
            if not trail:
                return
            number, place, rest, total = trail.pop()
            if place + 1 < nodes[3 * number + 2]:
                break
        trail.append((number, place + 1, rest, total))
        agenda, total = _chosen(nodes, edges, versions, scores, trail[-1])


def _chosen(
    nodes: Sequence[int],
    edges: Sequence[int],
    versions: Sequence[int],
    scores: Sequence[int],
    choice: tuple[int, int, Rest | None, int],
) -> tuple[Rest | None, int]:
    """What is to be walked after a choice, and what is scored by then."""
    number, place, rest, total = choice
    kind, first, _ = nodes[3 * number : 3 * number + 3]
    if kind == LEAF:
        return rest, total + scores[versions[first + place]]
    return (edges[first + place], rest), total


def sample(
    nodes: Sequence[int],
    edges: Sequence[int],
    versions: Sequence[int],
    root: int,
    ends: Sequence[int],
    words: int,
    number: int,
    state: bytes,
    packages_of: Sequence[int],
    packages: int,
) -> bytes:
    """Draw `number` stacks uniformly; `state` is 32 bytes of seed.

    Returns int32 values: for each stack and package the number of its version, or -1.
    """
    draw = _source(state)
    rows = array("i")
    for _ in range(number):
        row = [-1] * packages
        waiting = [root]
        while waiting:
            node = waiting.pop()
            kind, first, count = nodes[3 * node : 3 * node + 3]
            if kind == LEAF:
                version = versions[first + _below(draw, count)]
                row[packages_of[version]] = version
            elif kind == AND:
                waiting.extend(edges[first : first + count])
            else:
                waiting.append(edges[first + _branch(draw, ends, words, first, count)])
        rows.extend(row)
    return rows.tobytes()


def _source(state: bytes) -> Iterator[int]:
    """xoshiro256** 1.0 by D. Blackman and S. Vigna (2018): 64 bits at a time."""
    a, b, c, d = struct.unpack("=4Q", state)
    while True:
        yield _rotate(b * 5 & _WORD, 7) * 9 & _WORD
        shifted = b << 17 & _WORD
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = _rotate(d, 45)


def _rotate(value: int, by: int) -> int:
    return (value << by | value >> 64 - by) & _WORD


def _below(draw: Iterator[int], bound: int) -> int:
    """Uniform below `bound`: as many bits as it takes, drawn until the number fits."""
    mask = (1 << (bound - 1).bit_length()) - 1
    while True:
        value = next(draw) & mask
        if value < bound:
            return value


def _branch(draw: Iterator[int], ends: Sequence[int], words: int, first: int, count: int) -> int:
    """The branch of an OR, each as likely as it has ways down; exact for numbers of any size."""

    def end(place: int) -> int:
        start = (first + place) * words
        return sum(word << 64 * at for at, word in builtins.enumerate(ends[start : start + words]))

    total = end(count - 1)
    used = max(1, -(-total.bit_length() // 64))
    mask = (1 << total.bit_length()) - 1
    while True:
        drawn = sum(next(draw) << 64 * at for at in range(used)) & mask
        if drawn < total:
            break
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        if drawn < end(middle):
            high = middle
        else:
            low = middle + 1
    return low


def best(
    nodes: Sequence[int],
    edges: Sequence[int],
    versions: Sequence[int],
    root: int,
    scores: Sequence[float],
) -> tuple[float, bytes]:
    """A stack with the greatest sum of scores: (score, numbers of its versions as int32).

    Among equals the first place wins, everywhere.
    """
    greatest: list[float] = []
    chosen: list[int] = []
    for number in range(root + 1):
        kind, first, count = nodes[3 * number : 3 * number + 3]
        if kind == LEAF:
            values = [scores[version] for version in versions[first : first + count]]
        else:
            values = [greatest[child] for child in edges[first : first + count]]
        total, place = 0.0, 0
        for at, value in builtins.enumerate(values):
            if kind == AND:
                total += value
            elif at == 0 or value > total:
                total, place = value, at
        greatest.append(total)
        chosen.append(place)
    found = array("i")
    waiting = [root]
    while waiting:
        number = waiting.pop()
        kind, first, count = nodes[3 * number : 3 * number + 3]
        if kind == LEAF:
            found.append(versions[first + chosen[number]])
        elif kind == AND:
            waiting.extend(edges[first : first + count])
        else:
            waiting.append(edges[first + chosen[number]])
    return greatest[root], found.tobytes()
