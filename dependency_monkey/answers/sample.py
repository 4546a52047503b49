"""Stacks drawn by chance: spread over the versions of what was named, or each equally likely."""

from __future__ import annotations

from collections.abc import Iterator

from amun_core.stack_request import Distribution
from dependency_monkey.answers.asked import Asked, Document
from dependency_monkey.answers.stacks import entries
from dependency_monkey.naming import Stack

#: So many get their rank too: it is one walk up the whole graph for each.
_MOST_RANKED = 1000
#: How the stacks of an answer are distributed, in words.
_IN_WORDS = {
    Distribution.NAMED: "each package that was named, in the order named, has one of its versions that "
    "still fit, each equally likely; the rest is the newest that fits",
    Distribution.UNIFORM: "each valid stack is equally likely",
}


def answer(asked: Asked) -> Document:
    """`number` stacks, independent of each other; the same for the same seed and snapshot."""
    request, space = asked.request, asked.space
    ranked, seed = request.number <= _MOST_RANKED, request.seed or 0
    found = (
        {"rank": str(space.rank(stack)), "stack": stack} if ranked else {"stack": stack}
        for stack in drawn(asked, request.number, seed)
    )
    return {
        **asked.heading("sample"),
        "count": str(space.count),
        "seed": seed,
        "distribution": str(request.distribution),
        "distributed": _IN_WORDS[request.distribution],
        "stacks": entries(asked, found),
    }


def drawn(asked: Asked, number: int, seed: int) -> Iterator[Stack]:
    """So many stacks, as the question wants them distributed."""
    if asked.request.distribution is Distribution.UNIFORM:
        return asked.space.sample(number, seed)
    return asked.space.spread(number, seed)
