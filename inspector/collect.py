"""What a run left becomes a record: read within bounds, checked, classified.

The files come from inside a foreign software stack, so nothing about them is believed: not their
size, not their kind, not their content.
"""

from __future__ import annotations

import os
import re
import signal
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amun_core.errors import EngineError, InvalidResultError
from amun_core.metadata import check_facts
from amun_core.plan import HostFacts, Plan
from amun_core.result import MAXIMUM_RESULT_BYTES, RunResult, parse_run_result, published_document
from amun_core.states import FailureReason, RunState, attributed_to
from inspector import accelerators
from inspector.disturbance import disturbances
from inspector.engines.base import RunExit, RunFolder
from knowledge_graph.records import Failure, RunRecord

#: How much of a failed run's output is kept with its failure.
LAST_LINES = 20
LAST_CHARACTERS = 4000
#: Exit code of the driver for a request that it cannot read: a fault of ours.
REQUEST_UNUSABLE = 2

#: How the kernel's refusal of one process more looks from Python and from a shell.
_REFUSED_PROCESS = re.compile(
    r"BlockingIOError: \[Errno 11\]|can't start new thread|fork: .*Resource temporarily unavailable"
)

#: How a refused allocation looks: the limit is told to the kernel, which refuses before it kills.
_REFUSED_MEMORY = re.compile(r"^(?:numpy\S*\.)?_?\w*MemoryError\b|std::bad_alloc", re.MULTILINE)

_FACTS = (
    *("name", "component", "parameters", "result", "work", "check", "threads", "runtime"),
    *("framework", "usage", "peak_rss_bytes", "os_release", "before", "after"),
)


@dataclass(frozen=True, slots=True)
class RunContext:
    """What is known of a run from outside."""

    run_index: int
    plan: Plan
    started_at: datetime
    ended_at: datetime
    host: HostFacts
    hardware_info: Mapping[str, Any]
    #: hash of what was run: of the user's script, or of the indicator's files
    program_sha256: str | None = None
    cuda_version: str | None = None
    #: how the host was set up, what the environment was, what its GPUs did: facts seen from outside
    facts: Mapping[str, Any] = field(default_factory=dict)


def collect(folder: RunFolder, exit_: RunExit, context: RunContext) -> RunRecord:
    """The record of a run that has ended. Raises EngineError where the fault is ours."""
    limit = context.plan.run.limits.output_bytes
    stdout, stderr = read_text(folder.stdout, limit), read_text(folder.stderr, limit)
    result, complaint = read_result(folder)
    failure = classify(exit_, result, complaint, context.plan, stdout, stderr)
    state = RunState.COMPLETED if failure is None else RunState.FAILED
    document = published_document(
        hardware_information=context.hardware_info,
        stdout=stdout,
        stderr=stderr,
        exit_code=exit_.exit_code,
        signal=exit_.signal,
        script_sha256=context.program_sha256,
        hostname=context.host.hostname,
        usage=result.usage if result else {},
        started_at=context.started_at,
        ended_at=context.ended_at,
        os_release=(result.os_release if result else None) or _os_release(context.plan),
        python_version=_python_version(result, context.plan),
        cpu_family=context.host.cpu_family,
        cpu_model=context.host.cpu_model,
        cuda_version=context.cuda_version,
    )
    return RunRecord(
        run_index=context.run_index,
        state=state,
        accepted=failure is None,
        started_at=context.started_at,
        ended_at=context.ended_at,
        exit_code=exit_.exit_code,
        wall_seconds=exit_.wall_seconds,
        peak_rss_bytes=_peak(exit_, result),
        document=document,
        facts={**(facts_of(result) if result else {}), **context.facts},
        stdout=stdout,
        stderr=stderr,
        disturbed=_disturbed(result, exit_, context),
        failure=failure,
        **_measured(result),
    )


def _disturbed(result: RunResult | None, exit_: RunExit, context: RunContext) -> list[str]:
    found = disturbances(result.before, result.after, result.usage) if result else []
    gpus = context.facts.get("accelerators") or {"before": (), "after": ()}
    return found + accelerators.disturbances(gpus["before"], gpus["after"], exit_.wall_seconds)


def read_text(path: Path, limit: int) -> str:
    """At most `limit` bytes of what a run printed; "" if it printed nothing."""
    content = _read(path, limit)
    return (content or b"")[:limit].decode("utf-8", "replace")


def read_result(folder: RunFolder) -> tuple[RunResult | None, str]:
    """The result document, or why there is none."""
    content = _read(folder.result, MAXIMUM_RESULT_BYTES)
    if content is None:
        return None, "it wrote no result"
    try:
        return parse_run_result(content), ""
    except InvalidResultError as error:
        return None, str(error)


