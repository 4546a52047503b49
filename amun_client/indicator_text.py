"""Indicators and runs by hand, as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from amun_client.disturbance_text import flags
from amun_client.indicator_page import assigned
from amun_client.quantities import in_one_unit, significant, size
from amun_client.roofline_run import Measured
from amun_core.roofline import Roofline

Document = Mapping[str, Any]
_SENTENCE = re.compile(r"(?<=\w\w)[.:] (?=[A-Za-z])")

_ABOVE_PEAK = (
    "above what the peak's run reached: it ran beside other work, or the library does fewer "
    "operations than the textbook"
)
_ABOVE = {
    "arithmetic": _ABOVE_PEAK,
    "memory": "above what memory allows: the data stays in a cache, or the triad ran beside other work",
}


def list_table(indicators: Sequence[Document]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of `amun indicator list`."""
    rows = [
        [
            str(one["name"]),
            ", ".join(one["frameworks"]),
            str(one.get("version", "-")),
            str(one.get("stability", "-")),
            first_sentence(str(one.get("summary") or one.get("title") or "-")),
        ]
        for one in indicators
    ]
    return ["name", "frameworks", "version", "stability", "what"], rows


def first_sentence(text: str) -> str:
    """`text` up to the end of its first sentence; a figure's point ends none."""
    return _SENTENCE.split(" ".join(text.split()), maxsplit=1)[0].rstrip(".")


def run_rows(result: Document) -> list[tuple[str, str]]:
    """One run by hand. A single run has no interval: it cannot show what differs between runs."""
    runtime = result.get("runtime") or {}
    rows = [
        ("outcome", str(result["outcome"])),
        ("python", f"{runtime.get('python_version')} {runtime.get('python_implementation', '')}"),
    ]
    if result.get("component"):
        version = runtime.get("component_version") or ""
        rows.append(("framework", f"{result['component']} {version}".rstrip()))
    if failure := result.get("failure"):
        rows += [("failure", str(failure["reason"])), ("cause", str(failure["message"]))]
        return rows
    rows.append(("parameters", assigned(result["@parameters"])))
    samples = result["samples"]
    kept = samples["values"][samples["warmups"] :]
    if kept:
        (middle, low, high), unit = in_one_unit([median(kept), min(kept), max(kept)])
        rows.append(("median time", f"{middle} {unit}  ({low} to {high}, n={len(kept)})"))
    # an import has none of them
    measures = (
        ("rate", "GFLOPS"),
        ("bandwidth", "GB/s"),
        ("peak_rate", "GFLOPS, of the fastest call"),
        ("dense_elapsed", "ms, the dense product"),
        ("speedup", "times as fast as the dense product"),
        ("sheet_rate", "GFLOPS as DeepBench's sheets count"),
    )
    rows += [
        (name, f"{significant(result['@result'][name])} {unit}")
        for name, unit in measures
        if name in result["@result"]
    ]
    rows.append(("warm-ups", f"{samples['warmups']}  (left out)"))
    rows.append(("peak memory", size(result.get("peak_rss_bytes"))))
    return rows


def roofline_rows(roofline: Roofline) -> list[tuple[str, str]]:
    """Where a rate stands between what was measured as possible."""
    limit = {"arithmetic": "the peak", "memory": "the bandwidth of memory"}[roofline.bound]
    return [
        ("rate", f"{significant(roofline.rate)} GFLOPS"),
        ("measured peak", f"{significant(roofline.peak)} GFLOPS"),
        ("bandwidth", f"{significant(roofline.bandwidth)} GB/s"),
        ("intensity", f"{significant(roofline.intensity)} FLOP per byte that must move"),
        ("attainable", f"{significant(roofline.attainable)} GFLOPS, bound by {limit}"),
        ("of the peak", _share(roofline.of_peak, _ABOVE_PEAK)),
        ("of the roofline", _share(roofline.of_attainable, _ABOVE[roofline.bound])),
    ]


def noise_rows(measured: Measured) -> list[tuple[str, str]]:
    """How far the iterations of the three runs spread, and what else used the CPUs beside them."""
    names = ("rate", "peak", "bandwidth")
    spreads = [
        f"{name} {significant(100 * spread, 2)} %"
        for name, spread in zip(names, measured.spreads, strict=True)
        if spread is not None
    ]
    signs = [
        f"{name}: {flags(found)}"
        for name, found in zip(names, measured.disturbed, strict=True)
        if found
    ]
    rows = (
        [("spread", f"{', '.join(spreads)}  (IQR / median of the iterations)")] if spreads else []
    )
    return rows + ([("disturbed", "; ".join(signs))] if signs else [])


def _share(share: float, above: str) -> str:
    text = f"{significant(100 * share, 3)} %"
    return f"{text}  ({above})" if share > 1 else text
