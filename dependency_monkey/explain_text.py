"""Explanations in plain words, and what a person can do about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from dependency_monkey.blocking import Ask, Blocking, LeftOutHere, Require
from dependency_monkey.candidates import LeftOutBecause
from dependency_monkey.explain import Explanation, Outside, Why

#: What each reason means for a person, and what can be done about it.
LEFT_OUT: dict[LeftOutBecause, tuple[str, str]] = {
    LeftOutBecause.SDIST_ONLY: (
        "no wheel, and source distributions are not taken",
        "allow source distributions, or take a version that has a wheel",
    ),
    LeftOutBecause.OTHER_PLATFORM: (
        "no wheel for this platform and Python",
        "ask for another environment: --python-version, --platform, --libc, --base",
    ),
    LeftOutBecause.OTHER_PYTHON: (
        "for another Python",
        "ask for another one with --python-version",
    ),
    LeftOutBecause.YANKED: (
        "yanked by its authors",
        "only a requirement of yours with == admits it",
    ),
    LeftOutBecause.PRE_RELEASE: ("a pre-release", "let pre-releases in: --pre-releases allow"),
    LeftOutBecause.DATE: (
        "uploaded outside of the dates that were asked for",
        "change --as-of or --newer-than",
    ),
    LeftOutBecause.WINDOW: (
        "not among the newest versions that were asked for",
        "let more versions in: --last or --last-of with a higher number",
    ),
    LeftOutBecause.EXCLUDED: (
        "excluded by what was asked for",
        "change --exclude or --allow",
    ),
    LeftOutBecause.CONSTRAINED: (
        "excluded by a constraint of yours",
        "change the constraint",
    ),
    LeftOutBecause.MALFORMED: (
        "metadata that cannot be read",
        "take another version: what it requires is not known",
    ),
}
#: More different requirements than this are not told one by one.
_MOST_SAID = 3


def versions_text(versions: Sequence[str]) -> str:
    """Versions in few words: all of a few, else the first and the last."""
    if len(versions) <= 3:
        return ", ".join(versions)
    return f"{versions[0]} to {versions[-1]} ({len(versions)} versions)"


# --- what blocks ---------------------------------------------------------------------------


def sentence(chain: Blocking, *, you_ask: str = "you ask for") -> str:
    """The chain in one sentence, for a place that has one line."""
    return "; ".join(
        [
            *(_required(one) for one in chain.required),
            *(f"no index has {name}" for name in chain.nowhere),
            *(_left_out(one) for one in chain.left_out),
            *(f"{you_ask} {one.text}" for one in chain.asked if not one.wished),
        ]
    )


def blocking_text(chain: Blocking, *, you_ask: str = "you ask for") -> str:
    """The chain with what a person can do about it."""
    return "\n".join(_chain_lines(chain, you_ask))


def _chain_lines(chain: Blocking, you_ask: str) -> Iterator[str]:
    wished = [one for one in chain.asked if one.wished]
    own = [one for one in chain.asked if not one.wished]
    yield "These block each other:"
    yield from (f"  to be explained: {one.text}" for one in wished)
    yield from (f"  {you_ask} {one.text}" for one in own)
    yield from (f"  {_required(one)}" for one in chain.required)
    yield from (f"  no index has {name}" for name in chain.nowhere)
    yield from (f"  {_left_out(one)}" for one in chain.left_out)
    yield "What you can do:"
    yield from (f"  - {line}" for line in advice(chain))
    if not chain.smallest:
        yield "The time did not suffice to find out whether all of these are needed to block it."


def _required(one: Require) -> str:
    if not one.says:
        return f"{one.package} requires {one.target}"
    told = [
        f"{one.package} {versions_text(versions)} requires {text}"
        for text, versions in one.says[:_MOST_SAID]
    ]
    if len(one.says) > _MOST_SAID:
        (first, oldest), (last, newest) = one.says[0], one.says[-1]
        return (
            f"every version of {one.package} that is left requires another {one.target}: "
            f"{oldest[0]} requires {first}, {newest[-1]} requires {last}, "
            f"and {len(one.says) - 2} more"
        )
    return "; ".join(told)


def _left_out(one: LeftOutHere) -> str:
    detail = f" ({one.detail})" if one.detail else ""
    return (
        f"{one.package} {versions_text(one.versions)} left out: {LEFT_OUT[one.because][0]}{detail}"
    )


def advice(chain: Blocking) -> list[str]:
    """What would help, the person's own requirements first."""
    found = [line for one in chain.asked if not one.wished for line in _advice_to_ask(one)]
    found.extend(
        f"{LEFT_OUT[one.because][1]} (for {one.package} {versions_text(one.versions)})"
        for one in chain.left_out
    )
    found.extend(
        f"see that an index has {name}: --index, or [[source]] of a Pipfile"
        for name in chain.nowhere
    )
    if not found:
        asked = " or ".join(dict.fromkeys(one.package for one in chain.asked))
        found.append(f"do without {asked}: no version of it that is known fits")
    return found


