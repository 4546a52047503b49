"""The best stacks under a score that adds up over packages, proven; pairs of versions may count too."""

from __future__ import annotations

from itertools import islice

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from amun_core.errors import InvalidInputError
from amun_core.stack_request import Scores
from dependency_monkey.answers.asked import Asked, Document
from dependency_monkey.answers.stacks import entries
from dependency_monkey.errors import EmptySpaceError
from dependency_monkey.naming import Stack
from dependency_monkey.pairs import Version, best_with_pairs

ByVersion = dict[str, dict[str, float]]
#: What the newest stack is, in words.
NEWEST_ORDER = (
    "what was named first at its newest, then the next that was named, then what these ask for, "
    "in the order in which it is met; a pre-release only where no final version fits"
)


def answer(asked: Asked) -> Document:
    """The `number` best stacks, the best first, and the proof: how much better one can be at most."""
    scores = asked.request.scores
    if scores is not None and scores.pairs:
        return _with_pairs(asked, scores)
    if scores is None:
        return _newest(asked)
    request, space = asked.request, asked.space
    by_version = scores_of(asked, scores)
    if request.number == 1:
        found = iter((space.best(by_version),))
    else:
        found = islice(space.best_first(by_version), request.number)
    stacks = ({"score": one.score, "stack": one.stack} for one in found)
    return {
        **asked.heading("best"),
        "count": str(space.count),
        "objective": "scores",
        "proven": True,
        "gap": 0.0,
        "stacks": entries(asked, stacks),
    }


def _newest(asked: Asked) -> Document:
    """What was named first at its newest, then the next, then the rest; the score tells how far behind."""
    space, places = asked.space, asked.space.naming

    def behind(stack: Stack) -> float:
        choice = places.choice_of(stack)
        versions = asked.crawled.versions
        return -float(sum(len(versions[p]) - 1 - version for p, version in choice.items()))

    found = islice(space.newest_first(), asked.request.number)
    stacks = ({"score": behind(stack), "stack": stack} for stack in found)
    return {
        **asked.heading("best"),
        "count": str(space.count),
        "objective": "newest",
        "order": NEWEST_ORDER,
        "proven": True,
        "gap": 0.0,
        "stacks": entries(asked, stacks),
    }


def _with_pairs(asked: Asked, scores: Scores) -> Document:
    if asked.request.number != 1:
        raise InvalidInputError("where pairs of versions count, only the best stack is looked for")
    space, by_version = asked.space, scores_of(asked, scores)
    naming, names = space.naming, asked.crawled.universe.packages
    numbered = {
        (package, version): score
        for name, versions in by_version.items()
        if (package := naming.package(name)) is not None
        for text, score in versions.items()
        if (version := naming.version(package, text)) is not None
    }
    asked.tell("searching, since pairs count", {"packages": len(names)})
    found = best_with_pairs(
        asked.crawled.universe,
        space.graph,
        lambda package, version: numbered.get((package, version), 0.0),
        _pairs_of(asked, scores),
        seconds=asked.request.time_limit_seconds,
    )
    if found is None:
        raise EmptySpaceError
    stack = naming.stack_of(found.choice)
    return {
        **asked.heading("best"),
        "count": str(space.count),
        "objective": "scores",
        "proven": found.proven,
        "gap": found.gap,
        "stacks": entries(asked, iter(({"score": found.score, "stack": stack},))),
    }


def scores_of(asked: Asked, given: Scores) -> ByVersion:
    """What the question says; versions that are not in the space are told."""
    naming = asked.space.naming
    unknown = [
        f"{name} {version}"
        for name, by_version in given.versions.items()
        for version in by_version
        if (package := naming.package(name)) is None or naming.version(package, version) is None
    ]
    if unknown:
        asked.warnings.append(f"scored, but not in the space: {', '.join(unknown)}")
    return {name: dict(by_version) for name, by_version in given.versions.items()}


def _pairs_of(asked: Asked, scores: Scores) -> dict[tuple[Version, Version], float]:
    """Each pair of versions that two requirements of a pair admit; what meets twice adds up."""
    pairs: dict[tuple[Version, Version], float] = {}
    for pair in scores.pairs:
        for a in _admitted(asked, pair.a):
            for b in _admitted(asked, pair.b):
                if a[0] == b[0]:
                    raise InvalidInputError(f"{pair.a} and {pair.b} are one package: no pair")
                key = min(a, b), max(a, b)
                pairs[key] = pairs.get(key, 0.0) + pair.score
    return pairs


def _admitted(asked: Asked, text: str) -> list[Version]:
    requirement = Requirement(text)
    package = asked.space.naming.package(canonicalize_name(requirement.name))
    if package is None:
        asked.warnings.append(f"in a pair, but not in the space: {text}")
        return []
    return [
        (package, place)
        for place, version in enumerate(asked.crawled.versions[package])
        if requirement.specifier.contains(version, prereleases=True)
    ]
