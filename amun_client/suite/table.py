"""The results of a suite as tables: the published form, our record, and one flat table for CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.quantities import in_one_unit, significant, size, time_span
from amun_client.result_text import host_text, stack_text
from amun_client.suite.rows import PhaseState

Document = Mapping[str, Any]
Table = tuple[list[str], list[list[str]], list[int]]

_NONE = "-"
#: Where mean and median part by more than this factor, both are told.
_FAR = 1.1
#: The words of the sheets for what they do not have.
_NOT_APPLICABLE = "N/A"


def published(document: Document) -> Table:
    """One row for each case: its parameters, time and rate of each phase, remarks."""
    rows = document["rows"]
    if not rows:
        return [], [], []
    parameters = list(rows[0]["parameters"])
    phases = [str(phase["name"]) for phase in rows[0]["phases"]]
    several = len(phases) > 1
    header = ["index", *parameters]
    for phase in phases:
        prefix = f"{phase}_" if several else ""
        header += [f"{prefix}time_ms", *(prefix + name for name in _rates(document))]
    extra = _extra(document, several=several)
    header += [name for name, _ in extra]
    body = []
    for one in rows:
        cells = [str(one["index"]), *(_plain(one["parameters"][name]) for name in parameters)]
        for phase in one["phases"]:
            cells += _phase_cells(phase, document)
        cells += [_number(one[key]) for _, key in extra]
        body.append([*cells, remark(one)])
    header.append("remarks")
    return header, body, list(range(len(header) - 1))


def record(document: Document) -> Table:
    """One row for each measured phase: the median over fresh runs with its interval."""
    header = ["index", "phase", "median", "interval", "runs", "repeats", "rate", "memory", "id"]
    body = []
    for one in document["rows"]:
        for phase in one["phases"]:
            found = phase["record"]
            if found is None or found["median_s"] is None:
                continue
            interval = found["interval_s"]
            (median, *bounds), unit = in_one_unit([found["median_s"], *(interval or ())])
            rate = found["rate_gflops"]
            body.append(
                [
                    str(one["index"]),
                    str(phase["name"]),
                    f"{median} {unit}",
                    f"[{bounds[0]}, {bounds[1]}]" if bounds else _NONE,
                    str(found["runs"]),
                    _repeats(phase),
                    _NONE if rate is None else f"{significant(rate)} GFLOPS",
                    size(found["peak_rss_bytes"]),
                    str(phase["inspection_id"]),
                ]
            )
    return header, body, [0, 2, 3, 4, 5, 6, 7]


def flat(document: Document) -> tuple[list[str], list[list[str]]]:
    """One row for each phase of each case with full numbers, for CSV."""
    rows = document["rows"]
    parameters = list(rows[0]["parameters"]) if rows else []
    header = [
        *("index", "name", *parameters, "phase", "state", "why", "time_ms", "tflops", "gb_per_s"),
        *("warmups", "repeats", "repeats_of_rule", "repeats_reduced", "speedup", "sheet_tflops"),
        *("runs", "median_s", "low_s", "high_s", "rate_gflops", "inspection_id"),
        *("mean_ms", "disturbed_runs"),
    ]
    return header, [_flat_row(one, phase, parameters) for one in rows for phase in one["phases"]]


def heading(document: Document) -> list[tuple[str, str]]:
    """What all rows have in common."""
    rule = document["rule"]
    rows = [
        ("suite", f"{document['suite']['name']}  ({document['suite']['title']})"),
        ("run", f"{document['run']}, {document['dtype']} on {document['device']}"),
        ("stack", stack_text(document["stack"], {"framework": document["framework"]})),
        ("host", host_text(document["host"])),
        ("rule", f"{rule['driver']}: {rule['repeats']} calls after the warm-up"),
        ("times", "median over fresh runs; remarks tell where the mean by the rule is another"),
    ]
    if document["processes"]:
        rows.append(("processes", str(document["processes"])))
    return rows


def closing(document: Document) -> str:
    """How many cases came to what, and the rate of all that was measured."""
    found = document["summary"]
    words = [
        f"{found[state]} {state.replace('_', ' ')}"
        for state in ("measured", "skipped", "failed", "cancelled", "not_measured")
        if found[state] or state == "measured"
    ]
    text = f"{found['cases']} cases: {', '.join(words)}"
    if found["repeats_reduced"]:
        text += f"; {found['repeats_reduced']} with fewer repeats than the rule"
    if found["tflops"] is not None:
        (seconds,), unit = in_one_unit([found["seconds"]])
        text += (
            f"; {found['flop']:.4g} FLOP in {seconds} {unit}, one call of each, "
            f"{significant(found['tflops'] * 1e3)} GFLOPS"
        )
    return text


def plan_table(document: Document) -> Table:
    """One row for each case: what is to be done, how often, how long."""
    header = ["index", "name", "action", "phases", "runs", "repeats", "predicted", "why"]
    body = [
        [
            str(one["index"]),
            str(one["name"]),
            str(one["action"]),
            ",".join(one["phases"]) or _NONE,
            _plain(one["runs"]),
            _NONE if one["repeats"] is None else f"{one['repeats']}/{one['repeats_of_rule']}",
            time_span(one["predicted_s"]),
            _plain(one["why"]),
        ]
        for one in document["rows"]
    ]
    return header, body, [0, 4, 5, 6]


def remark(one: Document) -> str:
    """What a reader must know of a row: why there is no number, fewer repeats, another layout."""
    found = []
    if one["state"] != PhaseState.MEASURED:
        state = one["state"].replace("_", " ")
        found.append(f"{state}: {one['why']}" if one["why"] else state)
    for phase in one["phases"]:
        found += _marks(phase)
        if phase["repeats_reduced"]:
            found.append(f"repeats_reduced: {_repeats(phase)}")
        if phase["state"] == PhaseState.ABSENT and one["state"] == PhaseState.MEASURED:
            found.append(f"no {phase['name']}: {phase['why']}")
    changed = {key: value for phase in one["phases"] for key, value in phase["changed"].items()}
    found += [f"{key}={value}" for key, value in changed.items()]
    return "; ".join(dict.fromkeys(found)) or _NONE


def busy_warning(document: Document) -> str | None:
    """What stands under a table of which some rows were measured beside other work."""
    disturbed = document["summary"]["disturbed"]
    if not disturbed:
        return None
    cases = "1 case was" if disturbed == 1 else f"{disturbed} cases were"
    return (
        f"{cases} measured while something else used the host (remarks: disturbed): these times are "
        "of the stack and of that load together; measure again on a quiet host with --fresh"
    )


def _marks(phase: Document) -> list[str]:
    """`disturbed: 3 of 10 runs`, and a mean that is far from the median."""
    found = []
    if phase["disturbed_runs"]:
        runs = phase["record"]["runs"]
        found.append(f"disturbed: {phase['disturbed_runs']} of {runs} runs")
    mean, time = phase["mean_ms"], phase["time_ms"]
    if mean and time and not 1 / _FAR < mean / time < _FAR:
        found.append(f"mean {significant(mean)} ms")
    return found


def _rates(document: Document) -> list[str]:
    if document["rate_unit"] == "GB/s":
        return ["gb_per_s"]
    return ["tflops", "gflops"] if document["rate_unit"] == "GFLOPS" else ["tflops"]


def _phase_cells(phase: Document, document: Document) -> list[str]:
    absent = _NOT_APPLICABLE if phase["state"] == PhaseState.ABSENT else _NONE
    if phase["time_ms"] is None:
        return [absent] * (1 + len(_rates(document)))
    tflops = phase["tflops"]
    rates = {
        "tflops": tflops,
        "gflops": None if tflops is None else tflops * 1e3,
        "gb_per_s": phase["gb_per_s"],
    }
    return [_number(phase["time_ms"]), *(_number(rates[name]) for name in _rates(document))]


def _extra(document: Document, *, several: bool) -> list[tuple[str, str]]:
    """Columns of the whole case: (heading, key)."""
    rows = document["rows"]
    if "speedup" in rows[0]:
        return [("speedup", "speedup"), ("sheet_tflops", "sheet_tflops")]
    return [("total_ms", "total_ms")] if several else []


def _flat_row(one: Document, phase: Document, parameters: Sequence[str]) -> list[str]:
    found = phase["record"] or {}
    low, high = found.get("interval_s") or (None, None)
    values = [
        *(one["index"], one["name"], *(one["parameters"][name] for name in parameters)),
        *(phase["name"], phase["state"], phase["why"], phase["time_ms"], phase["tflops"]),
        *(phase["gb_per_s"], phase["warmups"], phase["repeats"], phase["repeats_of_rule"]),
        *(phase["repeats_reduced"], one.get("speedup"), one.get("sheet_tflops")),
        *(found.get("runs"), found.get("median_s"), low, high, found.get("rate_gflops")),
        *(phase["inspection_id"], phase["mean_ms"], phase["disturbed_runs"]),
    ]
    return ["" if value is None else _plain(value) for value in values]


def _repeats(phase: Document) -> str:
    return f"{phase['repeats']}/{phase['repeats_of_rule']}"


def _number(value: float | None) -> str:
    return _NONE if value is None else significant(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _NONE if value is None else str(value)
