"""Which packages of a state can still influence each other, and which are independent by now.

A package influences what it may still ask for, itself or through packages that may still come. What a
requirement says is *settled* where it admits all the versions that its package may still have.
"""

from __future__ import annotations

from typing import NamedTuple

from dependency_monkey.classes import Classes
from dependency_monkey.universe import bits


class Present(NamedTuple):
    """One package of a state: its versions, the features that were met, and those that were not."""

    package: int
    mask: int
    done: int
    pending: int


State = dict[int, Present]


class Part(NamedTuple):
    """Packages that influence each other, and settled ones outside that they may ask for."""

    presents: tuple[Present, ...]
    granted: frozenset[int]


class Touched(NamedTuple):
    """What a package may still ask for, itself or through packages that are not there yet."""

    influenced: frozenset[int]
    settled: frozenset[int]
    coming: frozenset[int]

    def by_any_of(self, changed: set[int]) -> bool:
        """Whether it may be otherwise after these packages have changed."""
        return not (
            changed.isdisjoint(self.influenced)
            and changed.isdisjoint(self.settled)
            and changed.isdisjoint(self.coming)
        )


#: What each package with pending features touches.
Reach = dict[int, Touched]


def touched_by(
    present: Present, state: State, granted: frozenset[int], classes: Classes
) -> Touched:
    """What a package may still ask for.

    Which features of another package will be asked for together is not known yet, and together they
    may ask for less than one of them: so each is followed by itself.
    """
    influenced: set[int] = set()
    settled: set[int] = set()
    awoken: dict[int, int] = {}  # features of packages that are there, not asked for yet
    coming: dict[int, tuple[int, int]] = {}
    waiting = [(present.package, present.mask, present.pending)]
    while waiting:
        for target, by_all, by_any, wanted in classes.together(*waiting.pop()):
            known = state.get(target)
            if known is not None:
                fresh = wanted & ~(known.done | known.pending)
                free = known.mask & ~by_all or fresh
                (influenced if free else settled).add(target)
                new = fresh & ~awoken.get(target, 0)
                if new:
                    awoken[target] = fresh | awoken.get(target, 0)
                    waiting.extend((target, known.mask, 1 << one) for one in bits(new))
            elif target in granted:
                settled.add(target)
            else:
                before = coming.get(target, (0, 0))
                joint = before[0] | by_any, before[1] | wanted
                if joint != before:
                    coming[target] = joint
                    waiting.extend((target, joint[0], 1 << one) for one in bits(joint[1]))
    return Touched(frozenset(influenced), frozenset(settled), frozenset(coming))


def divide(
    state: State, granted: frozenset[int], reach: Reach, classes: Classes
) -> tuple[list[Present], list[tuple[Part, Reach]]]:
    """The state in parts that cannot influence each other; first those of one that asks no more.

    `reach` is what is known already of what packages touch; each part gets its own.
    """
    together = _Together(state)
    touched: Reach = {}
    first: dict[int, int] = {}  # who was the first to ask for what may come
    for package, present in state.items():
        if present.pending:
            known = reach.get(package) or touched_by(present, state, granted, classes)
            touched[package] = known
            together.join(package, known.influenced)
            together.join(package, {first.setdefault(one, package) for one in known.coming})
    alone: list[Present] = []
    parts: list[tuple[Part, Reach]] = []
    for group in together.groups():
        own = {package: touched[package] for package in group if package in touched}
        if len(group) == 1 and not own:
            alone.append(state[group[0]])
            continue
        asked = frozenset[int]().union(*(one.settled for one in own.values()))
        members = tuple(state[package] for package in sorted(group))
        parts.append((Part(members, asked.difference(group)), own))
    return alone, parts


class _Together:
    """Packages in groups, each with a leader: union and find, with paths cut in half."""

    def __init__(self, packages: State) -> None:
        self._leader = {package: package for package in packages}

    def join(self, package: int, others: frozenset[int] | set[int]) -> None:
        root = self._find(package)
        for one in others:
            self._leader[self._find(one)] = root

    def groups(self) -> list[list[int]]:
        members: dict[int, list[int]] = {}
        for package in self._leader:
            members.setdefault(self._find(package), []).append(package)
        return list(members.values())

    def _find(self, package: int) -> int:
        leader = self._leader
        while leader[package] != package:
            leader[package] = leader[leader[package]]
            package = leader[package]
        return package
