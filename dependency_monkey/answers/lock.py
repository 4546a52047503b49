"""One stack of the space as a lock: by its rank, by name, by chance, or the best."""

from __future__ import annotations

from dependency_monkey.answers.asked import Asked, Document
from dependency_monkey.answers.best import scores_of
from dependency_monkey.answers.sample import drawn
from dependency_monkey.naming import Stack


def answer(asked: Asked) -> Document:
    """The files of the lock, and the stack that they pin."""
    stack = chosen(asked)
    return {
        **asked.heading("lock"),
        "count": str(asked.space.count),
        "stack": stack,
        "rank": str(asked.space.rank(stack)),
        "files": asked.lock(stack),
    }


def chosen(asked: Asked) -> Stack:
    """The stack that is meant; the best one where none is named."""
    request, space = asked.request, asked.space
    if request.stack is not None:
        return dict(request.stack)
    if request.rank is not None:
        return space.unrank(int(request.rank))
    if request.seed is not None:
        return next(drawn(asked, 1, request.seed))
    if request.scores is not None:
        return space.best(scores_of(asked, request.scores)).stack
    return next(space.newest_first())
