"""Hosts in a list and one by one, as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.comparison.sentence import effect_text, percent
from amun_client.comparison.text import calibration_rows
from amun_client.quantities import ago, short_digest, size
from amun_client.result_text import indicator_text

Document = Mapping[str, Any]


def calibrations_of(host: Document) -> list[Document]:
    """The calibrations of a host, newest first."""
    return list(host.get("calibrations") or ())


def list_table(hosts: Sequence[Document]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of `amun host list`."""
    header = [
        "id", "name", "processor", "cpus", "false_verdicts", "least_effect", "indicator",
        "calibrated",
    ]  # fmt: skip
    return header, [_row(host) for host in hosts]


def _row(host: Document) -> list[str]:
    row = [
        short_digest(host["id"]),
        str(host.get("name") or "-"),
        str(host.get("processor") or "-"),
        str(host.get("cpu_count") or "-"),
    ]
    newest = next(iter(calibrations_of(host)), None)
    if newest is None:
        return [*row, "-", "-", "-", "no: amun calibrate"]
    measured = newest["indicator"]
    return [
        *row,
        percent(newest["false_verdict_rate"]),
        effect_text(newest),
        f"{measured['name']}/{measured['framework']}",
        ago(newest["measured_at"]),
    ]


def host_rows(host: Document) -> list[tuple[str, str]]:
    """Hardware, and each calibration."""
    rows = [("host", str(host["id"])), ("name", str(host.get("name") or "-"))]
    known = {
        "processor": host.get("processor"),
        "CPUs": host.get("cpu_count"),
        "memory": size(host["memory_bytes"]) if host.get("memory_bytes") else None,
        "system": host.get("operating_system") or host.get("platform"),
    }
    rows += [(name, str(value)) for name, value in known.items() if value]
    calibrations = calibrations_of(host)
    if not calibrations:
        rows.append(("calibration", "none: `amun calibrate` tells what this host can detect"))
    for one in calibrations:
        parts = (one["comparison_id"], ago(one["measured_at"]), indicator_text(one["indicator"]))
        rows.append(("calibration", ", ".join(map(str, parts))))
        rows += [row for row in calibration_rows(one) if row[0] != "measured with"]
    return rows
