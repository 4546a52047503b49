"""The result of an inspection as a person reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.disturbance_text import flags
from amun_client.precision_text import precision_rows, steady_text
from amun_client.quantities import in_one_unit, short_digest, significant, size
from amun_client.script_text import cpu_text, rate_column, script_text

Document = Mapping[str, Any]


def result_rows(result: Document, failure: Document | None = None) -> list[tuple[str, str]]:
    """Stack, engine and why, host, runs, rate with its interval, spread, memory, where to look next."""
    identity = str(result["inspection_id"])
    rows = [("inspection", identity), ("state", str(result["state"]))]
    if indicator := result.get("indicator"):
        rows.append(("indicator", indicator_text(indicator)))
    if script := result.get("script"):
        rows.append(("script", script_text(script)))
    rows.append(("stack", stack_text(result.get("stack"), result.get("indicator"))))
    rows.append(("engine", engine_text(result.get("engine") or {})))
    if environment := result.get("environment"):
        base = environment["base"] or "this host"
        rows.append(("environment", f"{base}, Python {environment['python_version']}"))
    rows.append(("host", host_text(result.get("host"))))
    if summary := result.get("summary"):
        rows += summary_rows(summary, result.get("rate_unit"), result.get("script"))
    if precision := result.get("precision"):
        rows += precision_rows(precision)
    if disturbed := _marked(result.get("runs") or (), "disturbed"):
        rows.append(("disturbed", disturbed))
    if remarks := _marked(result.get("runs") or (), "remarks"):
        rows.append(("remarks", remarks))
    if failure:
        rows += failure_rows(failure)
    rows.append(("look next", "\n".join(next_commands(identity, str(result["state"])))))
    return rows


def summary_rows(
    summary: Document, rate_unit: str | None, script: Document | None = None
) -> list[tuple[str, str]]:
    """Runs, medians with their intervals or why there are none, spread, memory."""
    runs, percent = summary["runs"], significant(100 * summary["confidence"], 2)
    rows = [("runs", str(runs))]
    if (rate := summary["median_rate_gflops"]) is not None:
        interval = summary["rate_interval"]
        numbers = [significant(number) for number in interval or ()]
        unit = rate_unit or ""
        rows.append(("median rate", _estimate(significant(rate), unit, numbers, percent, runs)))
    if (elapsed := summary["median_elapsed_s"]) is not None:
        interval = summary["elapsed_interval"]
        (median, *numbers), unit = in_one_unit([elapsed, *(interval or ())])
        rows.append(("median time", _estimate(median, unit, numbers, percent, runs)))
    if script and script.get("timing") == "whole_process":
        rows.append(("CPU time", cpu_text(script)))
    if why := summary.get("interval_absent_because"):
        rows.append(("no interval", str(why)))
    if (spread := summary["relative_spread"]) is not None:
        text = f"{significant(100 * spread, 2)} %  (interquartile range / median of the runs)"
        rows.append(("spread", text))
    if summary["minimum_elapsed_s"] is not None and summary["maximum_elapsed_s"] is not None:
        (low, high), unit = in_one_unit(
            [summary["minimum_elapsed_s"], summary["maximum_elapsed_s"]]
        )
        rows.append(("fastest, slowest", f"{low} {unit}, {high} {unit}"))
    rows.append(("peak memory", size(summary["peak_rss_bytes"])))
    if steady := steady_text(summary.get("steady_states") or {}):
        rows.append(("steady state", f"runs: {steady}"))
    return rows


def _estimate(value: str, unit: str, interval: Sequence[str], percent: str, runs: int) -> str:
    value = f"{value} {unit}".rstrip()
    if not interval:
        return f"{value}  n={runs}"
    return f"{value}  {percent} % interval [{interval[0]}, {interval[1]}]  n={runs}"


def indicator_text(indicator: Document) -> str:
    """`matmul on numpy (matrix_size=512)`."""
    parameters = indicator.get("parameters") or {}
    shown = ", ".join(f"{name}={value}" for name, value in parameters.items())
    text = f"{indicator['name']} on {indicator['framework']}"
    return f"{text} ({shown})" if shown else text


def stack_text(stack: Document | None, indicator: Document | None) -> str:
    """The framework's package, how many there are, and the digest."""
    if not stack:
        return "none"
    packages = stack.get("packages") or ()
    framework = str((indicator or {}).get("framework", ""))
    named = [
        f"{package['name']} {package['version']}"
        for package in packages
        if framework and str(package["name"]).split("-")[0] == framework
    ]
    # tensorboard-like companions come after the framework itself
    head = ", ".join(sorted(named, key=len)[:2])
    plural = "package" if len(packages) == 1 else "packages"
    counted = f"{len(packages)} {plural}, digest {short_digest(stack['digest'])}"
    return f"{head} ({counted})" if head else counted


def engine_text(engine: Document) -> str:
    """Which engine, and why."""
    chosen = engine.get("chosen") or "not chosen yet"
    why = engine.get("why")
    return f"{chosen}: {why}" if why else str(chosen)


def host_text(host: Document | None) -> str:
    """Name, processor, number of CPUs."""
    if not host:
        return "none yet"
    parts = [str(host.get("name") or short_digest(host.get("id")))]
    if host.get("processor"):
        parts.append(str(host["processor"]))
    if host.get("cpu_count"):
        parts.append(f"{host['cpu_count']} CPUs")
    return ", ".join(parts)


def failure_rows(failure: Document) -> list[tuple[str, str]]:
    """Why it ended badly, whose doing it is, what to do."""
    rows = [
        ("failure", f"{failure['reason']} (attributed to the {failure['attributed_to']})"),
        ("cause", str(failure["message"])),
    ]
    if failure.get("hint"):
        rows.append(("hint", str(failure["hint"])))
    if failure.get("last_lines"):
        rows.append(("last lines", str(failure["last_lines"]).rstrip()))
    return rows


def next_commands(identity: str, state: str) -> list[str]:
    """The commands that tell more."""
    if state == "succeeded":
        return [
            f"amun inspection results {identity} --runs",
            f"amun inspection log {identity}",
            f"amun inspection show {identity} --json",
        ]
    return [f"amun inspection log {identity}", f"amun inspection show {identity}"]


def run_table(
    runs: Sequence[Document], rate_unit: str | None, *, detail: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the table of runs; times in milliseconds. `detail`: each sign in words."""
    header = [
        "run",
        rate_column(rate_unit),
        "elapsed_ms",
        "iterations",
        "warmups",
        "peak_memory",
        "disturbed",
    ]
    rows = []
    for run in runs:
        elapsed, rate = run["elapsed_s"], run["rate_gflops"]
        rows.append(
            [
                str(run["index"]),
                "-" if rate is None else significant(rate),
                "-" if elapsed is None else significant(elapsed * 1000),
                "-" if run["iterations"] is None else str(run["iterations"]),
                str(run["warmups"]),
                size(run["peak_rss_bytes"]),
                (", ".join(run["disturbed"]) or "-") if detail else flags(run["disturbed"]),
            ]
        )
    return header, rows


def _marked(runs: Sequence[Document], key: str) -> str:
    marked = [run for run in runs if run.get(key)]
    if not marked:
        return ""
    # the figures differ from run to run: one of each kind, --runs has the others
    kinds = {re.sub(r"[0-9][0-9.]*", "#", why): why for run in marked for why in run[key]}
    return f"{len(marked)} of {len(runs)} runs: {'; '.join(kinds[kind] for kind in sorted(kinds))}"
