"""Stacks in an answer: one after the other, and with their locks where those are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from dependency_monkey.answers.asked import Asked, Document

#: Between two lines of progress.
_AT_ONCE = 256


def entries(asked: Asked, found: Iterable[Document]) -> list[Document]:
    """Each as `stack` with what is known of it."""
    listed: list[Document] = []
    for entry in found:
        if asked.request.with_locks:
            entry["lock"] = asked.lock(entry["stack"])
        listed.append(entry)
        if not len(listed) % _AT_ONCE:
            asked.tell("writing stacks", {"stacks": len(listed)})
    return listed
