"""Tables without frames: aligned for eyes, tab separated for programs."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(
    rows: Sequence[Sequence[str]], *, header: Sequence[str] = (), right: Sequence[int] = ()
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


def tab_separated(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line for each row; white space inside a cell becomes a blank."""
    return ["\t".join(" ".join(cell.split()) for cell in row) for row in rows]


def pairs(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Names and values; a value of several lines stays in its column."""
    width = max((len(name) for name, _ in rows), default=0)
    lines: list[str] = []
    for name, value in rows:
        first, *rest = value.splitlines() or [""]
        lines.append(f"{name.ljust(width)}  {first}".rstrip())
        lines += [f"{'':{width}}  {line}".rstrip() for line in rest]
    return lines
