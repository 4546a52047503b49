"""Few stacks that together contain everything: each version, or each pair of direct dependencies.

`cover:1` wants every version that is in some stack, `cover:2` every two versions of two direct
dependencies that some stack has together. A cover says how few stacks could do at best, which is
proven: often that is its own size.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from dependency_monkey.cover_pairs import (
    Element,
    fewest_of,
    least_for_pairs,
    pairs_of,
    projections,
    with_every_pair,
)
from dependency_monkey.cover_versions import fewest_with_every_version
from dependency_monkey.graph import Graph
from dependency_monkey.marginals import marginals
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Universe

#: A space whose direct dependencies go together in more ways is not searched for the optimum.
MOST_COMBINATIONS = 5_000
DEFAULT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Cover:
    """Stacks that together contain all `elements`; no fewer than `lower_bound` can."""

    strength: int
    stacks: tuple[Choice, ...]
    elements: int
    lower_bound: int

    @property
    def size(self) -> int:
        """How many stacks there are."""
        return len(self.stacks)

    @property
    def gap(self) -> int:
        """By how many stacks a cover could be smaller at most."""
        return self.size - self.lower_bound

    @property
    def proven(self) -> bool:
        """Whether no smaller cover exists."""
        return not self.gap


def cover(
    universe: Universe, graph: Graph, strength: int, *, seconds: float = DEFAULT_SECONDS
) -> Cover:
    """A small cover of the space of this graph; what is not found in the time is left as a gap.

    `strength` 1 covers versions, 2 pairs of versions of the direct dependencies. A single direct
    dependency has no pairs: its versions are covered.
    """
    ends_at = monotonic() + seconds
    if strength == 1:
        stacks, least = fewest_with_every_version(universe, graph, ends_at)
        return Cover(1, tuple(stacks), len(marginals(graph)), least)
    if strength == 2:
        return _cover_pairs(universe, graph, ends_at)
    raise ValueError(f"a cover has strength 1 or 2, not {strength!r}")


def _cover_pairs(universe: Universe, graph: Graph, ends_at: float) -> Cover:
    direct = tuple(sorted({root.package for root in universe.roots}))
    elements = pairs_of(graph, direct)
    stacks = with_every_pair(universe, graph, direct, elements)
    least = least_for_pairs(elements)
    if least < len(stacks):
        combinations = projections(graph, direct, MOST_COMBINATIONS)
        if combinations is not None:
            fewer, proven = fewest_of(combinations, elements, stacks, ends_at)
            least = max(least, proven)
            if len(fewer) < len(stacks):
                stacks = with_every_pair(universe, graph, direct, elements, fewer)
    return Cover(2, tuple(stacks), len(elements), least)


def contained(choice: Choice, elements: set[Element]) -> set[Element]:
    """The elements that a stack contains."""
    return {
        element
        for element in elements
        if all(choice.get(package) == version for package, version in element)
    }
