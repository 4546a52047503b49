"""From a universe to the graph of all its valid stacks.

The state is the set of packages that are there, each with the versions that it may still have, the
features whose requirements have been met already (`done`) and those whose have not (`pending`). It
starts from the roots and grows only by requirements, so a package is there exactly if it is asked
for, in circles too.

1. *Decide* a package: its versions fall into classes with the same requirements because of the
   pending features. In each class every requirement meets what it asks for, and the package keeps
   the versions of the class: later requirements may still narrow them.
2. *Divide*: packages that can no longer influence each other, directly or through packages that may
   still come, are independent. What influences no more is *settled*: a requirement that admits all
   the versions a package may still have says nothing about it. A part remembers which packages
   outside of it are there already (`granted`), so that it does not bring them a second time.
3. *Remember*: equal parts are compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from dependency_monkey.depth import allow
from dependency_monkey.errors import SpaceError
from dependency_monkey.graph import And, Graph, Leaf, Node, Or, counts_of
from dependency_monkey.reduction import reduce
from dependency_monkey.universe import Requirement, Universe, bits

#: What a requirement set asks for, by package: versions admitted, features wanted.
Demand = dict[int, tuple[int, int]]


class Present(NamedTuple):
    """One package of a state."""

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


class NotCompiledError(SpaceError):
    """The time or the memory that was given did not suffice: the stacks are not counted."""

    code = "A921"


@dataclass
class Limits:
    """When to give up. Nodes bound the memory: each costs some hundred bytes."""

    seconds: float = float("inf")
    nodes: int = 5_000_000
    _ends_at: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._ends_at = monotonic() + self.seconds

    def check(self, nodes: int) -> None:
        """Raise NotCompiledError where a limit is reached."""
        if nodes > self.nodes:
            raise NotCompiledError(f"more than {self.nodes} nodes")
        if monotonic() > self._ends_at:
            raise NotCompiledError(f"more than {self.seconds:g} s")


def compile_universe(universe: Universe, limits: Limits | None = None) -> Graph | None:
    """The graph of all valid stacks; None where there is none. Raises NotCompiledError."""
    compiler = _Compiler(universe, limits or Limits())
    # each feature of each package is decided once on a way down, by two functions
    allow(3 * sum(1 + len(package.requirements) for package in universe.packages))
    root = compiler.compile()
    if root is None:
        return None
    nodes = tuple(compiler.nodes)
    return Graph(nodes, root, counts_of(nodes))


class _Compiler:
    def __init__(self, universe: Universe, limits: Limits) -> None:
        self.universe = universe
        self.limits = limits
        self.nodes: list[Node] = []
        self.alive: Sequence[int] = ()
        self._numbers: dict[Node, int] = {}
        self._known: dict[Part, int | None] = {}
        self._classes: dict[tuple[int, int, int], list[tuple[int, Demand]]] = {}

    def compile(self) -> int | None:
        reduced = reduce(self.universe)
        self.alive = reduced.alive
        if reduced.empty:
            return None
        nothing: frozenset[int] = frozenset()
        state = self._met({}, nothing, _demand(self.universe.roots))
        return None if state is None else self._solve(state, nothing)

    # --- nodes -----------------------------------------------------------------------------

    def _node(self, node: Node) -> int:
        number = self._numbers.get(node)
        if number is None:
            number = self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
            if not number & 255:
                self.limits.check(number)
        return number

    def _all(self, parts: list[int]) -> int:
        if len(parts) == 1:
            return parts[0]
        return self._node(And(tuple(sorted(parts, key=self._turning))))

    def _turning(self, number: int) -> tuple[int, int]:
        """Where a part stands in an AND: the last turns fastest, so the largest leaf comes last."""
        node = self.nodes[number]
        return (node.mask.bit_count() if isinstance(node, Leaf) else 0), number

    def _any(self, branches: list[int]) -> int:
        return branches[0] if len(branches) == 1 else self._node(Or(tuple(branches)))

    # --- states ----------------------------------------------------------------------------

    def _met(self, state: State, granted: frozenset[int], demand: Demand) -> State | None:
        """The state after a demand; None where it cannot be met."""
        met = dict(state)
        for package, (admitted, features) in demand.items():
            if package in granted:
                continue
            before = met.get(package)
            if before is None:
                after = Present(package, self.alive[package] & admitted, 0, features)
            else:
                pending = before.pending | features & ~before.done
                after = Present(package, before.mask & admitted, before.done, pending)
            if not after.mask:
                return None
            met[package] = after
        return met

    def _solve(self, state: State, granted: frozenset[int]) -> int | None:
        parts = []
        for part in self._divide(state, granted):
            only = part.presents[0]
            if len(part.presents) == 1 and not only.pending:
                parts.append(self._node(Leaf(only.package, only.mask)))
                continue
            number = self._part(part)
            if number is None:
                return None
            parts.append(number)
        return self._all(parts)

    def _part(self, part: Part) -> int | None:
        if part in self._known:
            return self._known[part]
        self.limits.check(len(self.nodes))
        state = {present.package: present for present in part.presents}
        chosen = self._choose(state, part.granted)
        branches = []
        for mask, demand in self._distinct(chosen, state, part.granted):
            after = dict(state)
            after[chosen.package] = Present(chosen.package, mask, chosen.done | chosen.pending, 0)
            met = self._met(after, part.granted, demand)
            number = None if met is None else self._solve(met, part.granted)
            if number is not None:
                branches.append(number)
        number = self._any(branches) if branches else None
        self._known[part] = number
        return number

    def _distinct(
        self, chosen: Present, state: State, granted: frozenset[int]
    ) -> list[tuple[int, Demand]]:
        """The classes of a package in a state: what says the same *here* is one class."""
        groups: dict[tuple[tuple[int, tuple[int, int]], ...], tuple[int, Demand]] = {}
        for mask, demand in self.classes(chosen.package, chosen.mask, chosen.pending):
            said: Demand = {}
            for target, (admitted, wanted) in demand.items():
                if target in granted:
                    continue
                known = state.get(target)
                if known is not None and target != chosen.package:
                    left = admitted & known.mask
                    fresh = wanted & ~(known.done | known.pending)
                    if left != known.mask or fresh:
                        said[target] = left, fresh
                else:
                    said[target] = admitted, wanted
            key = tuple(sorted(said.items()))
            members = groups.get(key, (0, said))[0]
            groups[key] = members | mask, said
        return list(groups.values())

    def classes(self, package: int, mask: int, features: int) -> list[tuple[int, Demand]]:
        """The versions of the mask, put together where the features ask for the same."""
        key = package, mask, features
        found = self._classes.get(key)
        if found is None:
            groups: dict[tuple[tuple[int, tuple[int, int]], ...], int] = {}
            for version in bits(mask):
                demand = _demand(self.universe.required(package, version, features))
                restricted = {
                    target: (admitted & self.alive[target], wanted)
                    for target, (admitted, wanted) in demand.items()
                }
                signature = tuple(sorted(restricted.items()))
                groups[signature] = groups.get(signature, 0) | 1 << version
            found = self._classes[key] = [
                (members, dict(signature)) for signature, members in groups.items()
            ]
        return found

    # --- influence -------------------------------------------------------------------------

    def _touched(self, present: Present, state: State, granted: frozenset[int]) -> Touched:
        """What a package may still ask for."""
        influenced: set[int] = set()
        settled: set[int] = set()
        awoken: dict[int, int] = {}  # features of packages that are there, not asked for yet
        coming: dict[int, tuple[int, int]] = {}
        waiting = [(present.package, present.mask, present.pending)]
        while waiting:
            for _, demand in self.classes(*waiting.pop()):
                for target, (admitted, wanted) in demand.items():
                    known = state.get(target)
                    if known is not None:
                        fresh = wanted & ~(known.done | known.pending)
                        free = known.mask & ~admitted or fresh
                        (influenced if free else settled).add(target)
                        if fresh & ~awoken.get(target, 0):
                            awoken[target] = fresh | awoken.get(target, 0)
                            waiting.append((target, known.mask, awoken[target]))
                    elif target in granted:
                        settled.add(target)
                    else:
                        before = coming.get(target, (0, 0))
                        joint = before[0] | admitted, before[1] | wanted
                        if joint != before:
                            coming[target] = joint
                            waiting.append((target, *joint))
        return Touched(frozenset(influenced), frozenset(settled), frozenset(coming))

    def _divide(self, state: State, granted: frozenset[int]) -> Iterable[Part]:
        """The state in parts that cannot influence each other, each sorted by package."""
        leader = {package: package for package in state}

        def find(package: int) -> int:
            while leader[package] != package:
                leader[package] = leader[leader[package]]
                package = leader[package]
            return package

        touched: dict[int, Touched] = {}
        first: dict[int, int] = {}
        for package, present in state.items():
            if not present.pending:
                continue
            touched[package] = self._touched(present, state, granted)
            for target in touched[package].influenced:
                leader[find(target)] = find(package)
            for target in touched[package].coming:
                leader[find(first.setdefault(target, package))] = find(package)
        members: dict[int, list[int]] = {}
        for package in sorted(state):
            members.setdefault(find(package), []).append(package)
        for group in members.values():
            asked = frozenset[int]().union(
                *(touched[package].settled for package in group if package in touched)
            )
            yield Part(tuple(state[package] for package in group), asked.difference(group))

    def _choose(self, state: State, granted: frozenset[int]) -> Present:
        """The package whose decision says most about the others, for each class it has."""

        def value(present: Present) -> float:
            touched = self._touched(present, state, granted)
            classes = len(self.classes(present.package, present.mask, present.pending))
            return (1 + 2 * len(touched.influenced) + len(touched.coming)) / classes

        return max((present for present in state.values() if present.pending), key=value)


def _demand(requirements: Iterable[Requirement]) -> Demand:
    demand: Demand = {}
    for one in requirements:
        admitted, features = demand.get(one.package, (-1, 0))
        demand[one.package] = admitted & one.admitted, features | one.features
    return demand
