"""The report of a study: what was asked, what was measured, the table of statistics, the finding.

The statistics are not computed here: the service has them (`GET /api/v1/summaries`), grouped by the
label of the value. So the client needs neither NumPy nor SciPy, the same table is had by every other
client, and a study measured on one machine is reported from any other. Everything else is read from
the inspections' labels: a report needs the id of the study and nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from amun_client.api import Client
from amun_client.errors import UsageFaultError
from amun_client.quantities import significant
from amun_client.result_text import host_text, stack_text
from amun_client.study.catalogue import Measure, Study, study_named
from amun_client.study.plan import IDENTITY, ROUNDS, STUDY, VALUE, VALUES
from amun_client.study.survey import inspections_of, survey_of

REPORT_SCHEMA = "amun.study/1"

Document = dict[str, Any]


def read_report(client: Client, identity: str) -> Document:
    """The report of what the service has of a study."""
    inspections = list(inspections_of(client, identity))
    if not inspections:
        raise UsageFaultError(
            f"no study {identity!r}: no inspection has the label {IDENTITY}={identity}",
            hint="`amun study list` shows the studies that were begun",
        )
    summaries = client.summaries(label=[f"{IDENTITY}={identity}"], by=VALUE)
    newest = inspections[0]
    succeeded = [one for one in inspections if one["state"] == "succeeded"]
    example = client.results(succeeded[0]["id"]) if succeeded else {}
    specification = client.specification(newest["id"])
    return make_report(identity, inspections, summaries, example, specification)


def make_report(
    identity: str,
    inspections: Sequence[Document],
    summaries: Document,
    example: Document,
    specification: Document,
) -> Document:
    """The report as a document. `inspections` newest first; `example` is the result of one of them."""
    newest = inspections[0]
    study = study_named(newest["labels"][STUDY])
    survey = survey_of(inspections)
    values = [int(text) for text in newest["labels"][VALUES].split(",")]
    rounds = int(newest["labels"][ROUNDS])
    groups = [group for group in summaries["groups"] if group["rate_gflops"]["n"]]
    report = {
        "schema": REPORT_SCHEMA,
        "id": identity,
        "study": study.name,
        "title": study.title,
        "question": study.question,
        "source": study.source,
        "varies": study.varies,
        "framework": newest["indicator"]["framework"],
        "parameters": _common_parameters(study, specification),
        "runs_per_inspection": newest["runs"]["requested"],
        "values": values,
        "rounds": rounds,
        "measured": len(survey.done),
        "planned": len(values) * rounds,
        "host": host_text(example.get("host")),
        "stack": stack_text(example.get("stack"), example.get("indicator")),
        "left_out": {str(value): why for value, why in sorted(survey.given_up.items())},
        "groups": groups,
    }
    return {**report, "finding": finding(study, groups), "notes": _notes(report)}


def _common_parameters(study: Study, specification: Document) -> Document:
    """The parameters that all inspections share."""
    parameters: Document = dict(specification["indicator"]["parameters"])
    parameters.pop(study.varies, None)
    if study.budget is not None:
        parameters.pop("reps", None)
    return parameters


def _notes(report: Document) -> list[str]:
    """What a reader must know before comparing the rows."""
    groups: Sequence[Document] = report["groups"]
    notes = [
        (
            "one value per inspection: the median of its runs; intervals at 95 % are over inspections, "
            "which ran in rounds, each value once per round in random order"
        )
    ]
    if report["measured"] < report["planned"]:
        notes.append(f"incomplete: {report['measured']} of {report['planned']} are measured")
    notes += _absent_intervals(groups)
    for what in ("hosts", "stacks"):
        different = {one for group in groups for one in group[what]}
        if len(different) > 1:
            notes.append(f"{len(different)} different {what}: the rows cannot be compared")
    disturbed = sum(one["disturbed_runs"] for group in groups for one in group["values"])
    if disturbed:
        runs = sum(one["runs"] for group in groups for one in group["values"])
        notes.append(f"{disturbed} of {runs} runs were disturbed by something else on the host")
    notes += [f"{value} was left out: {why}" for value, why in report["left_out"].items()]
    return notes


def _absent_intervals(groups: Sequence[Document]) -> list[str]:
    """Why some rows have no interval, each reason once."""
    reasons = [
        group["rate_gflops"][f"{interval}_absent_because"]
        for interval in ("median_interval", "covm_interval")
        for group in groups
    ]
    return [f"no interval: {reason}" for reason in dict.fromkeys(reasons) if reason]


def finding(study: Study, groups: Sequence[Document]) -> str:
    """The answer to the study's question in one sentence, no surer than the intervals are."""
    if not groups:
        return "nothing measured yet"
    if study.measure is Measure.SPREAD:
        return _least_spread(groups)
    return _fastest(groups)


def _least_spread(groups: Sequence[Document]) -> str:
    known = [group for group in groups if group["rate_gflops"]["covm"] is not None]
    if not known:
        return "a spread needs two inspections of a value"
    least = min(known, key=lambda group: float(group["rate_gflops"]["covm"]))
    statistics = least["rate_gflops"]
    text = (
        f"the least spread is seen at {least['value']} repetitions: "
        f"IQR / median {percent(statistics['covm'])} %"
    )
    if statistics["covm_interval"] is None:
        why = statistics["covm_interval_absent_because"]
        return f"{text}, n={statistics['n']}; that it is the least cannot be told: {why}"
    low, high = statistics["covm_interval"]
    text += f" [{percent(low)}, {percent(high)}], n={statistics['n']}"
    return text + _rivals(least, known, "covm_interval")


def _fastest(groups: Sequence[Document]) -> str:
    known = [group for group in groups if group["rate_gflops"]["median"] is not None]
    best = max(known, key=lambda group: float(group["rate_gflops"]["median"]))
    statistics = best["rate_gflops"]
    text = (
        f"the highest rate is seen at {best['value']}: {significant(statistics['median'])} GFLOPS"
    )
    if statistics["median_interval"] is None:
        why = statistics["median_interval_absent_because"]
        return f"{text}, n={statistics['n']}; that it is the highest cannot be told: {why}"
    low, high = statistics["median_interval"]
    text += f" [{significant(low)}, {significant(high)}], n={statistics['n']}"
    return text + _rivals(best, known, "median_interval")


def _rivals(best: Document, known: Iterable[Document], interval: str) -> str:
    """The values whose interval meets that of the best one, or has none: they are not told apart."""
    low, high = best["rate_gflops"][interval]
    rivals = []
    for group in known:
        other = group["rate_gflops"][interval]
        if group is not best and (other is None or (other[0] <= high and low <= other[1])):
            rivals.append(str(group["value"]))
    return f"; not told apart from: {', '.join(rivals)}" if rivals else "; clear of all others"


def percent(value: float) -> str:
    """`1.23` of 0.0123."""
    return significant(100 * value, 3)


def labelled(labels: Mapping[str, str]) -> bool:
    """Whether these are the labels of a study's inspection."""
    return {STUDY, IDENTITY, VALUE, VALUES, ROUNDS} <= set(labels)
