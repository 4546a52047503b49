"""What a run left becomes a record: read within bounds, checked, classified.

The files come from inside a foreign software stack, so nothing about them is believed: not their
size, not their kind, not their content.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from amun_core.errors import EngineError, InvalidResultError
from amun_core.magnitudes import LARGEST_WHOLE, quantity, why_no_quantity
from amun_core.metadata import check_facts
from amun_core.own_values import OwnValues
from amun_core.plan import HostFacts, Plan
from amun_core.planning import THREAD_VARIABLES
from amun_core.redaction import redact_text
from amun_core.result import MAXIMUM_RESULT_BYTES, RunResult, parse_run_result, published_document
from amun_core.states import FailureReason, RunState, attributed_to
from inspector import accelerators
from inspector.disturbance import disturbances
from inspector.engines.base import FOLDER_BYTES, FOLDER_ENTRIES, RunExit, RunFolder
from inspector.leftovers import NotReadError, read_left
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

#: What a run can find out about itself; the rest is for those who see it from outside.
_TOLD_BY_RUNS = frozenset(
    {
        FailureReason.ENVIRONMENT_CHANGED,
        FailureReason.HARDWARE_MISMATCH,
        FailureReason.IMPORT_FAILED,
        FailureReason.INDICATOR_UNSUPPORTED,
        FailureReason.OUT_OF_MEMORY,
        FailureReason.OUTPUT_TOO_LARGE,
        FailureReason.RUN_CRASHED,
        FailureReason.SCRIPT_FAILED,
        FailureReason.SCRIPT_OUTPUT_INVALID,
        FailureReason.WRONG_RESULT,
    }
)

_FACTS = (
    *("name", "component", "parameters", "result", "timing", "work", "check", "threads", "runtime"),
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
    own = OwnValues(context.plan.run.environment, except_for=THREAD_VARIABLES)
    raw = read_leftovers(folder, limit)
    left = _without_values(raw, own, limit)
    stdout, stderr, result = left.stdout, left.stderr, left.result
    failure = classify(exit_, left, context.plan)
    state = RunState.COMPLETED if failure is None else RunState.FAILED
    document = published_document(
        hardware_information=context.hardware_info,
        stdout=raw.stdout,
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
    text = document["stdout"] == {"text": raw.stdout}
    document["stdout"] = {"text": stdout} if text else own.hidden_in(document["stdout"])
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
        facts={**(own.hidden_in(facts_of(result)) if result else {}), **context.facts},
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


@dataclass(slots=True)
class Left:
    """What a run left: what it printed, and its result or why there is none."""

    stdout: str = ""
    stderr: str = ""
    result: RunResult | None = None
    #: what is there and cannot be a result; "" where it is one, or nothing is there
    unreadable: str = ""


def _without_values(left: Left, own: OwnValues, limit: int) -> Left:
    """What was printed without the values of the user's variables."""
    out, err = (
        own.hidden(text, cut=len(text.encode()) >= limit) for text in (left.stdout, left.stderr)
    )
    result = left.result
    if result is not None and result.failure is not None:
        told = result.failure.model_copy(update={"message": own.hidden(result.failure.message)})
        result = result.model_copy(update={"failure": told})
    return Left(out, err, result, own.hidden(left.unreadable))


def read_leftovers(folder: RunFolder, limit: int) -> Left:
    """Everything that a run left, each file within its bound."""
    left = Left()
    for name in ("stdout", "stderr"):
        path = getattr(folder, name)
        try:
            printed = read_left(path, limit, within=folder.root, cut=True) or b""
            setattr(left, name, printed.decode("utf-8", "replace"))
        except NotReadError as error:
            left.unreadable = f"in place of the file of what it printed ({name}) it left {error}"
    try:
        content = read_left(folder.result, MAXIMUM_RESULT_BYTES, within=folder.root)
        left.result = None if content is None else parse_run_result(content)
    except NotReadError as error:
        left.unreadable = f"in place of its result it left {error}"
    except InvalidResultError as error:
        left.unreadable = str(error)
    return left


def classify(exit_: RunExit, left: Left, plan: Plan) -> Failure | None:
    """Why the run failed; None if it completed. What the engine saw goes before what it said."""
    stdout, stderr = left.stdout, left.stderr
    reason, message = _bound_passed(exit_, plan, stderr)
    if reason is None:
        reason, message = _verdict(exit_, left, plan)
    if reason is None:
        return None
    return Failure(
        reason=reason,
        attributed_to=attributed_to(reason),
        message=message,
        last_lines=_end_of_output(stdout, stderr, script=plan.run.script is not None),
    )


_Verdict = tuple[FailureReason | None, str]


