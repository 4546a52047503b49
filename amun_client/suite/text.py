"""Suites and their cases, as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.quantities import significant

Document = Mapping[str, Any]
Table = tuple[list[str], list[list[str]], list[int]]


def list_table(suites: Sequence[Document]) -> Table:
    """Header, rows and right-aligned columns of `amun suite list`."""
    rows = [
        [
            str(one["name"]),
            str(one["figures"]["cases"]),
            _giga(one["figures"]["flop_total"]),
            _giga(one["figures"]["flop_largest"]),
            str(one["title"]),
        ]
        for one in suites
    ]
    return ["name", "cases", "gflop", "largest", "what"], rows, [1, 2, 3]


def suite_rows(one: Document) -> list[tuple[str, str]]:
    """What a suite is, where it comes from, by which rules it is measured."""
    source = one["source"]
    return [
        ("suite", str(one["name"])),
        ("what", str(one["title"])),
        ("summary", str(one["summary"])),
        ("source", f"{source['repository']} {source['path']}\ncommit {source['commit']}"),
        ("reported", str(one["reported"])),
        ("precision", str(one["precision"])),
        ("formulas", "\n".join(_formula(formula) for formula in one["formulas"])),
        ("phases", ", ".join(phase["name"] for phase in one["cases"][0]["phases"])),
        ("rules", "\n".join(_rule(rule) for rule in one["rules"])),
        ("notes", "\n".join(one["notes"]) or "-"),
        ("cases", _counted(one["figures"])),
    ]


def case_table(cases: Sequence[Document]) -> Table:
    """Header, rows and right-aligned columns of the cases: parameters, work, repeats, remarks."""
    if not cases:
        return [], [], []
    parameters = list(cases[0]["parameters"])
    moves = cases[0]["bytes"] is not None
    header = ["index", *parameters, "bytes" if moves else "flop", "repeats", "remarks"]
    rows = [
        [
            str(case["index"]),
            *(_cell(case["parameters"][name]) for name in parameters),
            _cell(case["bytes"] if moves else case["flop"]),
            _cell(case["repeats"]),
            "; ".join(remarks(case)) or "-",
        ]
        for case in cases
    ]
    return header, rows, list(range(len(header) - 1))


def remarks(case: Document) -> list[str]:
    """What is special about a case: a phase that it lacks, a repetition, a slip of the source."""
    found = [f"no {phase['name']}" for phase in case["phases"] if not phase["applicable"]]
    if case["same_as"] is not None:
        found.append(f"same as {case['same_as']}")
    for name, value in case["notes"].items():
        if value is True:
            found.append(name.replace("_", " "))
        else:
            found.append(f"{name.replace('_', ' ')}: {value}")
    return found


def _formula(formula: Document) -> str:
    return f"{formula['name']} = {formula['formula']}  ({formula['meaning'].rstrip('.')})"


def _rule(rule: Document) -> str:
    warmups = "?" if rule["warmups"] is None else rule["warmups"]
    return f"{rule['driver']}: warm-ups {warmups}, repeats {rule['repeats']}"


def _counted(figures: Document) -> str:
    text = str(figures["cases"])
    again = figures["cases"] - figures["distinct"]
    return f"{text}, {again} of them as another one before" if again else text


def _giga(flop: float | None) -> str:
    return "-" if flop is None else significant(flop / 1e9)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else str(value)
