"""Answers about stacks as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_client.quantities import short_digest, significant, size, time_span

Document = Mapping[str, Any]
Table = tuple[list[str], list[list[str]], list[int]]

#: Numbers of more digits are shown with an exponent; --json has every digit.
_DIGITS_IN_FULL = 15


def number(digits: str) -> str:
    """Decimal digits in groups of three; beyond 15 digits the first four and the exponent.

    >>> number("74244834"), number("4000412" + "0" * 49)
    ('74 244 834', '4.000e55')
    """
    if len(digits) > _DIGITS_IN_FULL:
        rounded, exponent = _rounded(digits)
        return f"{rounded[0]}.{rounded[1:]}e{exponent}"
    return f"{int(digits):,}".replace(",", " ")


def _rounded(digits: str) -> tuple[str, int]:
    """Four digits and the exponent; floats end at 1e308, counts do not."""
    first = (int(digits[:5]) + 5) // 10
    exponent = len(digits) - 1
    return ("1000", exponent + 1) if first == 10_000 else (str(first), exponent)


def headline(document: Document) -> str:
    """`74 244 834 valid stacks (exact) of 1.226e12 combinations`."""
    count, combinations = document["count"], document["combinations"]
    stacks = "valid stack" if count == "1" else "valid stacks"
    return (
        f"{number(count)} {stacks} (exact) of {number(combinations)} "
        f"combination{'' if combinations == '1' else 's'}"
    )


def count_rows(document: Document) -> list[tuple[str, str]]:
    """What the count is for."""
    rows = [("count", document["count"])] if len(document["count"]) > _DIGITS_IN_FULL else []
    return [*rows, *heading_rows(document)]


def heading_rows(document: Document) -> list[tuple[str, str]]:
    """What every answer is for: packages, environment, what is left out, the snapshot."""
    environment, snapshot = document["environment"], document["snapshot"]
    target = (
        f"Python {environment['python_version']}, {environment['architecture']}, "
        f"{environment['libc']}"
    )
    return [
        ("packages", f"{document['packages']} with {document['versions']} versions"),
        ("environment", target),
        ("left out", left_out_text(document["left_out"])),
        ("snapshot", f"{short_digest(snapshot['digest'])}, taken {snapshot['taken_at'][:19]}Z"),
    ]


def left_out_text(left_out: Document) -> str:
    """`26 versions: 20 without a wheel, 4 yanked, 2 pre-releases`."""
    if not left_out["total"]:
        return "nothing"
    told = [f"{n} {_BECAUSE.get(because, because)}" for because, n in left_out["counts"].items()]
    return f"{left_out['total']} versions: {', '.join(told)}"


_BECAUSE = {
    "sdist_only": "without a wheel",
    "other_platform": "for other platforms",
    "other_python": "for other Pythons",
    "yanked": "yanked",
    "pre_release": "pre-releases",
    "date": "of another time",
    "window": "beyond the window",
    "excluded": "excluded",
    "constrained": "beyond a constraint",
    "malformed": "whose metadata cannot be relied on",
}


def closing_line(document: Document) -> str:
    """`read 7 packages with 218 versions in 1.2 s (228 requests, 3.1 MiB), compiled in 4.1 ms`."""
    figures = document["figures"]
    line = (
        f"read {document['packages']} packages with {document['versions']} versions in "
        f"{time_span(figures['reading_s'])} ({figures['requests']} requests, "
        f"{size(figures['bytes'])})"
    )
    compiling = figures.get("compiling_s")
    if compiling is None:
        return line
    told = f"{significant(compiling * 1000, 2)} ms" if compiling < 1 else time_span(compiling)
    return f"{line}, compiled in {told}"


def marginal_table(document: Document) -> Table:
    """How many stacks contain each version, newest first, and their share."""
    total = int(document["count"])
    rows = [
        [name, version, number(count), f"{_percent(int(count), total)} %"]
        for name, counts in document["by"].items()
        for version, count in reversed(counts.items())
    ]
    return ["package", "version", "stacks", "share"], rows, [2, 3]


def best_line(document: Document) -> str:
    """What the stacks are the best of, and that this is proven."""
    if document["objective"] == "newest":
        return f"the newest, what was named first, proven, of {headline(document)}"
    proof = "proven" if document["proven"] else f"by {document['gap']:g} better at most: not proven"
    return f"the best by scores, {proof}, of {headline(document)}"


def nearest_line(document: Document, most: int) -> str:
    """How many stacks are as near as was asked for, or how far the nearest is."""
    within, distances = document["within"], document["distances"]
    if within == "0":
        return f"the nearest stacks differ in {min(map(int, distances))} names, {most} are allowed"
    told = ", ".join(
        f"{number(n)} in {distance}" for distance, n in distances.items() if int(distance) <= most
    )
    return f"stacks by the number of names that differ: {told}"


def cover_line(document: Document) -> str:
    """`12 stacks contain all 230 versions; no fewer can`."""
    what = "versions" if document["strength"] == 1 else "pairs of versions"
    bound = (
        "no fewer can" if document["proven"] else f"at least {document['lower_bound']} are needed"
    )
    return f"{document['size']} stacks contain all {document['elements']} {what}; {bound}"


def _percent(part: int, total: int) -> str:
    """A share of whole numbers of any size; counts beyond 1e308 are no floats."""
    return significant(part * 10**9 // total / 10**7, 3)
