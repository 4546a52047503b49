"""The reference page of the suites."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pis.suites import catalogue

Table = Callable[[tuple[str, ...], list[tuple[str, ...]]], str]

_INTRODUCTION = (
    "A suite is a list of problems that others published, in their order, repetitions included, "
    "with its source and its rules. The first rule is the one that the suite goes by. "
    "`amun suite show` prints the same and the cases."
)


def page(*, table: Table) -> str:
    """The page; `table` makes one from its head and its rows."""
    parts = ["# Suites", _INTRODUCTION]
    for one in catalogue.suites():
        parts += _suite(one, table)
    return "\n\n".join(parts) + "\n"


def _suite(one: dict[str, Any], table: Table) -> Iterator[str]:
    source, figures = one["source"], one["figures"]
    yield f"## {one['name']}"
    yield f"{one['title']}. {one['summary']}"
    work = f", {figures['flop_total']} FLOP in all" if figures["flop_total"] else ""
    yield (
        f"Cases: {figures['cases']} ({figures['distinct']} different){work}. "
        f"Reported: {one['reported']} Precision: {one['precision']}. "
        f"Source: {source['repository']}, `{source['path']}`, commit `{source['commit']}`."
    )
    yield table(
        ("number", "formula", "meaning"),
        [
            (formula["name"], f"`{formula['formula']}`", formula["meaning"])
            for formula in one["formulas"]
        ],
    )
    yield table(
        ("driver", "warm-up calls", "repeats"),
        [
            (
                rule["driver"],
                "not told" if rule["warmups"] is None else str(rule["warmups"]),
                rule["repeats"],
            )
            for rule in one["rules"]
        ],
    )
    yield from one["notes"]
