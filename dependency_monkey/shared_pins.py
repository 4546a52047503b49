"""`python -m dependency_monkey.shared_pins`: two locks that share every pin that validity allows.

Prints one JSON document: both locks as requirements with hashes, what they share, and each pin
that differs with the reason. Errors are a document too, so that whoever started this process can
tell them as its own.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from amun_core.errors import AmunError, InvalidInputError
from dependency_monkey import reasons
from dependency_monkey.errors import ResolverFailedError, UnresolvableError
from dependency_monkey.resolver import Pins, Refusal, Resolver, lines_of
from dependency_monkey.sharing import Pair, fix_compared, share

SCHEMA = "amun.shared-pins/1"

Document = dict[str, Any]


def shared_pins(
    resolver: Resolver, a: Sequence[str], b: Sequence[str], *, latest_each: bool = False
) -> Document:
    """Both locks, what they share, what differs and why."""
    notes = []
    try:
        side_a, side_b, pair = fix_compared(resolver, a, b)
    except UnresolvableError:
        # the newest stack may need a package that is published as source only
        resolver.wheels_only = False
        side_a, side_b, pair = fix_compared(resolver, a, b)
        notes.append("packages without wheels are built from source")
    if latest_each or tuple(a) == tuple(b):
        names = [*pair.differing, *pair.one_sided]
        why = dict.fromkeys(names, reasons.LATEST_EACH)
    else:
        pair = share(resolver, side_a, side_b, pair)
        why = reasons.reasons(resolver, side_a, side_b, pair)
    return {
        "schema": SCHEMA,
        "python_version": resolver.python_version,
        "platform": resolver.platform,
        "latest_each": latest_each,
        "a": _arm(resolver, a, pair.a),
        "b": _arm(resolver, b, pair.b),
        "shared": pair.shared,
        "differing": _differing(pair, why),
        "resolutions": resolver.asked,
        "notes": notes,
    }


def _arm(resolver: Resolver, requirements: Sequence[str], pins: Pins) -> Document:
    """The lock of these pins, with hashes."""
    answer = resolver.resolve(
        [*requirements, *lines_of(pins).split()],
        constraints=lines_of(pins).split(),
        hashes=True,
    )
    if isinstance(answer, Refusal) or answer.pins != pins:
        said = answer.reason if isinstance(answer, Refusal) else "other pins came out"
        raise ResolverFailedError(f"the pins do not resolve a second time: {said}")
    return {"requirements": list(requirements), "packages": pins, "lock": answer.text}


def _differing(pair: Pair, why: dict[str, str]) -> list[Document]:
    return [
        {"name": name, "a": pair.a.get(name), "b": pair.b.get(name), "why": why[name]}
        for name in sorted({*pair.differing, *pair.one_sided})
    ]


def checked(requirements: Sequence[str]) -> list[str]:
    """The requirements, each by name. Raises InvalidInputError for one that is none."""
    taken = []
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise InvalidInputError(f"{text!r} is no requirement: {error}") from None
        if requirement.url:
            raise InvalidInputError(f"{text!r}: packages of an index only, no address")
        taken.append(str(requirement))
    return taken


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the document, or the error as one; 0 or 1."""
    parser = argparse.ArgumentParser(description="Two locks that share what they can.")
    parser.add_argument("--a", action="append", required=True, metavar="REQUIREMENT")
    parser.add_argument("--b", action="append", required=True, metavar="REQUIREMENT")
    parser.add_argument("--python-version", metavar="X.Y", help="default: this interpreter's")
    parser.add_argument("--platform", help="of uv's names; default: this machine")
    parser.add_argument("--latest-each", action="store_true", help="share nothing on purpose")
    given = parser.parse_args(arguments)
    try:
        a, b = checked(given.a), checked(given.b)
        resolver = Resolver.of_this_machine(given.python_version, given.platform)
        document = shared_pins(resolver, a, b, latest_each=given.latest_each)
    except AmunError as error:
        problem = {"code": error.code, "message": str(error), "hint": error.hint}
        print(json.dumps({"schema": SCHEMA, "error": problem}))  # noqa: T201
        return 1
    print(json.dumps(document))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
