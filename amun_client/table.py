"""Tables without frames: aligned for eyes, tab separated for programs.

A table that is wider than its terminal is shown otherwise, so that no line is broken inside a word:
its last column is wrapped where that suffices, else each row becomes a block of `name value` words.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence

#: A last column narrower than this is no longer read with ease.
_NARROWEST = 24
#: What stands in a cell of which nothing is known; a block leaves it out.
_NONE = "-"


def fitted(
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    header: Sequence[str] = (),
    right: Collection[int] = (),
) -> list[str]:
    """The lines of a table on a terminal `width` columns wide."""
    plain = aligned(rows, header=header, right=right)
    if not rows or all(len(line) <= width for line in plain):
        return plain
    last = len(rows[0]) - 1
    ahead = _ahead(rows, header)
    if last and last not in right and width - ahead >= _NARROWEST:
        return _last_wrapped(rows, width, header, right, ahead)
    return [line for row in rows for line in _block(row, width, header)]


def aligned(
    rows: Sequence[Sequence[str]], *, header: Sequence[str] = (), right: Collection[int] = ()
) -> list[str]:
    """Columns padded to their widest cell; those with an index in `right` flush right."""
    every = [list(header), *rows] if header else list(rows)
    if not every:
        return []
    widths = [max(len(row[column]) for row in every) for column in range(len(every[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in every
    ]


def tab_separated(rows: Sequence[Sequence[str]], *, header: Sequence[str] = ()) -> list[str]:
    """One line for each row; white space inside a cell becomes a blank."""
    every = [header, *rows] if header else rows
    return ["\t".join(" ".join(cell.split()) for cell in row) for row in every]


def pairs(rows: Sequence[tuple[str, str]], width: int | None = None) -> list[str]:
    """Names and values; a value of several lines stays in its column, and so does a long one.

    A command is never broken: it is there to be copied.
    """
    column = max((len(name) for name, _ in rows), default=0)
    lines: list[str] = []
    for name, value in rows:
        told = [part for line in value.splitlines() or [""] for part in _parts(line, width, column)]
        lines.append(f"{name.ljust(column)}  {told[0]}".rstrip())
        lines += [f"{'':{column}}  {line}".rstrip() for line in told[1:]]
    return lines


def _parts(line: str, width: int | None, column: int) -> list[str]:
    left = 0 if width is None else width - column - 2
    if left < _NARROWEST or len(line) <= left or line.lstrip().startswith("amun "):
        return [line]
    return wrapped(line, left)


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns; a word that is longer stays whole."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _ahead(rows: Sequence[Sequence[str]], header: Sequence[str]) -> int:
    """Columns before the last one, with the blanks between them."""
    every = [header, *rows] if header else rows
    return sum(
        max(len(cell) for cell in cells) + 2 for cells in list(zip(*every, strict=True))[:-1]
    )


def _last_wrapped(
    rows: Sequence[Sequence[str]],
    width: int,
    header: Sequence[str],
    right: Collection[int],
    ahead: int,
) -> list[str]:
    every = []
    for row in rows:
        first, *more = wrapped(" ".join(row[-1].split()), width - ahead)
        every.append([*row[:-1], first])
        every += [[*([""] * (len(row) - 1)), line] for line in more]
    return aligned(every, header=header, right=right)


def _block(row: Sequence[str], width: int, header: Sequence[str]) -> list[str]:
    """A row as a block: its first cell, then `name value` as many as go on a line."""
    names = [name.lower() for name in header] or [""] * len(row)
    told = [
        f"{name} {' '.join(cell.split())}".strip()
        for name, cell in list(zip(names, row, strict=True))[1:]
        if cell.strip() not in {"", _NONE}
    ]
    lines = [row[0]]
    line = ""
    for part in told:
        if line and len(line) + 2 + len(part) > width - 2:
            lines.append(line)
            line = ""
        line = f"{line}  {part}" if line else part
    body = [*lines[1:], line] if line else lines[1:]
    return [lines[0], *(f"  {short}" for one in body for short in wrapped(one, width - 2))]