def _read(path: Path, limit: int) -> bytes | None:
    """Up to limit + 1 bytes of a plain file; None where there is no plain file.

    A run may have put a link or a pipe in place of the file: neither is followed nor waited for.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor, not a path)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return file.read(limit + 1)


def classify(
    exit_: RunExit,
    result: RunResult | None,
    complaint: str,
    plan: Plan,
    stdout: str,
    stderr: str,
) -> Failure | None:
    """Why the run failed; None if it completed. What the engine saw goes before what it said."""
    reason, message = _verdict(exit_, result, complaint, plan, stderr)
    if reason is None:
        return None
    return Failure(
        reason=reason,
        attributed_to=attributed_to(reason),
        message=message,
        last_lines=_end_of_output(stdout, stderr, script=plan.run.script is not None),
    )


def _verdict(
    exit_: RunExit, result: RunResult | None, complaint: str, plan: Plan, stderr: str
) -> tuple[FailureReason | None, str]:
    limits = plan.run.limits
    ended = FailureReason.SCRIPT_FAILED if plan.run.script else FailureReason.RUN_CRASHED
    if exit_.oom_killed:
        bound = f" of {plan.run.memory_bytes} bytes" if plan.run.memory_bytes else ""
        return FailureReason.OUT_OF_MEMORY, f"the run was killed at its memory limit{bound}"
    if exit_.timed_out:
        return FailureReason.RUN_TIMEOUT, f"the run took longer than {limits.run_seconds} s"
    if exit_.output_overflow:
        message = f"the run printed more than {limits.output_bytes} bytes"
        return FailureReason.OUTPUT_TOO_LARGE, message
    if plan.run.memory_bytes and exit_.exit_code != 0 and _REFUSED_MEMORY.search(stderr):
        message = f"the run asked for more than its memory limit of {plan.run.memory_bytes} bytes"
        return FailureReason.OUT_OF_MEMORY, message
    if exit_.crowded or (exit_.exit_code != 0 and _REFUSED_PROCESS.search(last_lines(stderr))):
        message = f"the run wanted more than its {limits.pids} processes and threads"
        return FailureReason.TOO_MANY_PROCESSES, message
    if result is not None and result.failure is not None:
        return result.failure.reason, result.failure.message or result.failure.reason
    if exit_.signal is not None:
        return ended, f"the run was ended by {signal_name(exit_.signal)}"
    if exit_.exit_code == REQUEST_UNUSABLE and result is None and stderr.startswith("error: "):
        raise EngineError(f"the run could not read its request: {last_lines(stderr)}")
    if exit_.exit_code != 0:
        return ended, f"the run ended with exit code {exit_.exit_code}"
    if result is None:
        return ended, f"the run ended with exit code 0, but {complaint}"
    if plan.run.indicator is not None and not result.series.measured:
        return FailureReason.RUN_CRASHED, "the run ended without one measured iteration"
    return None, ""


def _end_of_output(stdout: str, stderr: str, *, script: bool) -> str:
    """The last lines of what was printed. A script's own words are often on its standard output."""
    if not script:
        return last_lines(stderr) or last_lines(stdout)
    parts = (_cut(printed, LAST_LINES // 2, LAST_CHARACTERS // 2) for printed in (stdout, stderr))
    return "\n".join(part for part in parts if part)


def signal_name(number: int) -> str:
    """The name of a signal, "SIGSEGV"."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def last_lines(text: str) -> str:
    """The end of what was printed, fit to be shown."""
    return _cut(text, LAST_LINES, LAST_CHARACTERS)


def _cut(text: str, lines: int, characters: int) -> str:
    return "\n".join(text.rstrip().splitlines()[-lines:])[-characters:]


def facts_of(result: RunResult) -> dict[str, Any]:
    """The registered facts of a run. What is not registered, or of a wrong type, is left out."""
    dumped = result.model_dump(mode="json")
    facts: dict[str, Any] = {key: dumped[key] for key in _FACTS if dumped[key] is not None}
    samples = dumped["samples"]
    facts |= {key: samples[key] for key in ("steady_state", "loops", "leading")}
    for fault in check_facts(facts):
        first, *rest = _path(fault.pointer)
        if not rest:
            facts.pop(first, None)
        elif isinstance(facts.get(first), dict):
            facts[first].pop(rest[0], None)
    return facts


def _path(pointer: str) -> list[str]:
    return [
        part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/")
    ]


def _measured(result: RunResult | None) -> dict[str, Any]:
    """The measured part of the record. A user's script tells only its published result."""
    if result is None or result.outcome != "completed":
        return {}
    series, at = result.series, result.samples.first_sample_at
    measured = {
        "seconds": series.seconds,
        "warmups": series.warmups,
        "flops_per_iteration": series.flops_per_iteration,
        "rate_gflops": series.rate_gflops,
        "elapsed_seconds": series.median_seconds,
        "first_sample_at": None if at is None else datetime.fromtimestamp(at, UTC),
    }
    if not series.measured:
        elapsed_ms = _quantity(result.result.get("elapsed"))
        measured["rate_gflops"] = _quantity(result.result.get("rate"))
        measured["elapsed_seconds"] = None if elapsed_ms is None else elapsed_ms / 1000
    return measured


def _quantity(value: object) -> float | None:
    """A number from 0, or None: a script may have printed anything here."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < float("inf") else None


def _peak(exit_: RunExit, result: RunResult | None) -> int | None:
    """The larger of what the engine and the run itself saw; either may have missed some."""
    seen = [exit_.peak_rss_bytes, result.peak_rss_bytes if result else None]
    return max((value for value in seen if value is not None), default=None)


def _python_version(result: RunResult | None, plan: Plan) -> str:
    told = result.runtime.get("python_version") if result else None
    return told if isinstance(told, str) and told else plan.build.base.python.version


def _os_release(plan: Plan) -> dict[str, str]:
    system = plan.build.base.operating_system
    return {"id": system.id, "version_id": system.version_id, "name": system.name}
