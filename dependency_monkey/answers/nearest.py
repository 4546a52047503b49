"""Stacks near to a lock: those that differ from it in few names."""

from __future__ import annotations

from itertools import islice

from amun_core.errors import InvalidInputError
from amun_core.lock import detect_lock_format, read_lock, select
from dependency_monkey.answers.asked import Asked, Document
from dependency_monkey.answers.stacks import entries


def answer(asked: Asked) -> Document:
    """The nearest first; how many there are at each distance, exactly."""
    request, space = asked.request, asked.space
    lock = locked(asked)
    distances = space.differences(lock)
    found = islice(space.nearest(lock, request.most_differing), request.number)
    stacks = (
        {"differing": differing, "changes": changes(lock, stack), "stack": stack}
        for differing, stack in found
    )
    within = sum(n for distance, n in distances.items() if distance <= request.most_differing)
    return {
        **asked.heading("nearest"),
        "count": str(space.count),
        "within": str(within),
        "distances": {str(distance): str(n) for distance, n in distances.items()},
        "stacks": entries(asked, stacks),
    }


def locked(asked: Asked) -> dict[str, str]:
    """Name and version of everything that the lock installs in the environment."""
    near = asked.request.near
    if near is None:
        raise InvalidInputError("no lock is given to stay near to")
    lock = read_lock(near.content, detect_lock_format(near.name, near.content))
    chosen = select(lock, asked.problem.environment.markers)
    return {one.name: one.version for one in chosen}


def changes(lock: dict[str, str], stack: dict[str, str]) -> dict[str, list[str | None]]:
    """Name -> [version in the lock, version in the stack]; null where it is absent."""
    return {
        name: [lock.get(name), stack.get(name)]
        for name in sorted({*lock, *stack})
        if lock.get(name) != stack.get(name)
    }
