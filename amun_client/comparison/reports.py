"""A comparison for programs that gate a release: Markdown, JUnit, the annotations of GitHub."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.comparison.condition import SHARED_ONLY, condition_word, shared_only
from amun_client.comparison.gate import Outcome
from amun_client.comparison.sentence import change_text, interval_text, sentence
from amun_client.comparison.text import comparison_rows, spent_seconds
from amun_core.comparison import ComparisonState
from amun_core.redaction import redact_text

Document = Mapping[str, Any]
Gate = Sequence[tuple[str, Outcome]]

#: What a comment or a step summary holds safely; the verdict stands first and is never cut.
MOST_CHARACTERS = 60_000

_ADVICE = {
    Outcome.BROKEN: "**Action needed**",
    Outcome.OPEN: "**Not decided**",
    Outcome.KEPT: "No action needed",
}


def _suite(one: Document) -> str:
    indicator = one["a"].get("indicator") or {}
    return str(indicator.get("name") or one["kind"])


def _host(one: Document) -> str:
    host = one["host"] or {}
    return str(host.get("name") or host.get("id") or "no-host")


def _finding(one: Document) -> str:
    """`+4.2 % [1.031, 1.053]`."""
    if one["ratio"] is None:
        return sentence(one)
    return (
        f"{change_text(one['ratio'])} {interval_text(one['low'], one['high'])} ({_condition(one)})"
    )


def _condition(one: Document) -> str:
    """`quiet host`, `slower only when the CPUs are shared`."""
    only = shared_only(one)
    if only:
        return f"{only} {SHARED_ONLY}"
    word = condition_word(one)
    mixed = f"{one.get('shared_blocks', 0)} of {one['blocks']} blocks with shared CPUs"
    return {"quiet": "quiet host", "shared": "shared CPUs", "mixed": mixed}.get(word, "stored runs")


def markdown(one: Document, gate: Gate, whys: Mapping[str, str] | None = None) -> str:
    """A comment that is found again by its marker and replaced."""
    lines = [
        f"<!-- amun:report:{_suite(one)}:{_host(one)} -->",
        f"### Amun: {_cell(sentence(one))}",
    ]
    lines += [
        "",
        *(f"{_ADVICE[outcome]}: policy `{policy}` is {outcome}" for policy, outcome in gate),
    ]
    lines += ["", "| | |", "|---|---|"]
    lines += [
        f"| {_cell(name)} | {_cell(value)} |"
        for name, value in comparison_rows(one, whys=whys)
        if name != "look next"
    ]
    text = redact_text("\n".join(lines) + "\n")
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + " ...\n"


def _cell(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return escaped.replace("\n", "<br>")


def junit(one: Document, gate: Gate) -> str:
    """One test case for each policy, or one for the verdict where there is none."""
    cases = list(gate) or [("verdict", Outcome.KEPT)]
    marks = [_mark(one, policy, outcome) for policy, outcome in cases]
    count = {kind: sum(mark is not None and mark[0] == kind for mark in marks) for kind in _KINDS}
    seconds = f"{spent_seconds(one):.3f}"
    totals = {"tests": str(len(cases)), "time": seconds}
    totals |= {name: str(count[kind]) for kind, name in _KINDS.items()}
    root = ET.Element("testsuites", {"name": "amun", **totals})
    suite = ET.SubElement(root, "testsuite", {"name": _suite(one), **totals})
    _properties(suite, one)
    for (policy, _), mark in zip(cases, marks, strict=True):
        name = f"{one['b']['name']} against {one['a']['name']} ({policy})"
        case = ET.SubElement(
            suite,
            "testcase",
            {"classname": f"{_suite(one)}.{_host(one)}", "name": name, "time": seconds},
        )
        if mark is not None:
            kind, attributes = mark
            ET.SubElement(case, kind, attributes)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


#: What a test case that did not pass holds -> the attribute that counts them.
_KINDS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def _mark(one: Document, policy: str, outcome: Outcome) -> tuple[str, dict[str, str]] | None:
    """What the test case holds: nothing where it passed."""
    if one["state"] in {ComparisonState.FAILED, ComparisonState.CRASHED}:
        return "error", {"type": str(one["state"]), "message": sentence(one)}
    undecided = one["state"] != ComparisonState.SUCCEEDED or one["verdict"] == "not_comparable"
    if undecided or (one["kind"] == "comparison" and one["ratio"] is None):
        return "skipped", {"message": sentence(one)}
    if outcome is Outcome.BROKEN:
        return "failure", {"type": "regression", "message": f"{_finding(one)} breaks {policy}"}
    if outcome is Outcome.OPEN:
        return "skipped", {"message": f"inconclusive: {_finding(one)} for {policy}"}
    return None


def _properties(suite: ET.Element, one: Document) -> None:
    keys = (
        "id",
        "condition",
        "counted_blocks",
        "shared_blocks",
        "disturbed_blocks",
        "verdict",
        "direction",
        "ratio",
        "low",
        "high",
        "band",
        "blocks",
        "ended_because",
    )
    properties = ET.SubElement(suite, "properties")
    for key in keys:
        if one.get(key) is not None:
            ET.SubElement(properties, "property", {"name": key, "value": str(one[key])})


def github(one: Document, gate: Gate) -> str:
    """Annotations: an error for a broken policy, a warning for an open one, else a notice."""
    levels = {Outcome.BROKEN: "error", Outcome.OPEN: "warning", Outcome.KEPT: "notice"}
    if one["state"] in {ComparisonState.FAILED, ComparisonState.CRASHED}:
        return _annotation("error", "amun", sentence(one))
    if not gate or one["ratio"] is None or one["verdict"] == "not_comparable":
        level = "warning" if one["verdict"] == "not_comparable" else "notice"
        return _annotation(level, "amun", sentence(one))
    return "\n".join(
        _annotation(levels[outcome], f"amun ({policy})", sentence(one)) for policy, outcome in gate
    )


def _annotation(level: str, title: str, text: str) -> str:
    said = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    named = title.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={named}::{said}"