def _advice_to_ask(one: Ask) -> Iterator[str]:
    if not one.would_do:
        return
    told = versions_text(one.would_do)
    if one.unread:
        yield f"ask for another version than {one.text}: {told} may do; they were not read yet"
    else:
        yield f"ask for another version than {one.text}: {told} would fit"


# --- in or out -----------------------------------------------------------------------------


def explanation_text(one: Explanation, *, you_ask: str = "you ask for") -> str:
    """Everything that is said of the versions that were asked about."""
    return "\n".join(_lines(one, you_ask))


def _lines(one: Explanation, you_ask: str) -> Iterator[str]:
    if one.inside:
        yield from _inside_lines(one, you_ask)
    for outside in one.outside:
        yield from _outside_lines(one.package, outside, you_ask)


def _inside_lines(one: Explanation, you_ask: str) -> Iterator[str]:
    verb = "is" if len(one.inside) == 1 else "are"
    yield f"{one.package} {versions_text([own.version for own in one.inside])} {verb} in the space."
    for stacks, versions in _alike(one):
        each = "each in" if len(versions) > 1 else "in"
        yield f"  {versions_text(versions)}: {each} {_number(stacks)} of {_number(one.stacks)} stacks"
    if one.stacks is None:
        yield "  In how many stacks is not counted: the space is too large."
    if one.admitted_by:
        yield "  Asked for by"
        yield from (f"    {_quoted(who, text, you_ask)}" for who, text in one.admitted_by)
    if one.example:
        yield "  For example in"
        yield from (f"    {name}=={version}" for name, version in one.example.items())


def _alike(one: Explanation) -> Iterator[tuple[int, list[str]]]:
    """Neighbouring versions that are in the same number of stacks."""
    for stacks, own in groupby(one.inside, key=lambda inside: inside.stacks):
        if stacks is not None:
            yield stacks, [inside.version for inside in own]


def _number(stacks: int | None) -> str:
    if stacks is None:
        return "?"
    return f"{stacks:,}" if stacks < 10**15 else f"{Decimal(stacks):.3e}"


def _quoted(who: str | None, text: str, you_ask: str) -> str:
    return f"{you_ask} {text}" if who is None else f"{who} requires {text}"


def _outside_lines(package: str, one: Outside, you_ask: str) -> Iterator[str]:
    what = f"{package} {versions_text(one.versions)}" if one.versions else package
    if one.why is Why.LEFT_OUT and one.because is not None:
        meaning, help_text = LEFT_OUT[one.because]
        detail = f" ({one.detail})" if one.detail else ""
        yield f"{what} left out: {meaning}{detail}."
        yield f"  What you can do: {help_text}."
    elif one.why is Why.NOT_ADMITTED:
        yield f"{what}: no requirement that can be reached admits it."
        yield from (f"  {_quoted(who, text, you_ask)}" for who, text in one.quoted)
        yield f"  What you can do: {_admit_it(package, one)}."
    elif one.why is Why.BLOCKED:
        yield f"{what}: in no stack."
        if one.chain is not None:
            yield from (f"  {line}" for line in _chain_lines(one.chain, you_ask))
        else:
            yield "  The time did not suffice to find out why. Give more with --time-limit."
    elif one.why is Why.NOT_ASKED:
        yield f"{what} would be valid, but no stack asks for it."
        yield f"  What you can do: add {package} to what you ask for."
    elif one.why is Why.UNREACHED:
        yield f"Nothing that can be reached asks for {package}."
        yield f"  What you can do: add {package} to what you ask for."
    elif one.why is Why.UNKNOWN:
        told = f"it has {' to '.join(one.nearby)}" if one.nearby else f"it has no {package} at all"
        yield f"The index has no such version of {package}: {told}."
        yield "  What you can do: ask about a version that it has, or name another index."
    else:
        yield f"{what}: the time did not suffice to find out. Give more with --time-limit."


def _admit_it(package: str, one: Outside) -> str:
    if any(who is None for who, _ in one.quoted):
        return f"change what you ask of {package}"
    return f"take other versions of what requires {package}, where their requirements differ"
