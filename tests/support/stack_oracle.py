"""Which stacks are valid, found in the plainest way there is: the judge of the compiled space.

It shares no code and no idea with `dependency_monkey`: a problem is roots and needs, a stack is valid
if everything that is met from the roots is in it and admitted, and nothing else is in it. clingo gets
the same sentences as a logic program, whose stable models are founded: no circle supports itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, product
from typing import NamedTuple

Name = Hashable
Version = Hashable
Feature = Hashable

#: The feature that everybody who asks for a package asks for.
SELF = "self"


class Need(NamedTuple):
    target: Name
    admitted: frozenset[Version]
    features: frozenset[Feature]


@dataclass(frozen=True)
class Plain:
    """`needs[name, version, feature]` is what the version needs because of the feature."""

    roots: tuple[Need, ...]
    versions: Mapping[Name, tuple[Version, ...]]
    needs: Mapping[tuple[Name, Version, Feature], tuple[Need, ...]]


class Walked(NamedTuple):
    """What a walk over what is chosen so far has met."""

    broken: bool
    missing: list[Name]
    met: dict[Name, set[Feature]]


def walk(plain: Plain, chosen: Mapping[Name, Version]) -> Walked:
    met: dict[Name, set[Feature]] = {}
    missing: list[Name] = []
    waiting = list(plain.roots)
    while waiting:
        need = waiting.pop()
        name = need.target
        known = met.setdefault(name, set())
        new = need.features - known
        known |= new
        if name not in chosen:
            missing.append(name)
            continue
        if chosen[name] not in need.admitted:
            return Walked(True, missing, met)
        for feature in new:
            waiting.extend(plain.needs.get((name, chosen[name], feature), ()))
    return Walked(False, missing, met)


def is_valid(plain: Plain, stack: Mapping[Name, Version]) -> bool:
    broken, missing, met = walk(plain, stack)
    return not broken and not missing and met.keys() == stack.keys()


def every_stack(plain: Plain) -> list[dict[Name, Version]]:
    """By trying every combination of versions and absences: for very small problems."""
    names = list(plain.versions)
    found = []
    for combination in product(*([None, *plain.versions[name]] for name in names)):
        stack = {n: v for n, v in zip(names, combination, strict=True) if v is not None}
        if is_valid(plain, stack):
            found.append(stack)
    return found


def grown_stacks(plain: Plain) -> Iterator[dict[Name, Version]]:
    """By giving each version to the first package that is missed, until none is."""
    waiting: list[dict[Name, Version]] = [{}]
    while waiting:
        chosen = waiting.pop()
        broken, missing, _ = walk(plain, chosen)
        if broken:
            continue
        if not missing:
            yield chosen
            continue
        waiting.extend({**chosen, missing[0]: one} for one in plain.versions[missing[0]])


def frozen(stacks: object) -> set[frozenset[tuple[Name, Version]]]:
    """Stacks as a set, to be compared."""
    return {frozenset(stack.items()) for stack in stacks}  # type: ignore[attr-defined]


RULES = """
active(T, F) :- root(R), asks(R, T, F).
active(T, F) :- met(R), asks(R, T, F).
met(R) :- active(P, F), pick(P, V), needs(P, V, F, R).
present(P) :- active(P, _).
{ pick(P, V) : version(P, V) } = 1 :- present(P).
:- root(R), to(R, T), pick(T, V), not admits(R, V).
:- met(R), to(R, T), pick(T, V), not admits(R, V).
#show pick/2.
"""


def logic_program(plain: Plain) -> str:
    """The same problem for clingo; names, versions and features are numbers there."""
    lines: list[str] = []
    names = {name: number for number, name in enumerate(plain.versions)}
    versions = {n: {v: k for k, v in enumerate(own)} for n, own in plain.versions.items()}
    features: dict[Feature, int] = {}

    numbers = count()

    def told(need: Need) -> int:
        number = next(numbers)
        target = names[need.target]
        lines.append(f"to({number},{target}).")
        asked = (features.setdefault(feature, len(features)) for feature in need.features)
        lines.extend(f"asks({number},{target},{feature})." for feature in asked)
        admitted = (versions[need.target][version] for version in need.admitted)
        lines.extend(f"admits({number},{version})." for version in admitted)
        return number

    for name, own in versions.items():
        lines.extend(f"version({names[name]},{number})." for number in own.values())
    lines.extend(f"root({told(need)})." for need in plain.roots)
    for (name, version, feature), needs in plain.needs.items():
        place = f"{names[name]},{versions[name][version]}"
        for need in needs:
            number = features.setdefault(feature, len(features))
            lines.append(f"needs({place},{number},{told(need)}).")
    return RULES + "\n".join(lines)


def count_by_clingo(plain: Plain) -> int:
    """The number of stable models."""
    import clingo

    control = clingo.Control(["--models=0", "--warn=none"])
    control.add("base", [], logic_program(plain))
    control.ground([("base", [])])
    control.solve()
    return int(control.statistics["summary"]["models"]["enumerated"])
