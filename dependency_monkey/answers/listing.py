"""Every stack, in the order of ranks, page by page."""

from __future__ import annotations

from itertools import islice

from dependency_monkey.answers.asked import Asked, Document
from dependency_monkey.answers.stacks import entries


def answer(asked: Asked) -> Document:
    """The next `number` stacks from the cursor on, and the cursor to go on from."""
    request, space = asked.request, asked.space
    start = space.rank_at(request.cursor) if request.cursor else 0
    found = islice(space.enumerate(start), request.number)
    stacks = entries(asked, ({"rank": str(rank), "stack": stack} for rank, stack in found))
    after = start + len(stacks)
    return {
        **asked.heading("list"),
        "count": str(space.count),
        "stacks": stacks,
        "next_cursor": space.cursor(after) if after < space.count else None,
    }
