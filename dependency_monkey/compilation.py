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

The versions that a package may still have carry the bits that bar its pre-releases (see `Requirement`):
requirements narrow them alike, and what is left of them at the end decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import thread_time

from dependency_monkey.classes import Classes, Demand, Signature, demand_of
from dependency_monkey.depth import allow
from dependency_monkey.division import Part, Present, Reach, State, divide
from dependency_monkey.errors import SpaceError
from dependency_monkey.graph import And, Graph, Leaf, Node, Or, counts_of
from dependency_monkey.rare_collection import rare_collection
from dependency_monkey.reduction import reduce
from dependency_monkey.universe import Universe


class NotCompiledError(SpaceError):
    """The time or the memory that was given did not suffice: the stacks are not counted."""

    code = "A921"


@dataclass
class Limits:
    """When to give up. Nodes bound the memory: each costs some hundred bytes.

    Seconds are those of the processor in this thread: a loaded machine gives the same answer.
    """

    seconds: float = float("inf")
    nodes: int = 5_000_000
    _ends_at: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._ends_at = thread_time() + self.seconds

    def check(self, nodes: int) -> None:
        """Raise NotCompiledError where a limit is reached."""
        if nodes > self.nodes:
            raise NotCompiledError(f"more than {self.nodes} nodes")
        if thread_time() > self._ends_at:
            raise NotCompiledError(f"more than {self.seconds:g} s of the processor")


@rare_collection()
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
        self.reduced = reduce(universe)
        packages = universe.packages
        self.every = tuple(one.all_versions for one in packages)
        self.barred = tuple(one.barred for one in packages)
        self.wide = tuple(
            alive | (one.every_witness if alive & one.barred else 0)
            for one, alive in zip(packages, self.reduced.alive, strict=True)
        )
        self.classes = Classes(universe, self.reduced.alive, self.wide)
        self.nodes: list[Node] = []
        self._numbers: dict[Node, int] = {}
        self._known: dict[Part, int | None] = {}

    def compile(self) -> int | None:
        if self.reduced.empty:
            return None
        nothing: frozenset[int] = frozenset()
        state = self._met({}, nothing, demand_of(self.universe.roots))
        return None if state is None else self._solve(state, nothing, {})

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
                mask = self._narrowed(package, self.wide[package] & admitted)
                after = Present(package, mask, 0, features)
            else:
                pending = before.pending | features & ~before.done
                mask = before.mask & admitted
                if mask != before.mask:
                    mask = self._narrowed(package, mask)
                after = Present(package, mask, before.done, pending)
                if after == before:
                    continue
            if not mask:
                return None
            met[package] = after
        return met

    def _narrowed(self, package: int, mask: int) -> int:
        """A mask without the bits that bar pre-releases where none is left; 0 where no version is."""
        barred = self.barred[package]
        return mask if not barred or mask & barred else mask & self.every[package]

    def _solve(self, state: State, granted: frozenset[int], reach: Reach) -> int | None:
        alone, divided = divide(state, granted, reach, self.classes)
        parts = []
        for part, own in divided:
            number = self._part(part, own)
            if number is None:
                return None
            parts.append(number)
        for one in alone:
            mask = self.universe.packages[one.package].left(one.mask)
            if not mask:
                return None
            parts.append(self._node(Leaf(one.package, mask)))
        return self._all(parts)

    def _part(self, part: Part, reach: Reach) -> int | None:
        if part in self._known:
            return self._known[part]
        self.limits.check(len(self.nodes))
        state = {present.package: present for present in part.presents}
        chosen = self._choose(state, reach)
        branches = []
        leave = chosen.mask & ~self.every[chosen.package]
        for members, demand in self._distinct(chosen, state, part.granted):
            after = dict(state)
            mask = self._narrowed(chosen.package, members | leave)
            after[chosen.package] = Present(chosen.package, mask, chosen.done | chosen.pending, 0)
            met = self._met(after, part.granted, demand)
            if met is None:
                continue
            changed = {package for package, one in met.items() if one is not state.get(package)}
            same = {
                package: touched
                for package, touched in reach.items()
                if package not in changed and not touched.by_any_of(changed)
            }
            number = self._solve(met, part.granted, same)
            if number is not None:
                branches.append(number)
        number = self._any(branches) if branches else None
        self._known[part] = number
        return number

    def _distinct(
        self, chosen: Present, state: State, granted: frozenset[int]
    ) -> list[tuple[int, Demand]]:
        """The classes of a package in a state: what says the same *here* is one class."""
        groups: dict[Signature, tuple[int, Demand]] = {}
        for mask, demand in self.classes.of(chosen.package, chosen.mask, chosen.pending):
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

    def _choose(self, state: State, reach: Reach) -> Present:
        """The package whose decision says most about the others, for each class it has."""

        def value(present: Present) -> float:
            touched = reach[present.package]
            classes = len(self.classes.of(present.package, present.mask, present.pending))
            return (1 + 2 * len(touched.influenced) + len(touched.coming)) / classes

        return max((present for present in state.values() if present.pending), key=value)
