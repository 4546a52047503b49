"""Which module answers which verb."""

from __future__ import annotations

from collections.abc import Callable

from amun_core.stack_request import StackVerb
from dependency_monkey.answers import best, count, cover, explain, listing, lock, nearest, sample
from dependency_monkey.answers.asked import Asked, Document

ANSWERS: dict[StackVerb, Callable[[Asked], Document]] = {
    StackVerb.COUNT: count.answer,
    StackVerb.SAMPLE: sample.answer,
    StackVerb.LIST: listing.answer,
    StackVerb.BEST: best.answer,
    StackVerb.NEAREST: nearest.answer,
    StackVerb.COVER: cover.answer,
    StackVerb.EXPLAIN: explain.answer,
    StackVerb.LOCK: lock.answer,
}
