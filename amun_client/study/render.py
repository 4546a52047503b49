"""Writes the plots of a study to files: one HTML page, and an SVG or PNG for each plot.

Both are drawn by vl-convert, without a browser. It and Altair come with the optional extra `plots`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Any

from amun_client.errors import UsageFaultError
from amun_client.study.page import page
from amun_client.study.plots import PLOTS

Document = dict[str, Any]

#: Import names of what the extra installs.
NEEDED = ("altair", "vl_convert")
#: Pixels for each unit of the drawing.
PNG_SCALE = 2.0


class PlotFormat(StrEnum):
    """The forms of a plot."""

    HTML = "html"
    SVG = "svg"
    PNG = "png"


def require_extra() -> None:
    """UsageFaultError with the command that installs what is missing."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageFaultError(
            f"--plots needs the optional extra 'plots': {', '.join(missing)} is not installed",
            hint="python -m pip install 'altair>=6,<7' 'vl-convert-python>=1.9,<2'",
        )


def write_plots(report: Document, folder: Path, formats: Collection[PlotFormat]) -> list[Path]:
    """Draw every plot of a report into `folder`; returns the files. Nothing measured: no file."""
    require_extra()
    if not report["groups"]:
        return []
    specifications = {name: specification_of(name, report) for name in PLOTS}
    files: dict[str, bytes] = {}
    if PlotFormat.HTML in formats:
        files[f"{report['id']}.html"] = html(report, specifications)
    for name, specification in specifications.items():
        if PlotFormat.SVG in formats:
            files[f"{report['id']}-{name}.svg"] = svg(specification)
        if PlotFormat.PNG in formats:
            files[f"{report['id']}-{name}.png"] = png(specification)
    return [_written(folder / name, content) for name, content in files.items()]


def specification_of(name: str, report: Document) -> Document:
    """The plot as Vega-Lite; Altair validates it against the published schema."""
    specification: Document = PLOTS[name](report).to_dict()
    return specification


def html(report: Document, specifications: dict[str, Document]) -> bytes:
    """The page with all plots."""
    import vl_convert

    return page(
        report, specifications, vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    ).encode()


def svg(specification: Document) -> bytes:
    """One plot as SVG."""
    import vl_convert

    return vl_convert.vegalite_to_svg(specification).encode()


def png(specification: Document) -> bytes:
    """One plot as PNG."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(specification, scale=PNG_SCALE))


def _written(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UsageFaultError(f"--plots: {path}: {error.strerror}") from None
    return path
