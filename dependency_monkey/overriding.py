"""Requirements that take the place of others, and packages that nothing shall require.

As for uv: an override replaces every requirement of its package, versions, extras and marker alike,
and only for an extra that the replaced one is for does a condition stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName, canonicalize_name

from dependency_monkey.problem import Problem
from dependency_monkey.requirements import Asked


@dataclass(frozen=True)
class Overriding:
    """What is put in the place of the requirements of each package; nothing for what is removed."""

    instead: Mapping[NormalizedName, tuple[Asked, ...]]

    @classmethod
    def of(cls, problem: Problem) -> Overriding | None:
        """What a problem says; None where it overrides nothing."""
        instead: dict[NormalizedName, tuple[Asked, ...]] = {}
        for one in problem.overrides:
            name = canonicalize_name(one.name)
            instead[name] = (*instead.get(name, ()), Asked.of(one, str(one)))
        instead |= dict.fromkeys(problem.removed, ())
        return cls(instead) if instead else None

    def applied(self, asked: Iterable[Asked]) -> tuple[Asked, ...]:
        """The requirements with each override in its place, once."""
        found: dict[int, Asked] = {}
        for one in asked:
            for new in self.instead.get(one.name, (one,)):
                found[id(new)] = new
        return tuple(found.values())


def asked_roots(problem: Problem, overriding: Overriding | None) -> tuple[Asked, ...]:
    """What the person asks for, with what is put in its place."""
    roots = (Asked.of(one.requirement, str(one.requirement)) for one in problem.roots)
    return tuple(roots) if overriding is None else overriding.applied(roots)
