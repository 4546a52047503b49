"""Two stacks that differ in what is compared and, as far as validity allows, in nothing else.

The compared packages are fixed to the newest version that each requirement admits on its own, so
that sharing never changes what is compared. Then each side is resolved with the other's pins as
preferences, until no more pins agree. For each package that still differs, the newest version that
both sides admit is looked for by going down in turns: the newest of A, the newest of B that is not
above it, and so on. A version found that way is taken where fewer pins differ with it than without.

What is claimed: each remaining pin differs because one side admits no version of the other's, with
the compared versions and the versions agreed on for other packages held; or because agreeing on it
would make more pins differ. The set is maximal in that sense; that none is larger is not claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dependency_monkey.errors import UnresolvableError
from dependency_monkey.resolver import Answer, Pins, Refusal, Resolution

#: Steps down in turns for one package; real stacks take two to five.
MAXIMUM_STEPS = 24
#: Rounds of resolving each side with the other's pins as preferences.
MAXIMUM_ROUNDS = 4


class Asks(Protocol):
    """What a resolver does (`dependency_monkey.resolver.Resolver`)."""

    def resolve(
        self,
        requirements: Iterable[str],
        *,
        constraints: Iterable[str] = (),
        preferences: Mapping[str, str] | None = None,
    ) -> Answer:
        """The newest stack, taking preferences wherever they are valid."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what is asked for, and the compared versions that stay as they are."""

    name: str
    requirements: tuple[str, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)

    def ask(
        self,
        resolver: Asks,
        *,
        agreed: Mapping[str, str] | None = None,
        limit: str | None = None,
        preferences: Mapping[str, str] | None = None,
    ) -> Answer:
        """Resolve with what is fixed and agreed; a `limit` comes first, so that it is decided first."""
        pinned = {**self.fixed, **(agreed or {})}
        wanted = [*([limit] if limit else []), *self.requirements]
        constraints = [f"{name}=={version}" for name, version in sorted(pinned.items())]
        return resolver.resolve(wanted, constraints=constraints, preferences=preferences)

    def need(self, resolver: Asks) -> Pins:
        """The pins of the newest stack. Raises UnresolvableError where there is none."""
        answer = self.ask(resolver)
        if isinstance(answer, Refusal):
            raise UnresolvableError(
                f"no stack fulfils {self.name} ({' '.join(self.requirements)}):\n{answer.reason}",
                hint="another --python-version may have one",
            )
        return answer.pins


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides with their pins so far, and the versions that both were held to."""

    a: Pins
    b: Pins
    agreed: Mapping[str, str] = field(default_factory=dict)

    @property
    def shared(self) -> Pins:
        """The pins that agree."""
        return {name: version for name, version in self.a.items() if self.b.get(name) == version}

    @property
    def differing(self) -> list[str]:
        """Packages that both have, in different versions."""
        return sorted(name for name in self.a if name in self.b and self.a[name] != self.b[name])

    @property
    def one_sided(self) -> list[str]:
        """Packages that one of them has alone."""
        return sorted(self.a.keys() ^ self.b.keys())

    def better_than(self, other: Pair) -> bool:
        """Whether fewer pins differ; where as many do, whether more agree."""
        mine = (-len(self.differing), len(self.shared))
        return mine > (-len(other.differing), len(other.shared))


def compared(a: Sequence[str], b: Sequence[str]) -> frozenset[str]:
    """The packages whose requirement is not the same on both sides."""
    asked_a, asked_b = _by_name(a), _by_name(b)
    return frozenset(
        name for name in asked_a.keys() | asked_b.keys() if asked_a.get(name) != asked_b.get(name)
    )


def _by_name(requirements: Sequence[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for text in requirements:
        requirement = Requirement(text)
        wanted = f"{sorted(requirement.extras)}{requirement.specifier}"
        found.setdefault(canonicalize_name(requirement.name), set()).add(wanted)
    return {name: frozenset(wanted) for name, wanted in found.items()}


def fix_compared(resolver: Asks, a: Sequence[str], b: Sequence[str]) -> tuple[Side, Side, Pair]:
    """Both sides resolved on their own, with the compared packages fixed to what came out."""
    names = compared(a, b)
    side_a, side_b = Side("A", tuple(a)), Side("B", tuple(b))
    pins_a = side_a.need(resolver)
    pins_b = pins_a if tuple(a) == tuple(b) else side_b.need(resolver)
    fixed_a = {name: pins_a[name] for name in names if name in pins_a}
    fixed_b = {name: pins_b[name] for name in names if name in pins_b}
    # a package that only one side asks for is compared on that side alone
    asked_a, asked_b = _by_name(a), _by_name(b)
    fixed_a = {name: version for name, version in fixed_a.items() if name in asked_a}
    fixed_b = {name: version for name, version in fixed_b.items() if name in asked_b}
    return Side("A", tuple(a), fixed_a), Side("B", tuple(b), fixed_b), Pair(pins_a, pins_b)


def share(resolver: Asks, a: Side, b: Side, pair: Pair) -> Pair:
    """Make as many pins agree as validity allows."""
    pair = _settle(resolver, a, b, pair) or pair
    tried = {*a.fixed} & {*b.fixed}
    while names := [name for name in pair.differing if name not in tried]:
        tried.add(names[0])
        version = highest_common(resolver, a, b, names[0], pair.agreed)
        if version is None:
            continue
        held = Pair(pair.a, pair.b, {**pair.agreed, names[0]: version})
        candidate = _settle(resolver, a, b, held)
        if candidate is not None and candidate.better_than(pair):
            pair = candidate
    return pair


def highest_common(
    resolver: Asks, a: Side, b: Side, name: str, agreed: Mapping[str, str]
) -> str | None:
    """The newest version of `name` that both sides admit, going down in turns; None: there is none."""
    others = {other: version for other, version in agreed.items() if other != name}
    limit, before = name, None
    for step in range(MAXIMUM_STEPS):
        answer = (a, b)[step % 2].ask(resolver, agreed=others, limit=limit)
        if isinstance(answer, Refusal):
            return None
        version = answer.pins[name]
        if version == before:
            return version
        # a local version cannot be ordered in a requirement: +cpu is no later than its release
        limit, before = f"{name}<={version.partition('+')[0]}", version
    return None


def _settle(resolver: Asks, a: Side, b: Side, pair: Pair) -> Pair | None:
    """Resolve each side with the other's pins as preferences until nothing more agrees."""
    best: Pair | None = None
    pins_a, pins_b = pair.a, pair.b
    for _ in range(MAXIMUM_ROUNDS):
        for_a = a.ask(resolver, agreed=pair.agreed, preferences=pins_b)
        if not isinstance(for_a, Resolution):
            return None
        for_b = b.ask(resolver, agreed=pair.agreed, preferences=for_a.pins)
        if not isinstance(for_b, Resolution):
            return None
        pins_a, pins_b = for_a.pins, for_b.pins
        found = Pair(pins_a, pins_b, pair.agreed)
        if best is not None and not found.better_than(best):
            break
        best = found
    return best
