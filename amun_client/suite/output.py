"""Prints the results of a suite in the format that is asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from amun_client.console import Console
from amun_client.suite import table as suite_table

Document = Mapping[str, Any]


class Format(StrEnum):
    """The formats of `--format`."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def show(console: Console, document: Document, wanted: Format) -> None:
    """Print the whole answer."""
    if wanted is Format.JSON:
        console.document(document)
    elif wanted is Format.CSV:
        console.answer(csv_text(*suite_table.flat(document)))
    elif wanted is Format.MARKDOWN:
        console.answer(markdown(document))
    else:
        _text(console, document)


def csv_text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A head and rows as RFC 4180 has them, without the last line's end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().rstrip("\n")


def markdown(document: Document) -> str:
    """What all rows have in common, both tables, and the closing line."""
    head = [f"- {name}: {' '.join(value.split())}" for name, value in suite_table.heading(document)]
    parts = [f"# {document['suite']['name']} on {document['framework']}", "\n".join(head)]
    for title, table in (
        ("In the published form", suite_table.published(document)),
        ("Our record", suite_table.record(document)),
    ):
        header, rows, right = table
        if rows:
            parts += [f"## {title}", _markdown_table(header, rows, right)]
    if warning := suite_table.busy_warning(document):
        parts.append(f"**Disturbed:** {warning}")
    return "\n\n".join([*parts, suite_table.closing(document)])


def _text(console: Console, document: Document) -> None:
    person = console.out.isatty()
    if person:
        console.pairs(suite_table.heading(document))
        console.answer("")
    header, rows, right = suite_table.published(document)
    console.table(header, rows, right=right)
    if person:
        header, rows, right = suite_table.record(document)
        if rows:
            console.answer("")
            console.table(header, rows, right=right)
    if warning := suite_table.busy_warning(document):
        console.warning(warning)
    console.story(suite_table.closing(document))


def _markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]
) -> str:
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    lines = [header, rule, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
