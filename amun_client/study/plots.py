"""The plots of a study as Vega-Lite specifications, one builder for each; Altair checks them.

A plot says all that its reader needs: title, axes with units, and below them n, host and stack. Its
colours are those of Okabe and Ito, safe for the colour-blind, and nothing is told by colour alone.
Altair comes with the optional extra `plots`; it is imported by the builders only.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from amun_client.study.catalogue import Measure, study_named

if TYPE_CHECKING:
    import altair as alt

Document = dict[str, Any]
Builder = Callable[[Document], "alt.TopLevelMixin"]

BLUE, VERMILION, GREY, INK = "#0072B2", "#D55E00", "#6B6B6B", "#1F1F1F"
WIDTH, HEIGHT = 640, 360
_CAPTION_CHARACTERS = 125
#: A density of fewer values shows the smoothing, not the data.
FEWEST_FOR_DENSITY = 8


def box(report: Document) -> alt.TopLevelMixin:
    """A box for each value: quartiles, median, whiskers to 1.5 IQR, every inspection as a point."""
    import altair as alt

    data = alt.InlineData(values=_deviations(report))
    x = alt.X("value:O", title=_x_title(report), sort=_order(report), axis=alt.Axis(labelAngle=0))
    y = alt.Y("deviation:Q", title="rate, deviation from the value's median (%)")
    boxes = (
        alt.Chart(data)
        .mark_boxplot(
            size=30,
            outliers=False,
            box={"fill": "#D6E9F5", "stroke": BLUE, "strokeWidth": 1.5},
            median={"color": VERMILION, "thickness": 3},
            rule={"color": BLUE, "strokeWidth": 1.5},
            ticks={"color": BLUE, "size": 14},
        )
        .encode(x=x, y=y)
    )
    points = (
        alt.Chart(data)
        .mark_circle(size=18, opacity=0.55, color=INK)
        .encode(
            x=x,
            xOffset=alt.XOffset("jitter:Q", scale=alt.Scale(domain=[-1, 1])),
            y=y,
            tooltip=_tooltip(),
        )
    )
    text = "Box: q1, median, q3; whiskers to 1.5 IQR; points: inspections."
    return _finished(_sized(alt.layer(boxes, points)), report, "Distribution of the rate", text)


def violin(report: Document) -> alt.TopLevelMixin:
    """The estimated density for each value, mirrored, with every inspection as a point in it."""
    import altair as alt

    rows = _deviations(report)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["value"]] = counts.get(row["value"], 0) + 1
    for row in rows:
        # a group with too few values has points only: its density is estimated from nothing
        row["smooth"] = row["deviation"] if counts[row["value"]] >= FEWEST_FOR_DENSITY else None
    order = _order(report)
    width = max(40, WIDTH // max(1, len(order)))
    y_title = "rate, deviation from the value's median (%)"
    # one axis for all: a violin's outline is only its own row's business
    no_axis = alt.Axis(labels=False, ticks=False, grid=False, title=None, domain=False)
    density = (
        alt.Chart()
        .transform_filter("datum.smooth !== null")
        .transform_density("smooth", as_=["deviation", "density"], groupby=["value"])
        .mark_area(orient="horizontal", fill="#D6E9F5", stroke=BLUE, strokeWidth=1.2)
        .encode(
            y=alt.Y("deviation:Q", title=y_title),
            x=alt.X("density:Q", stack="center", impute=None, axis=no_axis),
        )
    )
    points = (
        alt.Chart()
        .mark_circle(size=16, opacity=0.6, color=INK)
        .encode(y=alt.Y("deviation:Q", title=y_title), x=alt.value(width / 2), tooltip=_tooltip())
    )
    middle = (
        alt.Chart()
        .mark_tick(color=VERMILION, thickness=2.5, size=width * 0.5, orient="horizontal")
        .encode(y=alt.Y("median(deviation):Q", title=y_title), x=alt.value(width / 2))
    )
    chart = (
        alt.layer(density, points, middle, data=alt.InlineData(values=rows))
        .properties(width=width, height=HEIGHT)
        .facet(
            column=alt.Column(
                "value:O",
                sort=order,
                header=alt.Header(
                    title=_x_title(report), labelOrient="bottom", titleOrient="bottom"
                ),
            )
        )
        .resolve_scale(x="independent")
        .properties(spacing=0)
    )
    text = (
        "Outline: Gaussian kernel density of the inspections (from "
        f"{FEWEST_FOR_DENSITY} on), points: inspections, bar: median."
    )
    return _finished(chart, report, "Shape of the rate's distribution", text)


def curve(report: Document) -> alt.TopLevelMixin:
    """The study's own curve: spread against repetitions, or rate against size."""
    if study_named(report["study"]).measure is Measure.SPREAD:
        return _spread_curve(report)
    return _rate_curve(report)


