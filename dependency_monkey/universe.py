"""The space before it is compiled: packages, their versions, and what each version requires.

Everything is a number here. A package is its place in `Universe.packages`, a set of its versions is
a bit mask over its list of versions, a set of its extras a bit mask over its list of features.
Feature 0 is the package itself: whoever requires `name[extra]` asks for it and for the extra.

A stack maps packages to versions. It is valid if walking from the roots, along the requirements of
every feature that is asked for, reaches exactly its packages, and every requirement that is met on
the way admits the version in the stack. A pre-release is in a stack only if a requirement that is met
names one, or if no final version is admitted by all of them. So nothing is in a stack that nobody asked for, and a circle
of packages that require each other supports nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: The feature that every requirement asks for.
BASE = 1


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """`package` must be there, at one of the versions of `admitted`, with `features`.

    Of a package with pre-releases that need leave, `admitted` has further bits above those of the
    versions, one for each version: its *witnesses*, the final versions that it admits, none where it
    names a pre-release. As long as all requirements together leave a witness, pre-releases are barred.
    """

    package: int
    admitted: int
    features: int = BASE


@dataclass(frozen=True, slots=True)
class Package:
    """The versions of one package, oldest first, and the requirements of each.

    `requirements[feature][version]` is what the version asks for because of the feature, `barred` the
    mask of the pre-releases that need leave.
    """

    name: str
    versions: tuple[str, ...]
    requirements: tuple[tuple[tuple[Requirement, ...], ...], ...]
    barred: int = 0

    @property
    def all_versions(self) -> int:
        """The mask of every version."""
        return (1 << len(self.versions)) - 1

    @property
    def every_witness(self) -> int:
        """The bits of its final versions that tell that they are admitted; 0 where nothing needs leave."""
        return (self.all_versions & ~self.barred) << len(self.versions) if self.barred else 0

    def left(self, mask: int) -> int:
        """The versions of a mask that a stack may have, where nothing else is required of them."""
        versions = mask & self.all_versions
        return versions & ~self.barred if self.barred and mask != versions else versions


@dataclass(frozen=True, slots=True)
class Universe:
    """All packages that can be reached, and what the problem itself asks for."""

    packages: tuple[Package, ...]
    roots: tuple[Requirement, ...]

    def required(self, package: int, version: int, features: int) -> Iterator[Requirement]:
        """What a version asks for because of these features."""
        per_feature = self.packages[package].requirements
        for feature in bits(features):
            if feature < len(per_feature):
                yield from per_feature[feature][version]


def bits(mask: int) -> Iterator[int]:
    """The places of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
