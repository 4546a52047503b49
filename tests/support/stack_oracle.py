"""Which stacks are valid, found in the plainest way there is: the judge of the compiled space.

It shares no code and no idea with `dependency_monkey`: a problem is roots and needs, a stack is valid
if everything that is met from the roots is in it and admitted, and nothing else is in it. clingo gets
the same sentences as a logic program, whose stable models are founded: no circle supports itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
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
    #: Whether it names a pre-release, which lets all of them in.
    names: bool = False


@dataclass(frozen=True)
class Plain:
    """`needs[name, version, feature]` is what the version needs because of the feature.

    `early[name]` are the versions that come only where a need names one, or nothing else would do.
    """

    roots: tuple[Need, ...]
    versions: Mapping[Name, tuple[Version, ...]]
    needs: Mapping[tuple[Name, Version, Feature], tuple[Need, ...]]
    early: Mapping[Name, frozenset[Version]] = field(default_factory=dict)


class Walked(NamedTuple):
    """What a walk over what is chosen so far has met."""

    broken: bool
    missing: list[Name]
    met: dict[Name, set[Feature]]
    needs: list[Need]


def walk(plain: Plain, chosen: Mapping[Name, Version]) -> Walked:
    met: dict[Name, set[Feature]] = {}
    missing: list[Name] = []
    waiting = list(plain.roots)
    needs: list[Need] = []
    while waiting:
        need = waiting.pop()
        needs.append(need)
        name = need.target
        known = met.setdefault(name, set())
        new = need.features - known
        known |= new
        if name not in chosen:
            missing.append(name)
            continue
        if chosen[name] not in need.admitted:
            return Walked(True, missing, met, needs)
        for feature in new:
            waiting.extend(plain.needs.get((name, chosen[name], feature), ()))
    return Walked(False, missing, met, needs)


def is_too_early(plain: Plain, stack: Mapping[Name, Version], needs: list[Need]) -> bool:
    """Whether it has a pre-release that no need names, where another version would do for all."""
    for name, version in stack.items():
        early = plain.early.get(name, frozenset())
        mine = [need for need in needs if need.target == name]
        if version in early and not any(need.names for need in mine):
            others = (one for one in plain.versions[name] if one not in early)
            if any(all(one in need.admitted for need in mine) for one in others):
                return True
    return False


def is_valid(plain: Plain, stack: Mapping[Name, Version]) -> bool:
    broken, missing, met, needs = walk(plain, stack)
    if broken or missing or met.keys() != stack.keys():
        return False
    return not is_too_early(plain, stack, needs)


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
        broken, missing, _, needs = walk(plain, chosen)
        if broken:
            continue
        if not missing:
            if not is_too_early(plain, chosen, needs):
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
binding(R,T) :- root(R), to(R,T).
binding(R,T) :- met(R), to(R,T).
leave(T) :- binding(R,T), names(R).
unfit(T,V) :- binding(R,T), version(T,V), not admits(R,V).
fit(T) :- present(T), version(T,V), not early(T,V), not unfit(T,V).
:- pick(T,V), early(T,V), not leave(T), fit(T).
#defined early/2.
#defined names/1.
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
        lines.extend([f"names({number})."] if need.names else [])
        admitted = (versions[need.target][version] for version in need.admitted)
        lines.extend(f"admits({number},{version})." for version in admitted)
        return number

    for name, own in versions.items():
        lines.extend(f"version({names[name]},{number})." for number in own.values())
        early = (own[one] for one in plain.early.get(name, ()))
        lines.extend(f"early({names[name]},{number})." for number in early)
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