#: Every plot of a study, by the name of its file.
PLOTS: dict[str, Builder] = {"curve": curve, "box": box, "violin": violin}


def _spread_curve(report: Document) -> alt.TopLevelMixin:
    """IQR / median with its interval, and std / mean, against the values."""
    import altair as alt

    names = {"covm": "covm = IQR / median", "cov": "cov = std / mean"}
    rows = [
        {
            "value": int(group["value"]),
            "statistic": title,
            "percent": 100 * group["rate_gflops"][name],
            **_ends(group["rate_gflops"]["covm_interval"] if name == "covm" else None, 100),
        }
        for group in report["groups"]
        for name, title in names.items()
        if group["rate_gflops"][name] is not None
    ]
    colour = alt.Color(
        "statistic:N",
        title=None,
        scale=alt.Scale(domain=list(names.values()), range=[BLUE, VERMILION]),
        legend=alt.Legend(orient="top", symbolStrokeWidth=0),
    )
    title = "spread of the rate between inspections (%)"
    y = alt.Y("percent:Q", title=title)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=_log_x(report))
    band = (
        base.mark_area(opacity=0.18, color=BLUE, interpolate="monotone")
        .encode(y=alt.Y("low:Q", title=title), y2="high:Q")
        .transform_filter("isValid(datum.low)")
    )
    marks = base.encode(
        y=y,
        color=colour,
        strokeDash=alt.StrokeDash(
            "statistic:N", scale=alt.Scale(domain=list(names.values()), range=[[1, 0], [6, 4]])
        ).legend(None),
    )
    shapes = alt.Shape(
        "statistic:N", scale=alt.Scale(domain=list(names.values()), range=["circle", "square"])
    ).legend(None)
    lines = marks.mark_line(interpolate="monotone", strokeWidth=2)
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        y=y, color=colour, shape=shapes, tooltip=_rounded("value", "percent", "low", "high")
    )
    intervals = any(row.get("low") is not None for row in rows)
    text = (
        "Band: 95 % interval of covm, whatever the distribution; curves are interpolated."
        if intervals
        else "No interval: too few inspections of a value; curves are interpolated."
    )
    return _finished(_sized(alt.layer(band, lines, points)), report, report["title"], text)


def _rate_curve(report: Document) -> alt.TopLevelMixin:
    """The median rate with its interval and the quartiles against the values."""
    import altair as alt

    rows = [
        {
            "value": int(group["value"]),
            "median": group["rate_gflops"]["median"],
            "q1": group["rate_gflops"]["q1"],
            "q3": group["rate_gflops"]["q3"],
            **_ends(group["rate_gflops"]["median_interval"], 1),
        }
        for group in report["groups"]
    ]
    title = "median rate (GFLOPS)"
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=_log_x(report))
    quartiles = base.mark_area(opacity=0.15, color=GREY, interpolate="monotone").encode(
        y=alt.Y("q1:Q", title=title), y2="q3:Q"
    )
    known = base.transform_filter("isValid(datum.low)")
    band = known.mark_area(opacity=0.3, color=BLUE, interpolate="monotone").encode(
        y=alt.Y("low:Q", title=title), y2="high:Q"
    )
    bars = known.mark_rule(color=BLUE, strokeWidth=2).encode(
        y=alt.Y("low:Q", title=title), y2="high:Q"
    )
    line = base.mark_line(
        interpolate="monotone", color=BLUE, strokeWidth=2, point={"filled": True, "size": 50}
    ).encode(
        y=alt.Y("median:Q", title=title, scale=alt.Scale(zero=True)),
        tooltip=_rounded("value", "median", "low", "high", "q1", "q3"),
    )
    intervals = any(row.get("low") is not None for row in rows)
    text = "Grey band: quartiles of the inspections; curves are interpolated." + (
        " Blue band and bars: 95 % interval of the median."
        if intervals
        else " No interval: too few."
    )
    chart = _sized(alt.layer(quartiles, band, line, bars))
    return _finished(chart, report, report["title"], text)


