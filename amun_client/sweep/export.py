"""All results of a sweep as a table for programs: CSV, or Parquet where pyarrow is installed.

One row for each stack, or one for each run. Packages are columns named after them.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from amun_client.errors import UsageFaultError
from amun_client.sweep.members import differing_packages

Document = Mapping[str, Any]
Row = dict[str, Any]


class Rows(StrEnum):
    """What one row is."""

    STACKS = "stacks"
    RUNS = "runs"


_OF_CONTRAST = ("ratio", "low", "high", "difference_p", "equivalence_p", "verdict")


def rows_of(results: Document, rows: Rows) -> list[Row]:
    """Equal columns in each row; what is not known is None."""
    if rows is Rows.STACKS:
        return _stack_rows(results)
    return _run_rows(results)


def _stack_rows(results: Document) -> list[Row]:
    members = results["members"]
    packages = sorted({name for one in members for name in one["pins"]})
    own_unit = _own_unit(results)
    return [
        {
            "stack": one["name"],
            "index": one["index"],
            "state": one["state"],
            "is_reference": one["is_reference"],
            "inspection_id": one["inspection_id"],
            "stack_digest": one["stack_digest"],
            "runs": one["runs"]["accepted"],
            "median_s": one["median_s"],
            "low_s": one["low_s"],
            "high_s": one["high_s"],
            **_rate("median_rate", one, "median_rate_gflops", own_unit=own_unit),
            "peak_rss_bytes": one["peak_rss_bytes"],
            "disturbed_runs": one["disturbed_runs"],
            "rounds": (one["contrast"] or {}).get("rounds"),
            **{name: (one["contrast"] or {}).get(name) for name in _OF_CONTRAST},
            "failure_reason": (one["failure"] or {}).get("reason"),
            "failure_message": (one["failure"] or {}).get("message"),
            **{name: one["pins"].get(name) for name in packages},
        }
        for one in members
    ]


def _run_rows(results: Document) -> list[Row]:
    members = results["members"]
    packages = differing_packages(one["pins"] for one in members)
    own_unit = _own_unit(results)
    return [
        {
            "stack": members[run["member"]]["name"],
            "index": run["member"],
            "inspection_id": run["inspection_id"],
            "round": run["round"],
            "position": run["position"],
            "run_index": run["run_index"],
            "elapsed_s": run["elapsed_s"],
            **_rate("rate", run, "rate_gflops", own_unit=own_unit),
            "log_ratio": run["log_ratio"],
            "wall_s": run["wall_s"],
            "peak_rss_bytes": run["peak_rss_bytes"],
            "disturbed": "; ".join(run["disturbed"]),
            "started_at": run["started_at"],
            "ended_at": run["ended_at"],
            **{name: members[run["member"]]["pins"].get(name) for name in packages},
        }
        for run in results["runs"]
    ]


def _own_unit(results: Document) -> bool:
    """True where a script's rates are in a unit of its own, or in none: they are not GFLOPS."""
    units = {run.get("rate_unit") for run in results["runs"] if run["rate_gflops"] is not None}
    return bool(units - {"GFLOPS"})


def _rate(column: str, found: Document, key: str, *, own_unit: bool) -> Row:
    """The rate in a column that names its unit, or beside a column that does."""
    if own_unit:
        return {column: found[key], "rate_unit": found.get("rate_unit")}
    return {f"{column}_gflops": found[key]}


def csv_text(rows: Sequence[Row]) -> str:
    """Comma separated values with a header; what is not known is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_rows(results: Document, rows: Rows, path: Path) -> int:
    """Write a file in the format that its name tells; how many rows it has."""
    table = rows_of(results, rows)
    suffix = path.suffix.lower()
    require_format(path)
    try:
        if suffix == ".parquet":
            _write_parquet(table, path)
        elif suffix == ".json":
            path.write_text(json.dumps(results, indent=2, ensure_ascii=False), encoding="utf-8")
        else:
            path.write_text(csv_text(table), encoding="utf-8")
    except OSError as error:
        raise UsageFaultError(f"{path}: {error.strerror}") from None
    return len(table)


def require_format(path: Path) -> None:
    """UsageFaultError for a file of a format that cannot be written here."""
    suffix = path.suffix.lower()
    if suffix not in {".csv", ".parquet", ".json"}:
        raise UsageFaultError(f"{path}: the name tells no format: .csv, .parquet or .json")
    if suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise UsageFaultError(
            "Parquet needs the optional extra 'parquet': pyarrow is not installed",
            hint="python -m pip install 'pyarrow>=18', or write .csv",
        )


def _write_parquet(table: Sequence[Row], path: Path) -> None:
    import pyarrow as pa  # an optional extra, and slow to import
    import pyarrow.parquet as pq

    # a column of which nothing is known has no type of its own
    columns = {name: [row[name] for row in table] for name in (table[0] if table else ())}
    arrays = {
        name: pa.array(values, pa.string() if all(one is None for one in values) else None)
        for name, values in columns.items()
    }
    pq.write_table(pa.table(arrays), path)
