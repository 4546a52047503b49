"""Stacks drawn by chance, each equally likely."""

from __future__ import annotations

from dependency_monkey.answers.asked import Asked, Document
from dependency_monkey.answers.stacks import entries

#: So many get their rank too: it is one walk up the whole graph for each.
_MOST_RANKED = 1000


def answer(asked: Asked) -> Document:
    """`number` stacks, independent of each other; the same for the same seed and snapshot."""
    request, space = asked.request, asked.space
    ranked, seed = request.number <= _MOST_RANKED, request.seed or 0
    drawn = (
        {"rank": str(space.rank(stack)), "stack": stack} if ranked else {"stack": stack}
        for stack in space.sample(request.number, seed)
    )
    return {
        **asked.heading("sample"),
        "count": str(space.count),
        "seed": seed,
        "stacks": entries(asked, drawn),
    }