def _bound_passed(exit_: RunExit, plan: Plan, stderr: str) -> _Verdict:
    """The bound for which the engine ended the run, or for which the run gave up."""
    limits, memory = plan.run.limits, plan.run.memory_bytes
    if exit_.oom_killed:
        bound = f" of {memory} bytes" if memory else ""
        return FailureReason.OUT_OF_MEMORY, f"the run was killed at its memory limit{bound}"
    if exit_.timed_out:
        return FailureReason.RUN_TIMEOUT, f"the run took longer than {limits.run_seconds} s"
    if exit_.disk_full:
        return FailureReason.DISK_FULL, "the disk is full: what the run printed could not be kept"
    if exit_.output_overflow:
        message = f"the run printed more than {limits.output_bytes} bytes"
        return FailureReason.OUTPUT_TOO_LARGE, message
    if exit_.wrote_too_much:
        message = f"the run wrote more than {FOLDER_BYTES} bytes or {FOLDER_ENTRIES} files"
        return FailureReason.TOO_MUCH_WRITTEN, message
    if memory and exit_.exit_code != 0 and _REFUSED_MEMORY.search(stderr):
        message = f"the run asked for more than its memory limit of {memory} bytes"
        return FailureReason.OUT_OF_MEMORY, message
    if exit_.crowded or (exit_.exit_code != 0 and _REFUSED_PROCESS.search(last_lines(stderr))):
        message = f"the run wanted more than its {limits.pids} processes and threads"
        return FailureReason.TOO_MANY_PROCESSES, message
    return None, ""


def _verdict(exit_: RunExit, left: Left, plan: Plan) -> _Verdict:
    """How a run ended that no bound ended."""
    result, stderr = left.result, left.stderr
    ended = FailureReason.SCRIPT_FAILED if plan.run.script else FailureReason.RUN_CRASHED
    if left.unreadable:
        return FailureReason.RESULT_UNREADABLE, left.unreadable
    if result is not None and result.failure is not None:
        return _told(result.failure.reason, result.failure.message)
    if exit_.signal is not None:
        return ended, f"the run was ended by {signal_name(exit_.signal)}"
    if exit_.exit_code == REQUEST_UNUSABLE and result is None and stderr.startswith("error: "):
        raise EngineError(f"the run could not read its request: {last_lines(stderr)}")
    if exit_.exit_code != 0:
        return ended, f"the run ended with exit code {exit_.exit_code}"
    if result is None:
        return ended, "the run ended with exit code 0, but it wrote no result"
    if plan.run.indicator is not None:
        measured = bool(result.series.measured)
        crashed = FailureReason.RUN_CRASHED, "the run ended without one measured iteration"
        return (None, "") if measured else crashed
    return _numbers_told(result)


def _told(reason: FailureReason, message: str) -> _Verdict:
    """The failure that a run tells of itself, as far as a run can know."""
    if reason not in _TOLD_BY_RUNS:
        message = f"its result says {reason}, which a run cannot know"
        return FailureReason.RESULT_UNREADABLE, message
    return reason, message or reason


def _numbers_told(result: RunResult) -> _Verdict:
    """The numbers of a script once more: the script could have written the document itself."""
    found = {
        key: result.result[key] for key in ("rate", "elapsed") if result.result.get(key) is not None
    }
    for key, value in found.items():
        why = why_no_quantity(value)
        if why:
            return FailureReason.SCRIPT_OUTPUT_INVALID, f"@result.{key} is {why}"
    if not found:
        keys = ", ".join(sorted(result.result)[:20]) or "nothing"
        message = f"@result has neither rate nor elapsed; it has {keys[:400]}"
        return FailureReason.SCRIPT_OUTPUT_INVALID, message
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
    return "\n".join(redact_text(text).rstrip().splitlines()[-lines:])[-characters:]


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
        "rate_gflops": quantity(series.rate_gflops),
        "elapsed_seconds": series.median_seconds,
        "first_sample_at": None if at is None else datetime.fromtimestamp(at, UTC),
    }
    if not series.measured:
        elapsed_ms = quantity(result.result.get("elapsed"))
        measured["rate_gflops"] = quantity(result.result.get("rate"))
        measured["elapsed_seconds"] = None if elapsed_ms is None else elapsed_ms / 1000
    return measured


def _peak(exit_: RunExit, result: RunResult | None) -> int | None:
    """The larger of what the engine and the run itself saw; either may have missed some."""
    seen = [exit_.peak_rss_bytes, result.peak_rss_bytes if result else None]
    return max((value for value in seen if value and value <= LARGEST_WHOLE), default=None)


def _python_version(result: RunResult | None, plan: Plan) -> str:
    told = result.runtime.get("python_version") if result else None
    return told if isinstance(told, str) and told else plan.build.base.python.version


def _os_release(plan: Plan) -> dict[str, str]:
    system = plan.build.base.operating_system
    return {"id": system.id, "version_id": system.version_id, "name": system.name}
