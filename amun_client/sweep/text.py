"""Sweeps in lists and one by one, and their results, as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amun_client.comparison.sentence import interval_text, ratio_text
from amun_client.quantities import ago, in_one_unit, significant, time_span
from amun_client.result_text import indicator_text

Document = Mapping[str, Any]
Table = tuple[list[str], list[list[str]], list[int]]

#: So many packages that differ are columns of the table; CSV and Parquet have all.
MOST_COLUMNS = 4


def sweep_rows(sweep: Document) -> list[tuple[str, str]]:
    """One sweep: where it is, and how long it takes still."""
    rows = [
        ("sweep", str(sweep["id"])),
        ("state", f"{sweep['state']}: {sweep['state_meaning']}"),
        ("measures", indicator_text(sweep["indicator"]) if sweep["indicator"] else "a script"),
        ("stacks", stacks_text(sweep)),
        ("runs", runs_text(sweep)),
    ]
    if sweep["ended_at"] is None:
        left = sweep["seconds_left"]
        rows.append(("time left", "not known yet" if left is None else f"about {time_span(left)}"))
    rows += [
        ("reference", str(sweep["reference"]["name"])),
        (
            "host",
            str(sweep["host"]["name"] or sweep["host"]["id"]) if sweep["host"] else "none yet",
        ),
        ("created", ago(sweep["created_at"])),
    ]
    if origin := origin_text(sweep["origin"]):
        rows.append(("chosen", origin))
    rows.append(("look next", "\n".join(next_commands(sweep))))
    return rows


def stacks_text(sweep: Document) -> str:
    """`30: 4 known before, 20 built, 1 failed, 5 succeeded`."""
    told = [f"{sweep['known']} known before"] if sweep["known"] else []
    told += [f"{number} {state}" for state, number in sweep["states"].items()]
    text = f"{sweep['members']}: {', '.join(told)}"
    if sweep["waves"] > 1:
        text += f"; wave {sweep['wave'] + 1} of {sweep['waves']}"
    return text


def runs_text(sweep: Document) -> str:
    """`37 of 180, in rounds of one fresh run of each stack`."""
    runs = sweep["runs"]
    return f"{runs['accepted']} of {runs['requested']}, in {sweep['rounds']} rounds"


def origin_text(origin: Document) -> str:
    """How the stacks were chosen."""
    if not origin:
        return ""
    told = [str(origin.get("select") or "")]
    if origin.get("count"):
        told.append(f"of {origin['count']} valid stacks")
    if origin.get("what"):
        told.append(f"of {' '.join(map(str, origin['what']))}")
    return " ".join(part for part in told if part)


def next_commands(sweep: Document) -> list[str]:
    """The commands that tell more, or change it."""
    identity = sweep["id"]
    if sweep["ended_at"] is not None:
        return [f"amun sweep report {identity}"]
    wish = "resume" if sweep["state"] == "paused" else "pause"
    return [f"amun sweep {wish} {identity}", f"amun sweep report {identity}"]


def list_table(sweeps: Sequence[Document], now: datetime | None = None) -> Table:
    """Header and rows of `amun sweep list`."""
    header = ["id", "state", "indicator", "stacks", "known", "runs", "of", "created"]
    rows = [
        [
            str(one["id"]),
            str(one["state"]),
            str(one["indicator"]["name"] if one["indicator"] else "script"),
            str(one["members"]),
            str(one["known"]),
            str(one["runs"]["accepted"]),
            str(one["runs"]["requested"]),
            ago(one["created_at"], now),
        ]
        for one in sweeps
    ]
    return header, rows, [3, 4, 5, 6]


def ranked(results: Document) -> list[Document]:
    """The stacks by their ratio to the reference within rounds; those without one last."""
    return sorted(results["members"], key=_order)


def sorted_text(results: Document) -> str:
    """By what the table is sorted."""
    name = results["reference"]["name"]
    return f"sorted by the ratio: time of the stack / time of the reference ({name}), within rounds"


def result_table(results: Document) -> Table:
    """The stacks, the fastest first; those without a result last."""
    members = ranked(results)
    columns = _columns(members)
    busy = any(one.get("disturbed_runs") for one in members)
    medians = [one["median_s"] for one in members if one["median_s"] is not None]
    unit = in_one_unit(medians)[1] if medians else "s"
    factor = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit]
    header = [
        "stack",
        *columns,
        "rank",
        "state",
        "runs",
        unit,
        _rate_header(members),
        "ratio",
        "95 %",
        "verdict",
        *(["disturbed"] if busy else []),
    ]
    rows = [
        [
            str(one["name"]),
            *(str(one["pins"].get(name, "-")) for name in columns),
            _rank(one, place, members),
            _state(one),
            str(one["runs"]["accepted"]),
            "-" if one["median_s"] is None else significant(one["median_s"] * factor),
            _rate(one),
            *_contrast(one),
            *([_disturbed(one)] if busy else []),
        ]
        for place, one in enumerate(members, 1)
    ]
    right = [len(columns) + place for place in (1, 3, 4, 5, 6)]
    return header, rows, right


def _disturbed(member: Document) -> str:
    """`2 of 6 runs`: those beside which something else used the host."""
    disturbed = member.get("disturbed_runs")
    return f"{disturbed} of {member['runs']['accepted']} runs" if disturbed else "-"


def _rank(member: Document, place: int, members: Sequence[Document]) -> str:
    if not any(one["contrast"] for one in members):
        return "-"
    return str(place) if member["is_reference"] or member["contrast"] else "-"


def _state(member: Document) -> str:
    """A reference that was never run did not succeed, whatever an older service calls it."""
    if member["state"] == "succeeded" and not member["runs"]["accepted"]:
        return "not run"
    return str(member["state"])


def effect_table(results: Document) -> Table:
    """What each version costs against the reference's, the other packages equal."""
    header = ["package", "version", "against", "stacks", "ratio", "95 %"]
    rows = []
    for effect in (results.get("effects") or {}).get("versions", ()):
        interval = "-"
        if effect["low"] is not None:
            interval = interval_text(effect["low"], effect["high"])
        versions = effect["versions"]
        rows.append(
            [
                " + ".join(str(one["package"]) for one in versions),
                " + ".join(_version(one["version"]) for one in versions),
                " + ".join(_version(one["reference"]) for one in versions),
                str(effect["stacks"]),
                ratio_text(effect["ratio"]),
                interval,
            ]
        )
    return header, rows, [3, 4]


