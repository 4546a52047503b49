"""What can be left out of a universe before it is compiled: versions that are in no valid stack.

A version is dead where one of its requirements admits no living version, or none that the packages
which are in every stack may still have. Some deaths cause others: it goes on until nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from dependency_monkey.universe import BASE, Requirement, Universe, bits


@dataclass(frozen=True, slots=True)
class Reduced:
    """For each package the mask of its living versions; 0 where none is reached.

    `must` maps the packages that are in every stack to the features they have in every stack.
    """

    alive: tuple[int, ...]
    must: dict[int, int]

    @property
    def empty(self) -> bool:
        """Whether a package that must be there has no version left: no stack is valid."""
        return any(not self.alive[package] for package in self.must)


def reduce(universe: Universe) -> Reduced:
    """The living versions. They may still be in no stack, but no dead one is in any."""
    alive = [package.all_versions for package in universe.packages]
    must: dict[int, int] = {}
    while True:
        before = (list(alive), dict(must))
        _follow_must(universe, alive, must)
        reached = _reach(universe, alive)
        for package, features in enumerate(reached):
            alive[package] &= _supported(universe, alive, package, features, must)
        if (alive, must) == before:
            return Reduced(
                tuple(mask if reached[package] else 0 for package, mask in enumerate(alive)), must
            )


def _follow_must(universe: Universe, alive: list[int], must: dict[int, int]) -> None:
    """Narrow what is in every stack by what everything in every stack asks for."""
    waiting = list(universe.roots)
    while waiting:
        requirement = waiting.pop()
        package = requirement.package
        narrowed = alive[package] & requirement.admitted
        features = must.get(package, 0) | requirement.features
        if narrowed == alive[package] and must.get(package) == features:
            continue
        alive[package], must[package] = narrowed, features
        waiting.extend(_common(universe, alive, package, features))
    # a package whose versions died since may ask for more than it did
    for package, features in list(must.items()):
        for requirement in _common(universe, alive, package, features):
            target = requirement.package
            narrowed = alive[target] & requirement.admitted
            wanted = must.get(target, 0) | requirement.features
            alive[target], must[target] = narrowed, wanted


def _common(universe: Universe, alive: list[int], package: int, features: int) -> list[Requirement]:
    """What all living versions of a package ask for: of each target the union of what they admit."""
    joint: dict[int, tuple[int, int]] | None = None
    for version in bits(alive[package]):
        own: dict[int, tuple[int, int]] = {}
        for one in universe.required(package, version, features):
            admitted, wanted = own.get(one.package, (-1, 0))
            own[one.package] = (admitted & one.admitted, wanted | one.features)
        if joint is None:
            joint = own
        else:
            joint = {
                target: (joint[target][0] | admitted, joint[target][1] & wanted)
                for target, (admitted, wanted) in own.items()
                if target in joint
            }
        if not joint:
            return []
    return [
        Requirement(target, admitted, wanted)
        for target, (admitted, wanted) in (joint or {}).items()
    ]


def _reach(universe: Universe, alive: list[int]) -> list[int]:
    """The features by which each package can be reached at all; 0 where it cannot."""
    reached = [0] * len(universe.packages)
    waiting = list(universe.roots)
    while waiting:
        requirement = waiting.pop()
        new = requirement.features & ~reached[requirement.package]
        if not new:
            continue
        reached[requirement.package] |= new
        for version in bits(alive[requirement.package]):
            waiting.extend(universe.required(requirement.package, version, new))
    return reached


def _supported(
    universe: Universe, alive: list[int], package: int, features: int, must: dict[int, int]
) -> int:
    """The living versions all of whose sure requirements can be met.

    Sure are those of the package itself and of the features that it has in every stack.
    """
    kept = 0
    sure = must.get(package, BASE) & features
    for version in bits(alive[package]):
        admitted: dict[int, int] = {}
        for one in universe.required(package, version, sure):
            admitted[one.package] = admitted.get(one.package, -1) & one.admitted
        if all(mask & alive[target] for target, mask in admitted.items()) and (
            admitted.get(package, -1) >> version & 1
        ):
            kept |= 1 << version
    return kept
