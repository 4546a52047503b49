from __future__ import annotations

from typing import Any

from amun_client import table
from amun_client.result_text import result_rows, run_table

RUN = {
    "index": 0,
    "elapsed_s": 0.00391,
    "rate_gflops": 68.6,
    "peak_rss_bytes": 432_013_312,
    "iterations": 100,
    "warmups": 3,
    "disturbed": [],
}
SUMMARY: dict[str, Any] = {
    "runs": 6,
    "median_rate_gflops": 68.612,
    "rate_interval": [66.1, 70.25],
    "median_elapsed_s": 0.003912,
    "elapsed_interval": [0.00382, 0.00406],
    "confidence": 0.95,
    "interval_absent_because": None,
    "relative_spread": 0.021,
    "minimum_elapsed_s": 0.0038,
    "maximum_elapsed_s": 0.0041,
    "peak_rss_bytes": 432_013_312,
}
RESULT: dict[str, Any] = {
    "rate_unit": "GFLOPS",
    "schema": "amun.result/1",
    "inspection_id": "inspection-1234abcd",
    "state": "succeeded",
    "indicator": {
        "name": "matmul",
        "framework": "tensorflow",
        "parameters": {"matrix_size": 512},
    },
    "stack": {
        "digest": "amun-stack-1:0123456789abcdef",
        "packages": [
            {"name": "numpy", "version": "2.3.5"},
            {"name": "tensorboard", "version": "2.20.0"},
            {"name": "tensorflow-cpu", "version": "2.20.0"},
        ],
    },
    "engine": {"requested": "auto", "chosen": "process", "why": "no container engine"},
    "environment": {"key": "k", "mode": "m", "base": None, "python_version": "3.11.7"},
    "host": {"id": "h", "name": "lab", "processor": "EPYC", "cpu_count": 2},
    "runs": [RUN],
    "summary": SUMMARY,
}

GOLDEN = """\
inspection        inspection-1234abcd
state             succeeded
indicator         matmul on tensorflow (matrix_size=512)
stack             tensorflow-cpu 2.20.0 (3 packages, digest 0123456789)
engine            process: no container engine
environment       this host, Python 3.11.7
host              lab, EPYC, 2 CPUs
runs              6
median rate       68.61 GFLOPS  95 % interval [66.10, 70.25]  n=6
median time       3.912 ms  95 % interval [3.820, 4.060]  n=6
spread            2.1 %  (interquartile range / median of the runs)
fastest, slowest  3.800 ms, 4.100 ms
peak memory       412 MiB
look next         amun inspection results inspection-1234abcd --runs
                  amun inspection log inspection-1234abcd
                  amun inspection show inspection-1234abcd --json"""


def text(result: dict[str, Any], failure: dict[str, Any] | None = None) -> str:
    return "\n".join(table.pairs(result_rows(result, failure)))


def test_a_result() -> None:
    assert text(RESULT) == GOLDEN


def test_few_runs_have_no_interval_and_that_is_explained() -> None:
    why = "an interval needs at least 6 runs; there are 3"
    few = {
        **SUMMARY,
        "runs": 3,
        "rate_interval": None,
        "elapsed_interval": None,
        "interval_absent_because": why,
    }
    lines = text({**RESULT, "summary": few}).splitlines()
    assert "median rate       68.61 GFLOPS  n=3" in lines
    assert f"no interval       {why}" in lines
    assert not any("[" in line for line in lines)


def test_a_failure_says_why_and_whose_doing_it_is() -> None:
    failed = {
        **RESULT,
        "state": "failed",
        "stack": None,
        "environment": None,
        "host": None,
        "runs": [],
        "summary": None,
        "engine": {"requested": "auto", "chosen": None, "why": None},
    }
    failure = {
        "reason": "base_image_not_found",
        "attributed_to": "request",
        "message": "no image x",
        "hint": "load it",
        "last_lines": "one\ntwo\n",
    }
    assert text(failed, failure) == (
        "inspection  inspection-1234abcd\n"
        "state       failed\n"
        "indicator   matmul on tensorflow (matrix_size=512)\n"
        "stack       none\n"
        "engine      not chosen yet\n"
        "host        none yet\n"
        "failure     base_image_not_found (attributed to the request)\n"
        "cause       no image x\n"
        "hint        load it\n"
        "last lines  one\n"
        "            two\n"
        "look next   amun inspection log inspection-1234abcd\n"
        "            amun inspection show inspection-1234abcd"
    )


def test_disturbed_runs_are_counted() -> None:
    disturbed = {**RUN, "disturbed": ["other processes used 20 % of the CPU time"]}
    assert (
        "disturbed         1 of 2 runs: other processes used 20 % of the CPU time"
        in text({**RESULT, "runs": [RUN, disturbed]}).splitlines()
    )


def test_each_kind_of_disturbance_is_told_once() -> None:
    runs = [
        {**RUN, "disturbed": [f"other processes used {20 + n}.5% of it", "heat 2 times"][: n + 1]}
        for n in range(2)
    ]
    line = "disturbed         2 of 2 runs: heat 2 times; other processes used 21.5% of it"
    assert line in text({**RESULT, "runs": runs}).splitlines()


def test_precision_and_kinds_of_runs_are_told() -> None:
    precision = {
        "goal": 0.02, "half_width": 0.05, "precision_reached": False, "stopped_by": "time_cap",
        "why": "the time that was allowed was spent", "runs": 9, "seconds": 301.0,
        "iterations": None,
    }  # fmt: skip
    summary = {**SUMMARY, "steady_states": {"flat": 8, "warmup": 1}}
    lines = text({**RESULT, "summary": summary, "precision": precision}).splitlines()
    assert "steady state      runs: 8 flat, 1 with a warm-up" in lines
    [told] = [line for line in lines if line.startswith("precision")]
    assert "not reached" in told
    assert "the time that was allowed was spent" in told


def test_the_table_of_runs() -> None:
    header, rows = run_table(
        [RUN, {**RUN, "index": 1, "elapsed_s": None, "rate_gflops": None}], "GFLOPS"
    )
    assert header[:3] == ["run", "rate_gflops", "elapsed_ms"]
    assert rows == [
        ["0", "68.60", "3.910", "100", "3", "412 MiB", "-"],
        ["1", "-", "-", "100", "3", "412 MiB", "-"],
    ]


def test_threads_other_than_asked_for_are_said_once() -> None:
    remark = "1 thread was asked for, 4 worked (2.0 CPUs busy)"
    runs = [{**RUN, "remarks": [remark]}, {**RUN, "remarks": [remark.replace("2.0", "1.9")]}]
    lines = text({**RESULT, "runs": [*runs, {**RUN, "remarks": []}]}).splitlines()
    (line,) = [line for line in lines if line.startswith("remarks")]
    assert line.split(None, 1)[1].startswith("2 of 3 runs: 1 thread was asked for, 4 worked")
