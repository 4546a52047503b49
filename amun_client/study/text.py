"""A study and its report as text, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from amun_client import table
from amun_client.quantities import significant
from amun_client.study.catalogue import Study
from amun_client.study.plan import Plan, operations, values_text
from amun_client.study.report import percent

Document = dict[str, Any]

#: The columns of the CSV form: keys of the API's statistics; seconds and GFLOPS.
COLUMNS = (
    "n", "median", "mean", "std", "standard_error", "minimum", "q1", "q3", "maximum", "iqr", "cov",
    "covm", "skew",
)  # fmt: skip
_TITLES = (
    "n", "median", "95 % interval", "mean", "std", "std err", "q1", "q3", "IQR", "cov %", "covm %",
    "95 % interval", "skew",
)  # fmt: skip


class ReportFormat(StrEnum):
    """The forms of a report."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def report_text(report: Document, form: ReportFormat) -> str:
    """The report in one of the forms."""
    if form is ReportFormat.JSON:
        return json.dumps(report, indent=2, ensure_ascii=False)
    if form is ReportFormat.CSV:
        return _csv(report)
    return _markdown(report) if form is ReportFormat.MARKDOWN else _text(report)


def _text(report: Document) -> str:
    header, rows = statistic_table(report)
    lines = [*table.pairs(head(report)), ""]
    if rows:
        lines += [
            "rate in GFLOPS",
            *table.aligned(rows, header=header, right=range(len(header))),
            "cov = std / mean, covm = IQR / median; std err is that of the mean",
            "",
        ]
    notes = [("note", note) for note in report["notes"]]
    return "\n".join([*lines, *table.pairs([("finding", report["finding"]), *notes])])


def _markdown(report: Document) -> str:
    header, rows = statistic_table(report)
    lines = [f"### {report['title']}", ""]
    lines += [f"- {name}: {value}" for name, value in head(report)[1:]]
    lines += ["", "Rate in GFLOPS; cov = std / mean, covm = IQR / median.", ""]
    lines += [_bar(header), _bar(["---:"] * len(header)), *map(_bar, rows), ""]
    lines += [f"**{report['finding']}**", ""]
    return "\n".join([*lines, *(f"- {note}" for note in report["notes"])])


def _bar(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def head(report: Document) -> list[tuple[str, str]]:
    """What was asked and measured, where."""
    parameters = ", ".join(f"{name}={value}" for name, value in report["parameters"].items())
    return [
        ("study", report["title"]),
        ("id", report["id"]),
        ("question", report["question"]),
        ("indicator", f"matmul on {report['framework']} ({parameters})"),
        ("varies", f"{report['varies']}: {values_text(report['values'])}"),
        ("stack", report["stack"]),
        ("host", report["host"]),
        (
            "measured",
            (
                f"{report['measured']} of {report['planned']} inspections, "
                f"{report['runs_per_inspection']} fresh run{'s' * (report['runs_per_inspection'] > 1)} each"
            ),
        ),
    ]


def statistic_table(report: Document) -> tuple[list[str], list[list[str]]]:
    """A row for each value: the columns that the prior system published, our intervals beside them."""
    return [report["varies"], *_TITLES], [_row(group) for group in report["groups"]]


def _row(group: Document) -> list[str]:
    of = group["rate_gflops"]
    return [
        group["value"],
        str(of["n"]),
        _number(of["median"]),
        _interval(of["median_interval"]),
        *(_number(of[name]) for name in ("mean", "std", "standard_error", "q1", "q3", "iqr")),
        _percent(of["cov"]),
        _percent(of["covm"]),
        _interval(of["covm_interval"], of_percent=True),
        "-" if of["skew"] is None else f"{of['skew']:.2f}",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else significant(value)


def _percent(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _interval(ends: Sequence[float] | None, *, of_percent: bool = False) -> str:
    if ends is None:
        return "-"
    shown = [percent(end) if of_percent else significant(end) for end in ends]
    return f"[{shown[0]}, {shown[1]}]"


def _csv(report: Document) -> str:
    """Two rows for each value: its rate in GFLOPS and its time in s, full digits, empty for none."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    ends = ("median_low", "median_high", "covm_low", "covm_high")
    writer.writerow(["study", "id", report["varies"], "measure", *COLUMNS, *ends])
    for group in report["groups"]:
        for measure in ("rate_gflops", "elapsed_s"):
            of = group[measure]
            intervals = [*(of["median_interval"] or ("", "")), *(of["covm_interval"] or ("", ""))]
            numbers = ["" if of[name] is None else of[name] for name in COLUMNS]
            writer.writerow(
                [report["study"], report["id"], group["value"], measure, *numbers, *intervals]
            )
    return stream.getvalue().rstrip("\n")


def study_rows(study: Study) -> list[tuple[str, str]]:
    """What `amun study show` tells."""
    fixed = ", ".join(f"{name}={value}" for name, value in study.parameters.items())
    original = study.original
    rows = [
        ("study", f"{study.name}: {study.title}"),
        ("question", study.question),
        ("source", study.source),
        ("indicator", f"{study.indicator} ({fixed})"),
        ("frameworks", ", ".join(study.frameworks)),
        ("varies", f"{study.varies}: {values_text(study.values)}"),
        ("inspections", f"{study.inspections} of each value, in as many rounds"),
    ]
    if (budget := study.budget) is not None:
        rows.append(
            (
                "repetitions",
                (
                    f"as many as do {budget.operations:g} operations, "
                    f"from {budget.fewest} to {budget.most}; -p reps=N sets one number for all"
                ),
            )
        )
    then = ", ".join(f"{name}={value}" for name, value in original.parameters.items())
    rows.append(
        (
            "the original",
            f"{original.stack}: {original.inspections} inspections of each value"
            + (f", {then}" if then else "")
            + " (--full)",
        )
    )
    return [*rows, ("its finding", original.finding)]


def plan_rows(plan: Plan, measured: int, remaining: str) -> list[tuple[str, str]]:
    """What `--dry-run` tells."""
    total = len(plan.values) * plan.rounds
    work = sum(operations(plan.indicator_parameters(value)) for value in plan.values)
    work *= plan.rounds * plan.runs
    return [
        ("id", plan.identity),
        ("varies", f"{plan.study.varies}: {values_text(plan.values)}"),
        (
            "repetitions",
            values_text([plan.indicator_parameters(value)["reps"] for value in plan.values]),
        ),
        ("inspections", f"{total}: {len(plan.values)} values, {plan.rounds} rounds"),
        ("measured", f"{measured} of them are there"),
        ("work", f"{work / 1e12:.3g} TFLOP in all; at 100 GFLOPS {work / 1e11:.3g} s of products"),
        ("remaining", remaining),
    ]
