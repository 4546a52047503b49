"""Few stacks that together contain every version, or every pair of versions of direct dependencies."""

from __future__ import annotations

from dependency_monkey.answers.asked import Asked, Document
from dependency_monkey.answers.stacks import entries
from dependency_monkey.cover import cover
from dependency_monkey.errors import EmptySpaceError


def answer(asked: Asked) -> Document:
    """The stacks, how many are needed at least, and what they contain."""
    request, space = asked.request, asked.space
    if space.graph is None:
        raise EmptySpaceError
    asked.tell("covering", {"versions": sum(map(len, asked.crawled.versions))})
    found = cover(space.universe, space.graph, request.strength, seconds=request.time_limit_seconds)
    stacks = ({"stack": space.naming.stack_of(choice)} for choice in found.stacks)
    return {
        **asked.heading("cover"),
        "count": str(space.count),
        "strength": found.strength,
        "size": found.size,
        "lower_bound": found.lower_bound,
        "gap": found.gap,
        "proven": found.proven,
        "elements": found.elements,
        "stacks": entries(asked, stacks),
    }