def effect_notes(results: Document) -> list[str]:
    """What the effects leave open, in words."""
    effects = results.get("effects") or {}
    notes = []
    if any(len(one["versions"]) > 1 for one in effects.get("versions", ())):
        notes.append("versions joined by + only ever vary together: theirs is one effect")
    if hidden := effects.get("inseparable"):
        some = ", ".join(f"{one['package']} {_version(one['version'])}" for one in hidden[:6])
        more = ", ..." if len(hidden) > 6 else ""
        notes.append(f"these stacks do not separate the effects of {some}{more}")
    if others := effects.get("as_noise"):
        some = ", ".join(others[:6]) + (", ..." if len(others) > 6 else "")
        notes.append(f"{some} differ too; what they do is in the intervals, not in an effect")
    return notes


def _version(version: str | None) -> str:
    return "none" if version is None else str(version)


def _order(member: Document) -> tuple[bool, float, int]:
    contrast = member["contrast"]
    ratio = 1.0 if member["is_reference"] else contrast["ratio"] if contrast else float("inf")
    return member["median_s"] is None, ratio, member["index"]


def _columns(members: Sequence[Document]) -> list[str]:
    """Packages that differ, where they are few and the names do not tell them."""
    names = {name for one in members for name in one["pins"]}
    differing = sorted(
        name for name in names if len({one["pins"].get(name) for one in members}) > 1
    )
    untold = [
        name
        for name in differing
        if not all(str(one["pins"].get(name, "")) in one["name"] for one in members)
    ]
    return untold if len(untold) <= MOST_COLUMNS else []


def _rate_header(members: Sequence[Document]) -> str:
    units = {one.get("rate_unit") for one in members if one["median_rate_gflops"] is not None}
    if not units or units == {"GFLOPS"}:
        return "gflops"
    return str(units.pop() or "rate") if len(units) == 1 else "rate"


def _rate(member: Document) -> str:
    rate = member["median_rate_gflops"]
    return "-" if rate is None else significant(rate)


def _contrast(member: Document) -> list[str]:
    if member["is_reference"]:
        return ["1", "-", "reference"]
    contrast = member["contrast"]
    if contrast is None:
        return ["-", "-", _why(member["failure"])]
    interval = "-"
    if contrast["low"] is not None:
        interval = interval_text(contrast["low"], contrast["high"])
    return [ratio_text(contrast["ratio"]), interval, str(contrast["verdict"])]


def _why(failure: Document | None) -> str:
    """The reason of a failure with what was said of it, on one line."""
    if not failure:
        return "-"
    said = " ".join(str(failure["message"]).split())
    return f"{failure['reason']}: {said}" if said else str(failure["reason"])
