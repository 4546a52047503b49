"""Which versions of a package ask for the same: they need not be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dependency_monkey.universe import Requirement, Universe, bits

#: What a requirement set asks for, by package: versions admitted, features wanted.
Demand = dict[int, tuple[int, int]]
#: The same, to be compared.
Signature = tuple[tuple[int, tuple[int, int]], ...]
#: Package, mask of versions, features.
_Key = tuple[int, int, int]


class Together(NamedTuple):
    """What the versions of a package say about another one, all of them together.

    `by_all` is admitted by every version that speaks of it, `by_any` by some; `wanted` by some.
    """

    target: int
    by_all: int
    by_any: int
    wanted: int


class Classes:
    """The classes of every package; `alive` are the versions that count at all.

    `wide` has besides the bits that give leave to pre-releases: see `Requirement`.
    """

    def __init__(
        self, universe: Universe, alive: Sequence[int], wide: Sequence[int] | None = None
    ) -> None:
        self._universe = universe
        self._alive = alive
        self._wide = alive if wide is None else wide
        self._classes: dict[_Key, list[tuple[int, Demand]]] = {}
        self._together: dict[_Key, list[Together]] = {}

    def of(self, package: int, mask: int, features: int) -> list[tuple[int, Demand]]:
        """The versions of the mask, put together where the features ask for the same."""
        alive = self._alive[package]
        mask &= alive
        key = package, mask, features
        found = self._classes.get(key)
        if found is None:
            if mask == alive:
                found = self._of_all(package, features)
            else:
                found = [
                    (members & mask, demand)
                    for members, demand in self.of(package, alive, features)
                    if members & mask
                ]
            self._classes[key] = found
        return found

    def _of_all(self, package: int, features: int) -> list[tuple[int, Demand]]:
        groups: dict[Signature, int] = {}
        for version in bits(self._alive[package]):
            demand = demand_of(self._universe.required(package, version, features))
            signature = tuple(
                sorted(
                    (target, (admitted & self._wide[target], wanted))
                    for target, (admitted, wanted) in demand.items()
                )
            )
            groups[signature] = groups.get(signature, 0) | 1 << version
        return [(members, dict(signature)) for signature, members in groups.items()]

    def together(self, package: int, mask: int, features: int) -> list[Together]:
        """What all versions of the mask ask for because of the features."""
        mask &= self._alive[package]
        key = package, mask, features
        found = self._together.get(key)
        if found is None:
            said: dict[int, tuple[int, int, int]] = {}
            for _, demand in self.of(package, mask, features):
                for target, (admitted, wanted) in demand.items():
                    by_all, by_any, by_some = said.get(target, (-1, 0, 0))
                    said[target] = by_all & admitted, by_any | admitted, by_some | wanted
            found = [Together(target, *known) for target, known in said.items()]
            self._together[key] = found
        return found


def demand_of(requirements: Iterable[Requirement]) -> Demand:
    """What these ask for together."""
    demand: Demand = {}
    for one in requirements:
        admitted, features = demand.get(one.package, (-1, 0))
        demand[one.package] = admitted & one.admitted, features | one.features
    return demand
