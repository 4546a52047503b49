"""One run from request to result: the order of things, and which exit code it ends with."""

import json
import sys
import time
import traceback
from typing import Any, Dict, List, Mapping

from pis import documents, failures, indicator, installed, launch, runtime, script, surroundings
from pis.documents import RequestError
from pis.failures import RunFailedError

COMPLETED = 0
UNUSABLE = 2  # the request cannot be read: no result is written
FAILED = 3  # the result says why

_OUTPUT_BYTES = 1024 * 1024
_USAGE = "usage: python -B {0} run REQUEST RESULT\n       python -B {0} list|suites|check\n"


def main(arguments: List[str]) -> int:
    """Do what the command line says; returns the exit code."""
    if len(arguments) == 4 and arguments[1] == "run":
        try:
            return run(arguments[2], arguments[3])
        except RequestError as error:
            sys.stderr.write(f"error: {error}\n")
            return UNUSABLE
    if len(arguments) == 2 and arguments[1] == "list":
        from pis import catalogue

        sys.stdout.write(documents.encode(catalogue.indicators()).decode("utf-8"))
        return COMPLETED
    if len(arguments) == 2 and arguments[1] == "check":
        return check(sys.stdin.buffer.read(_OUTPUT_BYTES))
    if len(arguments) == 2 and arguments[1] == "suites":
        from pis.suites import catalogue as suite_catalogue

        sys.stdout.write(documents.encode(suite_catalogue.suites()).decode("utf-8"))
        return COMPLETED
    sys.stderr.write(_USAGE.format(arguments[0]))
    return UNUSABLE


def check(asked: bytes) -> int:
    """Write what is wrong with {"name", "framework", "parameters"}: pairs of field and message."""
    from pis import catalogue

    try:
        request = json.loads(asked)
        name, framework, given = request["name"], request["framework"], request["parameters"]
        _, faults = catalogue.check(name, framework, given)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        sys.stderr.write(f"error: {type(error).__name__}: {error}\n")
        return UNUSABLE
    except ArithmeticError:  # a number of no use: the reader of the specification names it
        faults = []
    sys.stdout.write(documents.encode([list(fault) for fault in faults]).decode("utf-8"))
    return COMPLETED


def run(request_path: str, result_path: str) -> int:
    """Make the run that the request asks for and write its result."""
    started_at = time.time()
    request = documents.read_request(request_path)
    stdout = launch.Stdout()
    try:
        result = _begin(request, started_at)
        try:
            _carry_out(request, result, stdout)
        except RunFailedError as failure:
            result["outcome"] = "failed"
            result["failure"] = failure.document()
            if failure.__cause__ is not None:
                traceback.print_exception(
                    type(failure.__cause__), failure.__cause__, failure.__cause__.__traceback__
                )
        _end(request, result)
        documents.write(result_path, result)
        if result["outcome"] == "failed":
            sys.stderr.write("failed: {}\n".format(result["failure"]["message"]))
            return FAILED
        if request.get("indicator"):  # a script has printed its own
            stdout.write(documents.encode(_published(result)))
        return COMPLETED
    finally:
        stdout.restore()


def _begin(request: Mapping[str, Any], started_at: float) -> Dict[str, Any]:
    return {
        "schema": documents.RESULT_SCHEMA,
        "inspection_id": request.get("inspection_id"),
        "run_index": request.get("run_index"),
        "outcome": "completed",
        "failure": None,
        "name": None,
        "component": None,
        "@parameters": {},
        "@result": {},
        "timing": None,
        "samples": {
            "unit": "s",
            "values": [],
            "warmups": 0,
            "steady_state": "none",
            "first_sample_at": None,
            "loops": 1,
            "leading": 0,
        },
        "work": None,
        "check": None,
        "threads": launch.prepare(request),
        "runtime": runtime.interpreter(),
        "started_at": started_at,
    }


def _carry_out(request: Mapping[str, Any], result: Dict[str, Any], stdout: launch.Stdout) -> None:
    expected = request.get("expected")
    found = installed.distributions() if expected is not None else []
    if expected is not None:
        lines = installed.differences(expected, request.get("allowed_extra") or (), found)
        if lines:
            raise RunFailedError(
                failures.ENVIRONMENT_CHANGED,
                "what is installed is not what the lock says: " + "; ".join(lines),
                lines,
            )
    if request.get("indicator"):
        indicator.run(request, result, found)
        return
    limits = request.get("limits") or {}
    affinity = result["threads"]["affinity"]
    result["before"] = surroundings.read(affinity)
    try:
        output_bytes = int(limits.get("output_bytes") or _OUTPUT_BYTES)
        script.run(request["script"], output_bytes, stdout.descriptor, result)
    finally:
        result["after"] = surroundings.read(affinity)


def _end(request: Mapping[str, Any], result: Dict[str, Any]) -> None:
    of_child = bool(request.get("script"))
    result["usage"] = runtime.usage(children=of_child)
    result["peak_rss_bytes"] = runtime.peak_rss_bytes(result["usage"], children=of_child)
    for moment in ("before", "after"):
        if moment not in result:
            result[moment] = surroundings.read(result["threads"]["affinity"])
    result["os_release"] = runtime.os_release()
    result["ended_at"] = time.time()


def _published(result: Mapping[str, Any]) -> Dict[str, Any]:
    return {key: result[key] for key in ("name", "component", "@parameters", "@result")}
