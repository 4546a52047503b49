"""Few stacks that together contain every two versions of direct dependencies that go together.

Stack after stack: an anchor version with many pairs missing is fixed, the graph gives the stack with
most missing pairs of the anchor, exactly, and each of its other direct dependencies is then exchanged
for the version that adds most. Where the direct dependencies go together in few ways only, a solver
looks for the fewest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from time import monotonic

from dependency_monkey.graph import And, Graph, Leaf
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Universe, bits
from dependency_monkey.widest import Widest

Version = tuple[int, int]
#: One version, or two of different packages, the smaller first.
Element = tuple[Version, ...]

#: More than all that a stack can gain: what has it is in the stack.
_FIXED = 1e9


def pairs_of(graph: Graph, direct: Sequence[int]) -> set[Element]:
    """Every two versions of these packages that are in a stack together.

    They must be in every stack, as what a root asks for is. Of a single package its versions.
    """
    found: set[Element] = set()
    for package in direct:
        for version in bits(reachable(graph, {package: -1}).get(package, 0)):
            beside = reachable(graph, {package: 1 << version})
            if len(direct) == 1:
                found.add(((package, version),))
            for other in direct:
                if other > package:
                    found.update(
                        ((package, version), (other, one)) for one in bits(beside.get(other, 0))
                    )
    return found


def reachable(graph: Graph, fixed: dict[int, int]) -> dict[int, int]:
    """Package -> its versions in all stacks that have the fixed packages at versions of their masks.

    A stack that lacks a fixed package fits too.
    """
    fits: list[bool] = []
    for node in graph.nodes:
        if isinstance(node, Leaf):
            fits.append(bool(node.mask & fixed.get(node.package, -1)))
        elif isinstance(node, And):
            fits.append(all(fits[part] for part in node.parts))
        else:
            fits.append(any(fits[branch] for branch in node.branches))
    found: dict[int, int] = {}
    used = {graph.root} if fits[graph.root] else set()
    for number in range(graph.root, -1, -1):
        if number not in used:
            continue
        node = graph.nodes[number]
        if isinstance(node, Leaf):
            mask = node.mask & fixed.get(node.package, -1)
            found[node.package] = found.get(node.package, 0) | mask
        elif isinstance(node, And):
            used.update(node.parts)
        else:
            used.update(branch for branch in node.branches if fits[branch])
    return found


def least_for_pairs(elements: Iterable[Element]) -> int:
    """How many stacks are needed at least.

    A stack has one version of a package, and beside it one of each other: each version needs as many
    stacks as it has partners in some one package.
    """
    partners: dict[Version, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for element in elements:
        for one in element:
            others = [other for other in element if other != one] or [one]
            for package, _ in others:
                partners[one][package] += 1
    needed: dict[int, int] = defaultdict(int)
    for (package, _), counts in partners.items():
        needed[package] += max(counts.values())
    return max(needed.values(), default=0)


def with_every_pair(
    universe: Universe,
    graph: Graph,
    direct: Sequence[int],
    elements: set[Element],
    combinations_first: Iterable[Choice] = (),
) -> list[Choice]:
    """Stacks that contain every element.

    Stacks with `combinations_first` of the direct dependencies come first.
    """
    search = _Greedy(Widest(universe, graph), direct, elements)
    found = [search.take(dict.fromkeys(one.items(), _FIXED)) for one in combinations_first]
    while search.missing:
        found.append(search.next())
    return found


class _Greedy:
    """What is still missing, and the next stack."""

    def __init__(self, widest: Widest, direct: Sequence[int], elements: set[Element]) -> None:
        self._widest = widest
        self._direct = direct
        self.missing = set(elements)
        self._partners: dict[Version, set[Version]] = defaultdict(set)
        for element in elements:
            self._partners[element[0]].add(element[-1])
            self._partners[element[-1]].add(element[0])

    def take(self, scores: dict[Version, float]) -> Choice:
        """The best stack under the scores; what it contains is no longer missing."""
        choice = self._widest.best(scores)
        for element in _elements_of(choice, self._direct):
            self.missing.discard(element)
            self._partners[element[0]].discard(element[-1])
            self._partners[element[-1]].discard(element[0])
        return choice

    def next(self) -> Choice:
        """A stack that contains many missing elements."""
        anchor, package = self._anchor()
        # a pair of the two packages that lack most comes first: they say how many stacks it takes
        scores = {
            one: float(len(self._direct) if one[0] == package else 1)
            for one in self._partners[anchor]
        }
        scores[anchor] = scores.get(anchor, 0.0) + _FIXED
        choice = self._widest.best(scores)
        for exchanged in self._direct:
            if exchanged not in {anchor[0], package}:
                choice = self._exchange(choice, exchanged)
        return self.take({(one, choice[one]): _FIXED for one in self._direct if one in choice})

    def _anchor(self) -> tuple[Version, int]:
        """The version with most missing partners in the two packages that lack most pairs."""
        lacking: dict[tuple[int, int], int] = defaultdict(int)
        partners: dict[tuple[Version, int], int] = defaultdict(int)
        for element in self.missing:
            one, other = element[0], element[-1]
            lacking[one[0], other[0]] += 1
            partners[one, other[0]] += 1
        pair = max(lacking, key=lambda two: (lacking[two], two))
        return max(
            (key for key in partners if (key[0][0], key[1]) == pair),
            key=lambda key: (partners[key], key),
        )

    def _exchange(self, choice: Choice, package: int) -> Choice:
        """The best version of one package where the other direct dependencies stay."""
        scores: dict[Version, float] = defaultdict(float)
        for other in self._direct:
            if other == package or other not in choice:
                continue
            scores[other, choice[other]] += _FIXED
            for partner in self._partners[other, choice[other]]:
                if partner[0] == package:
                    scores[partner] += 1.0
        return self._widest.best(scores)


def _elements_of(choice: Choice, direct: Sequence[int]) -> list[Element]:
    versions = [(package, choice[package]) for package in direct if package in choice]
    return [(one,) for one in versions] if len(direct) == 1 else list(combinations(versions, 2))


def projections(graph: Graph, direct: Sequence[int], most: int) -> list[Choice] | None:
    """Every way in which the direct dependencies go together; None where there are more than `most`."""
    wanted = set(direct)
    known: list[set[Element] | None] = []
    for node in graph.nodes:
        found: set[Element] | None
        if isinstance(node, Leaf):
            found = {()}
            if node.package in wanted:
                found = {((node.package, one),) for one in bits(node.mask)}
        elif isinstance(node, And):
            found = _joined([known[part] for part in node.parts], most)
        else:
            found = set()
            for branch in node.branches:
                more = known[branch]
                found = None if found is None or more is None else found | more
        known.append(None if found is None or len(found) > most else found)
    last = known[graph.root]
    return None if last is None else [dict(one) for one in sorted(last)]


def _joined(parts: Sequence[set[Element] | None], most: int) -> set[Element] | None:
    size = 1
    for part in parts:
        if part is None:
            return None
        size *= len(part)
    if size > most:
        return None
    whole = [part for part in parts if part is not None]
    return {tuple(sorted(sum(one, ()))) for one in product(*whole)}


def fewest_of(
    candidates: Sequence[Choice], elements: set[Element], known: Sequence[Choice], ends_at: float
) -> tuple[list[Choice], int]:
    """The fewest candidates that contain every element, found in the time, and a proven bound.

    `known` is a cover to start from.
    """
    from ortools.sat.python import cp_model

    direct = sorted({package for element in elements for package, _ in element})
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in candidates]
    holding: dict[Element, list[cp_model.IntVar]] = defaultdict(list)
    for candidate, variable in zip(candidates, taken, strict=True):
        for element in _elements_of(candidate, direct):
            holding[element].append(variable)
    for element in elements:
        model.add_bool_or(holding[element])
    model.minimize(sum(taken))
    starts = {tuple(one.get(package) for package in direct) for one in known}
    for candidate, variable in zip(candidates, taken, strict=True):
        model.add_hint(variable, tuple(candidate.get(one) for one in direct) in starts)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.0, ends_at - monotonic())
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return list(known), 0
    chosen = [
        candidate
        for candidate, variable in zip(candidates, taken, strict=True)
        if solver.boolean_value(variable)
    ]
    return chosen, round(solver.best_objective_bound)
