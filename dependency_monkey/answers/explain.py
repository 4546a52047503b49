"""Why versions are in the space, or why not."""

from __future__ import annotations

from dataclasses import asdict

from packaging.requirements import Requirement

from amun_core.errors import InvalidInputError
from dependency_monkey.answers.asked import Asked, Document
from dependency_monkey.compilation import NotCompiledError
from dependency_monkey.explain import explain
from dependency_monkey.explain_text import explanation_text


def answer(asked: Asked) -> Document:
    """What is said of the versions that were asked about; an empty space can be explained too."""
    request = asked.request
    if request.subject is None:
        raise InvalidInputError("it is not said which versions to explain")
    try:
        graph, compiled = asked.compiled.graph, True
    except NotCompiledError:
        graph, compiled = None, False
    asked.tell("looking for reasons", {})
    found = explain(
        asked.problem,
        asked.crawled,
        Requirement(request.subject),
        graph,
        compiled=compiled,
        seconds=request.time_limit_seconds,
    )
    return {
        **asked.heading("explain"),
        "subject": found.subject,
        "package": found.package,
        "count": None if found.stacks is None else str(found.stacks),
        "inside": [
            {"version": one.version, "count": None if one.stacks is None else str(one.stacks)}
            for one in found.inside
        ],
        "outside": [asdict(one) for one in found.outside],
        "example": found.example,
        "admitted_by": [{"package": who, "requires": text} for who, text in found.admitted_by],
        "text": explanation_text(found),
    }
