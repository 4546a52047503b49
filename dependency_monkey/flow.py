"""The compiled space as equations: a stack is a flow of one unit from the root to the leaves.

What flows into an OR flows on into its branches, each part of an AND gets all of what the AND gets, a
leaf passes on to its versions. Flows of one unit are exactly the stacks; a flow of n units is n stacks,
since the parts of an AND have no package in common and may be put together as one likes. As nothing
else can flow, a solver needs no further rule of what a valid stack is.
Source: R. K. Martin, R. L. Rardin and B. A. Campbell, *Polyhedral Characterization of Discrete
Dynamic Programming* (1990).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dependency_monkey.graph import And, Graph, Leaf

#: Numbers of variables; what they stand for together is their sum.
Sum = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """The sum of the variables in `into` equals the sum of those in `out`."""

    into: Sum
    out: Sum


@dataclass(frozen=True)
class Flow:
    """`size` variables from 0 on; variable 0 is what flows into the root.

    `branches` maps (node, place) of an OR to its variable, `leaves` (node, group) of a leaf, `joints`
    a node with several ways in. `groups[node]` are the masks into which the versions of a leaf were
    put.
    """

    size: int
    balances: tuple[Balance, ...]
    branches: dict[tuple[int, int], int]
    leaves: dict[tuple[int, int], int]
    joints: dict[int, int]
    groups: dict[int, tuple[int, ...]]

    def of_versions(self, graph: Graph) -> dict[tuple[int, int], list[int]]:
        """(package, mask of versions) -> the variables through which it comes into a stack."""
        found: dict[tuple[int, int], list[int]] = {}
        for (number, group), variable in self.leaves.items():
            node = graph.nodes[number]
            if isinstance(node, Leaf):
                key = node.package, self.groups[number][group]
                found.setdefault(key, []).append(variable)
        return found


def flow_of(graph: Graph, group: Callable[[int, int], tuple[int, ...]]) -> Flow:
    """The equations of a graph.

    `group(package, mask)` puts the versions of a leaf into masks that need not be told apart.
    """
    return _Builder(graph, group).build()


class _Builder:
    def __init__(self, graph: Graph, group: Callable[[int, int], tuple[int, ...]]) -> None:
        self.graph = graph
        self.group = group
        self.size = 1
        self.balances: list[Balance] = []
        self.branches: dict[tuple[int, int], int] = {}
        self.leaves: dict[tuple[int, int], int] = {}
        self.joints: dict[int, int] = {}
        self.groups: dict[int, tuple[int, ...]] = {}

    def build(self) -> Flow:
        into: list[list[int]] = [[] for _ in self.graph.nodes]
        into[self.graph.root] = [0]
        for number in range(self.graph.root, -1, -1):
            if into[number]:
                self._pass_on(number, into)
        return Flow(
            self.size,
            tuple(self.balances),
            self.branches,
            self.leaves,
            self.joints,
            self.groups,
        )

    def _pass_on(self, number: int, into: list[list[int]]) -> None:
        node = self.graph.nodes[number]
        if isinstance(node, And):
            if len(into[number]) > 1:  # every part would repeat a long sum
                self.joints[number] = joint = self._variable()
                self.balances.append(Balance(tuple(into[number]), (joint,)))
                into[number] = [joint]
            for part in node.parts:
                into[part].extend(into[number])
            return
        if isinstance(node, Leaf):
            self.groups[number] = self.group(node.package, node.mask)
            out = [self._variable() for _ in self.groups[number]]
            self.leaves.update(((number, place), one) for place, one in enumerate(out))
        else:
            out = [self._variable() for _ in node.branches]
            self.branches.update(((number, place), one) for place, one in enumerate(out))
            for branch, variable in zip(node.branches, out, strict=True):
                into[branch].append(variable)
        self.balances.append(Balance(tuple(into[number]), tuple(out)))

    def _variable(self) -> int:
        self.size += 1
        return self.size - 1


def values_of(graph: Graph, flow: Flow, choice: dict[int, int]) -> list[int]:
    """The flow of one stack of the space: 0 or 1 for each variable."""
    values = [0] * flow.size
    values[0] = 1
    fits = _fits(graph, choice)
    waiting = [graph.root]
    while waiting:
        number = waiting.pop()
        node = graph.nodes[number]
        if number in flow.joints:
            values[flow.joints[number]] = 1
        if isinstance(node, And):
            waiting.extend(node.parts)
        elif isinstance(node, Leaf):
            version = choice[node.package]
            place = next(i for i, one in enumerate(flow.groups[number]) if one >> version & 1)
            values[flow.leaves[number, place]] = 1
        else:
            place = next(i for i, branch in enumerate(node.branches) if fits[branch])
            values[flow.branches[number, place]] = 1
            waiting.append(node.branches[place])
    return values


def _fits(graph: Graph, choice: dict[int, int]) -> list[bool]:
    """For each node whether the stack has a way down from it."""
    fits: list[bool] = []
    for node in graph.nodes:
        if isinstance(node, Leaf):
            fits.append(
                bool(node.mask >> choice[node.package] & 1) if node.package in choice else False
            )
        elif isinstance(node, And):
            fits.append(all(fits[part] for part in node.parts))
        else:
            fits.append(any(fits[branch] for branch in node.branches))
    return fits


def stacks_of(graph: Graph, flow: Flow, values: list[int]) -> Iterator[dict[int, int]]:
    """The stacks that a whole-numbered flow consists of, as many as flow into the root.

    A group of versions gives its newest.
    """
    left = list(values)
    for _ in range(values[0]):
        choice: dict[int, int] = {}
        waiting = [graph.root]
        while waiting:
            number = waiting.pop()
            node = graph.nodes[number]
            if isinstance(node, And):
                waiting.extend(node.parts)
            elif isinstance(node, Leaf):
                place = _first_left(left, flow.leaves, number)
                choice[node.package] = flow.groups[number][place].bit_length() - 1
            else:
                place = _first_left(left, flow.branches, number)
                waiting.append(node.branches[place])
        yield choice


def _first_left(left: list[int], variables: dict[tuple[int, int], int], number: int) -> int:
    """The first way on through which something still flows; takes one unit of it."""
    place = 0
    while not left[variables[number, place]]:
        place += 1
    left[variables[number, place]] -= 1
    return place
