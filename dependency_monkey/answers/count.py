"""How many valid stacks there are, and how many of them contain each version."""

from __future__ import annotations

from dependency_monkey.answers.asked import Asked, Document


def answer(asked: Asked) -> Document:
    """The exact count as decimal digits; with `by` that of each version of each package."""
    space = asked.space
    document = {**asked.heading("count"), "exact": True, "count": str(space.count)}
    if asked.request.by:
        document["by"] = {
            name: {version: str(count) for version, count in counts.items()}
            for name, counts in space.count_by().items()
        }
    return document
