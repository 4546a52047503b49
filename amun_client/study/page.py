"""A study's report as one HTML page: the plots, the table, the notes, and nothing from elsewhere.

The scripts of Vega stand in the page itself and its menu, which leads to an editor on the web, is
off: the page opens without a network and sends nobody's data anywhere. Each plot has its numbers in
a table beside it, for those who do not see it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from amun_client.study.text import head, statistic_table

Document = dict[str, Any]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f1f1f; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #ddd;
         white-space: nowrap; }
caption { text-align: left; padding-bottom: .4rem; }
dt { font-weight: 600; float: left; clear: left; width: 7rem; }
dd { margin-left: 7.5rem; }
"""
_DRAW = "vegaEmbed({place}, {specification}, {{actions: false, renderer: 'svg'}})"


def page(report: Document, specifications: Mapping[str, Document], bundle: str) -> str:
    """The page. `specifications` are Vega-Lite by name, `bundle` the scripts that draw them."""
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in head(report)
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in report["notes"])
    plots = "".join(f'<div class="scroll" id="{name}"></div>' for name in specifications)
    calls = ";\n".join(
        _DRAW.format(place=_script(f"#{name}"), specification=_script(specification))
        for name, specification in specifications.items()
    )
    title = escape(f"{report['title']} - {report['id']} - Amun")
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{_STYLE}</style></head>
<body><main>
<h1>{escape(report["title"])}</h1>
<p><strong>{escape(report["finding"])}</strong></p>
<dl>{facts}</dl>
<h2>Plots</h2>
{plots}
<h2>Statistics</h2>
<div class="scroll">{_table(report)}</div>
<h2>Notes</h2><ul>{notes}</ul>
</main>
<script>{bundle}</script>
<script>{calls};</script>
</body></html>
"""


def _script(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value).replace("<", "\\u003c")


def _table(report: Document) -> str:
    header, rows = statistic_table(report)
    caption = "Rate in GFLOPS; cov = std / mean, covm = IQR / median."
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(_row(row) for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str]) -> str:
    first, *rest = map(escape, cells)
    return (
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
    )
