"""One run of an indicator: import, make the data, time, look for the warm-up, check the output."""

import time
from typing import Any, Dict, List, Mapping

from pis import at_work, catalogue, failures, harness, installed, steady, surroundings, threads
from pis.declaration import Indicator
from pis.documents import RequestError
from pis.failures import RunFailedError
from pis.workload import Workload


def run(
    request: Mapping[str, Any],
    result: Dict[str, Any],
    found: List[installed.Distribution],
) -> None:
    """Fill `result` step by step: a run that fails keeps what was learnt until then."""
    asked = request["indicator"]
    name, framework = asked["name"], asked["framework"]
    parameters, faults = catalogue.check(name, framework, asked.get("parameters") or {})
    if faults:
        raise RequestError("; ".join(f"{field}: {message}" for field, message in faults))
    declared = catalogue.declaration(name)
    seed = int(request.get("seed") or 0)
    workload = catalogue.workload(name, framework)(parameters, seed)
    result["name"] = declared.title
    result["component"] = framework
    result["@parameters"] = parameters
    result["indicator"] = {"name": name, "framework": framework, "version": declared.version}
    result["seed"] = seed
    compared = request.get("expected") is not None
    if workload.measures_load:
        series = _time_load(workload, result, found, compared=compared)
    else:
        _load(workload, result, found, compared=compared)
        series = _time(workload, parameters["reps"], result)
    _summarise(declared, workload, series, result)
    _check(workload, result)
    _tell(workload, result)


def _load(
    workload: Workload,
    result: Dict[str, Any],
    found: List[installed.Distribution],
    *,
    compared: bool,
) -> None:
    start = time.perf_counter()
    try:
        module = workload.load()
    except (Exception, SystemExit) as error:
        raise RunFailedError(
            failures.IMPORT_FAILED,
            f"{workload.module} cannot be imported: {failures.describe(error)}",
        ) from error
    version = str(getattr(module, "__version__", ""))
    path = str(getattr(module, "__file__", None) or "")
    result["runtime"].update(
        import_seconds=time.perf_counter() - start,
        component_version=version,
        component_path=path,
    )
    distribution = installed.find(workload.distributions, found)
    if compared and distribution is not None:
        lines = installed.misplaced(distribution, version, path)
        if lines:
            raise RunFailedError(
                failures.ENVIRONMENT_CHANGED,
                "what was imported is not what is installed: " + "; ".join(lines),
                lines,
            )


def _time(workload: Workload, iterations: int, result: Dict[str, Any]) -> harness.Series:
    result["before"] = surroundings.read(result["threads"]["affinity"])
    try:
        series = workload.measure(iterations)
        if workload.begun is not None:
            result["threads"].update(at_work.between(workload.begun, at_work.look()))
    except RunFailedError:
        raise
    except Exception as error:
        raise failures.classify(error) from error
    finally:
        result["after"] = surroundings.read(result["threads"]["affinity"])
    result["runtime"]["timer_resolution"] = series.timer_resolution
    return series


def _time_load(
    workload: Workload,
    result: Dict[str, Any],
    found: List[installed.Distribution],
    *,
    compared: bool,
) -> harness.Series:
    """The series of an import: one sample, since a process imports a module once."""
    result["before"] = surroundings.read(result["threads"]["affinity"])
    try:
        _load(workload, result, found, compared=compared)
        ended_at = time.time()
    finally:
        result["after"] = surroundings.read(result["threads"]["affinity"])
    resolution = harness.timer_resolution()
    result["runtime"]["timer_resolution"] = resolution
    seconds = result["runtime"]["import_seconds"]
    return harness.Series([seconds], 1, 1, ended_at, resolution)


def _summarise(
    declared: Indicator,
    workload: Workload,
    series: harness.Series,
    result: Dict[str, Any],
) -> None:
    parameters = result["@parameters"]
    behaviour = steady.classify(series.values)
    seconds = steady.median(series.values[behaviour.warmups :])
    result["samples"] = {
        "unit": "s",
        "values": series.values,
        "warmups": behaviour.warmups,
        "steady_state": behaviour.kind,
        "first_sample_at": series.first_sample_at,
        "loops": series.loops,
        "leading": series.leading,
    }
    published = {"elapsed": seconds * 1e3}
    if declared.work is not None:
        counted = workload.operations()
        flops = declared.work(parameters) if counted is None else counted
        result["work"] = {"flops_per_iteration": flops, "formula": declared.formula}
        published["rate"] = flops / seconds / 1e9
    if declared.moved_bytes is not None:
        moved = declared.moved_bytes(parameters)
        result["work"]["bytes_per_iteration"] = moved
        published["bandwidth"] = moved / seconds / 1e9
    if declared.least_bytes is not None:
        result["work"]["least_bytes_per_iteration"] = declared.least_bytes(parameters)
    try:
        published.update(workload.figures(series.values, seconds))
    except Exception as error:
        raise failures.classify(error) from error
    result["@result"] = published


def _check(workload: Workload, result: Dict[str, Any]) -> None:
    try:
        check = workload.check()
    except Exception as error:
        raise failures.classify(error) from error
    result["check"] = check.document()
    if not check.passed:
        raise RunFailedError(
            failures.WRONG_RESULT,
            f"the largest error is {check.maximum_error:.3g}, rounding explains at most {check.tolerance:.3g}",
        )


def _tell(workload: Workload, result: Dict[str, Any]) -> None:
    """What explains the speed; a framework that cannot tell fails nothing."""
    pools = threads.pools()
    try:
        pools.extend(
            {"library": name, "file": None, "threads": count}
            for name, count in sorted(workload.pools().items())
        )
        result["framework"] = workload.facts()
    except Exception as error:
        result["framework"] = {"facts_failed": failures.describe(error)}
    result["threads"]["pools"] = pools
