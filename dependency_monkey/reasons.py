"""Why a pin differs, in the resolver's words made short."""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from amun_core.redaction import redact_text
from dependency_monkey.resolver import Refusal
from dependency_monkey.sharing import Asks, Pair, Side

#: `tensorflow-cpu==2.12.1 depends on numpy>=1.22,<=1.24.3`
_DEPENDS = re.compile(
    r"(?P<who>[a-z0-9][a-z0-9-]*)(?P<which>[=<>!~][^\s]*)? depends on "
    r"(?P<name>[a-z0-9][a-z0-9-]*)(?:\[[^\]]*\])?(?P<range>[=<>!~][^\s]*)",
    re.IGNORECASE,
)
#: As much of uv's own derivation as a list can hold.
_LONGEST = 240

COMPARED = "what is compared"
LATEST_EACH = "each is the newest valid version"
TOGETHER = "both sides admit a common version, but not beside the other shared pins"


def reasons(resolver: Asks, a: Side, b: Side, pair: Pair) -> dict[str, str]:
    """Each package whose pin differs or that one side lacks -> why."""
    found = {}
    for name in pair.differing:
        if name in a.fixed and name in b.fixed:
            found[name] = COMPARED
            continue
        said = [
            why
            for side, version in ((a, pair.b[name]), (b, pair.a[name]))
            if (why := _refused(resolver, side, name, version))
        ]
        found[name] = "; ".join(dict.fromkeys(said)) or TOGETHER
    for name in pair.one_sided:
        has = a if name in pair.a else b
        found[name] = COMPARED if name in has.fixed else f"only {has.name} needs it"
    return found


def _refused(resolver: Asks, side: Side, name: str, version: str) -> str | None:
    """Why `side` does not admit that version; None where it does."""
    answer = side.ask(resolver, limit=f"{name}=={version}")
    if not isinstance(answer, Refusal):
        return None
    return short_reason(answer.reason, name, version, side.fixed)


def short_reason(reason: str, name: str, version: str, fixed: Mapping[str, str]) -> str:
    """The requirements in `reason` that exclude the version, else the beginning of `reason`."""
    excluding = []
    for match in _DEPENDS.finditer(reason):
        if match["name"].lower() != name or not _excludes(match["range"].rstrip(".,"), version):
            continue
        who, which = match["who"].lower(), (match["which"] or "").strip(",")
        of_fixed = who in fixed and not _excludes(which, fixed[who])
        shown = fixed[who] if of_fixed else which.removeprefix("==")
        excluding.append((not of_fixed, f"{who} {shown} requires {name}{match['range']}"))
    if not excluding:
        reason = redact_text(reason)
        if len(reason) <= _LONGEST:
            return reason
        return reason[:_LONGEST].rsplit(" ", 1)[0] + " ..."
    # a requirement of a compared package says it best
    return min(excluding)[1].rstrip(".,")


def _excludes(text: str, version: str) -> bool:
    try:
        return not SpecifierSet(text).contains(version, prereleases=True)
    except InvalidSpecifier:
        return False