def _sized(chart: alt.LayerChart | alt.FacetChart) -> Any:
    return chart.properties(width=WIDTH, height=HEIGHT)


def _finished(chart: Any, report: Document, title: str, text: str) -> alt.TopLevelMixin:
    """Title, caption and description; the description carries the finding to a screen reader."""
    import altair as alt

    counts = [group["rate_gflops"]["n"] for group in report["groups"]]
    n = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    fixed = ", ".join(f"{name}={value}" for name, value in report["parameters"].items())
    runs = report["runs_per_inspection"]
    caption = [
        (
            f"{text} n = {n} inspections of each value, {runs} fresh run{'s' if runs > 1 else ''} each"
            f"{_disturbed(report)}."
        ),
        f"matmul on {report['framework']} ({fixed}); {report['stack']}.",
        f"Host {report['host']}. Study {report['id']}.",
        f"Finding: {report['finding']}.",
    ]
    lines = [line for one in caption for line in textwrap.wrap(one, _CAPTION_CHARACTERS)]
    finished: alt.TopLevelMixin = (
        chart.properties(
            title=alt.TitleParams(
                text=title,
                subtitle=lines,
                anchor="start",
                fontSize=16,
                subtitleFontSize=11,
                subtitleColor=GREY,
                subtitlePadding=6,
                offset=14,
            ),
            description=f"{title}. {report['finding']}.",
            padding=16,
        )
        .configure(background="white", font="sans-serif")
        .configure_axis(labelFontSize=11, titleFontSize=12, gridColor="#E6E6E6", titlePadding=8)
        .configure_view(stroke=None)
        .configure_header(labelFontSize=11, titleFontSize=12)
    )
    return finished


def _disturbed(report: Document) -> str:
    """What a reader of a plot must know of the host's other work."""
    values = [one for group in report["groups"] for one in group["values"]]
    disturbed = sum(one["disturbed_runs"] for one in values)
    return f"; {disturbed} of {sum(one['runs'] for one in values)} disturbed" if disturbed else ""


def _log_x(report: Document) -> alt.X:
    import altair as alt

    values = [int(group["value"]) for group in report["groups"]]
    return alt.X(
        "value:Q",
        title=f"{_x_title(report)}, log scale",
        scale=alt.Scale(type="log", base=2, nice=False, padding=20),
        axis=alt.Axis(values=values, format="d", grid=True, labelOverlap=True),
    )


def _x_title(report: Document) -> str:
    return f"{study_named(report['study']).axis} ({report['varies']})"


def _order(report: Document) -> list[str]:
    return [group["value"] for group in report["groups"]]


def _deviations(report: Document) -> list[Document]:
    """Every inspection's rate as its distance from the median of its value, in percent of that.

    Values whose rates lie far apart are so shown on one axis. The jitter is by position: no chance.
    """
    rows: list[Document] = []
    for group in report["groups"]:
        centre = group["rate_gflops"]["median"]
        known = [one for one in group["values"] if one["rate_gflops"] is not None]
        for index, one in enumerate(known):
            rows.append(
                {
                    "value": group["value"],
                    "rate": one["rate_gflops"],
                    "deviation": 100 * (one["rate_gflops"] / centre - 1) if centre else 0.0,
                    "jitter": (index * 0.618034 % 1) - 0.5,
                    "inspection": one["inspection_id"],
                    "disturbed": bool(one["disturbed_runs"]),
                }
            )
    return rows


def _ends(interval: list[float] | None, factor: float) -> Document:
    low, high = interval or (None, None)
    return {
        "low": None if low is None else factor * low,
        "high": None if high is None else factor * high,
    }


def _tooltip() -> list[Any]:
    return [*_rounded("value:O", "rate", "deviation"), "inspection:N", "disturbed:N"]


def _rounded(*fields: str) -> list[Any]:
    import altair as alt

    return [
        alt.Tooltip(name) if ":" in name else alt.Tooltip(f"{name}:Q", format=".4g")
        for name in fields
    ]
