from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amun_core.errors import EngineError
from amun_core.plan import BuildPlan, HostFacts, Plan, RunPlan
from amun_core.specification import IndicatorRequest, Limits
from amun_core.states import FailureReason, RunState
from inspector import collect as collecting
from inspector.collect import Left, RunContext, collect, last_lines, signal_name
from inspector.engines.base import RunFolder
from inspector.engines.fake import FakeEngine, completed_result, exited
from tests.support.hostile_leftovers import FALSE_NUMBERS, LEFTOVERS, false_number

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INDICATOR = IndicatorRequest(name="matmul", framework="numpy", parameters={})


def plan_of(*, script: str | None = None) -> Plan:
    return Plan(
        build=BuildPlan(
            engine="process",
            engine_why="a test",
            mode="host_environment",
            environment_key="key",
            base=FakeEngine().image_facts(None, None),
            stack_digest="stack",
            lock_digest="lock",
            requirements=(),
        ),
        run=RunPlan(
            runs=1,
            indicator=None if script else INDICATOR,
            script=script,
            threads=2,
            cpu_set=(0, 1),
            memory_bytes=1024,
            limits=Limits(output_bytes=1024),
            seed=0,
        ),
    )


def context_of(plan: Plan) -> RunContext:
    host = HostFacts(
        host_id="h", hostname="here", cpu_count=2, cpu_set=(0, 1), memory_bytes=1,
        cpu_family=6, cpu_model=85,
    )  # fmt: skip
    return RunContext(
        run_index=3, plan=plan, started_at=AT, ended_at=AT, host=host,
        hardware_info={"platform": {"machine": "x86_64"}}, program_sha256="f" * 64,
    )  # fmt: skip


REQUEST = {"indicator": INDICATOR.model_dump(), "threads": 2, "cpu_set": [0, 1]}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path)
    made.result.parent.mkdir()
    made.stdout.write_text('{"name": "PiMatmul"}\n')
    made.stderr.write_text("one\ntwo\n")
    return made


def write(folder: RunFolder, **changes) -> dict:
    result = {**completed_result(REQUEST), **changes}
    folder.result.write_text(json.dumps(result))
    return result


def failure_of(folder: RunFolder, exit_, plan: Plan | None = None) -> tuple[str, str]:
    record = collect(folder, exit_, context_of(plan or plan_of()))
    assert record.failure is not None
    assert (record.state, record.accepted) == (RunState.FAILED, False)
    return record.failure.reason.value, record.failure.message


def test_a_completed_run_becomes_an_accepted_record(folder):
    result = write(folder)
    record = collect(folder, exited(wall_seconds=0.7), context_of(plan_of()))
    assert (record.run_index, record.state, record.accepted) == (3, RunState.COMPLETED, True)
    assert list(record.seconds) == result["samples"]["values"]
    assert (record.warmups, record.elapsed_seconds) == (1, 0.002)
    assert record.rate_gflops == (2 * 64**3 - 64**2) / 0.002 / 1e9
    assert record.first_sample_at.timestamp() == pytest.approx(result["samples"]["first_sample_at"])
    assert (record.wall_seconds, record.exit_code, record.failure) == (0.7, 0, None)
    assert record.facts["check"]["passed"] is True
    assert record.facts["steady_state"] == "flat"


def test_the_published_document_has_every_key_that_older_tools_read(folder):
    write(folder)
    document = collect(folder, exited(), context_of(plan_of())).document
    assert document["stdout"] == {"name": "PiMatmul"}
    assert document["stderr"] == "one\ntwo\n"
    assert (document["exit_code"], document["script_sha256"]) == (0, "f" * 64)
    assert document["runtime_environment"]["python_version"] == "3.11"
    assert document["runtime_environment"]["hardware"] == {"cpu_family": 6, "cpu_model": 85}
    assert document["os_release"]["id"] == "fake"
    assert document["usage"]["ru_utime"] == 0.1
    assert document["hwinfo"]["platform"] == {"machine": "x86_64"}
    assert document["hostname"] == "here"


@pytest.mark.parametrize(
    ("exit_", "reason", "message"),
    [
        (exited(137, oom_killed=True), "out_of_memory",
         "the run was killed at its memory limit of 1024 bytes"),
        (exited(None, signal=9, timed_out=True), "run_timeout", "the run took longer than 600 s"),
        (exited(None, signal=9, output_overflow=True), "output_too_large",
         "the run printed more than 1024 bytes"),
        (exited(None, signal=11), "run_crashed", "the run was ended by SIGSEGV"),
        (exited(1), "run_crashed", "the run ended with exit code 1"),
    ],
)  # fmt: skip
def test_what_the_engine_saw_is_classified(folder, exit_, reason, message):
    assert failure_of(folder, exit_) == (reason, message)


def test_what_the_engine_saw_goes_before_what_the_run_said(folder):
    write(folder)
    assert failure_of(folder, exited(0, oom_killed=True))[0] == "out_of_memory"


@pytest.mark.parametrize("reason", ["import_failed", "wrong_result", "indicator_unsupported"])
def test_the_runs_own_reason_is_kept(folder, reason):
    write(folder, outcome="failed", failure={"reason": reason, "message": "because"})
    record = collect(folder, exited(3), context_of(plan_of()))
    assert (record.failure.reason, record.failure.message) == (FailureReason(reason), "because")
    assert record.failure.attributed_to == "stack"
    assert record.failure.last_lines == "one\ntwo"
    assert list(record.seconds) == []


def test_a_run_without_a_result_has_crashed(folder):
    assert failure_of(folder, exited()) == (
        "run_crashed",
        "the run ended with exit code 0, but it wrote no result",
    )


def test_a_script_that_fails_is_the_requests_fault(folder):
    record = collect(folder, exited(1), context_of(plan_of(script="raise SystemExit(1)")))
    assert (record.failure.reason, record.failure.attributed_to) == ("script_failed", "request")


def test_a_script_tells_rate_and_elapsed_itself(folder):
    samples = {"unit": "s", "values": [], "warmups": 0}
    write(folder, samples=samples, **{"@result": {"rate": 12.5, "elapsed": 40}})
    record = collect(folder, exited(), context_of(plan_of(script="...")))
    assert record.accepted
    assert (record.rate_gflops, record.elapsed_seconds, list(record.seconds)) == (12.5, 0.04, [])


@pytest.mark.parametrize("name", FALSE_NUMBERS)
def test_the_numbers_of_a_script_are_checked_once_more(folder, name):
    result, words = FALSE_NUMBERS[name]
    plant(folder, false_number(result))
    reason, message = failure_of(folder, exited(), plan_of(script="..."))
    assert reason == "script_output_invalid"
    assert words in message


def test_a_null_beside_a_number_is_nothing(folder):
    write(folder, samples={"values": []}, **{"@result": {"rate": None, "elapsed": 40}})
    record = collect(folder, exited(), context_of(plan_of(script="...")))
    assert (record.accepted, record.rate_gflops, record.elapsed_seconds) == (True, None, 0.04)


def test_an_indicator_without_an_iteration_has_crashed(folder):
    write(folder, samples={"unit": "s", "values": [], "warmups": 0})
    assert failure_of(folder, exited()) == (
        "run_crashed",
        "the run ended without one measured iteration",
    )


def plant(folder: RunFolder, program: str) -> None:
    scope = {"path": str(folder.result), "folder": str(folder.result.parent)}
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; path, folder = sys.argv[1:]\n" + program,
            *scope.values(),
        ],
        check=True,
    )


@pytest.mark.parametrize("script", [None, "..."])
@pytest.mark.parametrize("name", LEFTOVERS)
def test_whatever_is_left_is_named(folder, name, script):
    program, words = LEFTOVERS[name]
    plant(folder, program)
    for ended in (exited(None, signal=9), exited(0), exited(1)):
        reason, message = failure_of(folder, ended, plan_of(script=script))
        assert reason == "result_unreadable"
        assert words in message
        assert len(message) < 500


@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("kind", ["pipe", "link", "folder"])
def test_what_lies_in_place_of_the_output_is_named(folder, name, kind):
    write(folder)
    path = getattr(folder, name)
    path.unlink()
    make = {"pipe": os.mkfifo, "link": lambda at: at.symlink_to("/dev/zero"), "folder": Path.mkdir}
    make[kind](path)
    reason, message = failure_of(folder, exited())
    assert reason == "result_unreadable"
    assert name in message


def test_a_bound_goes_before_what_is_left(folder):
    os.mkfifo(folder.result)
    assert failure_of(folder, exited(None, signal=9, timed_out=True))[0] == "run_timeout"
    assert failure_of(folder, exited(None, signal=9, disk_full=True))[0] == "disk_full"
    assert failure_of(folder, exited(0, wrote_too_much=True))[0] == "too_much_written"


def test_a_huge_result_is_not_read_to_its_end(folder, monkeypatch):
    monkeypatch.setattr(collecting, "MAXIMUM_RESULT_BYTES", 100)
    write(folder)
    assert "bytes, more than 100" in failure_of(folder, exited())[1]


def test_surroundings_of_hostile_size_disturb_nothing(folder):
    ticks = {"user": 2**62, "idle": -(2**62), "steal": True}
    write(
        folder,
        before={"cpu_ticks": ticks, "cpu_mhz": 1e299, "uptime_seconds": -1e200},
        after={"cpu_ticks": {"user": -(2**62)}, "cpu_mhz": 1e-299, "uptime_seconds": 1e200},
        usage={"ru_utime": 1e18},
    )
    record = collect(folder, exited(), context_of(plan_of()))
    assert record.accepted
    json.dumps(record.facts, allow_nan=False)


def test_output_is_cut_at_its_limit(folder):
    write(folder)
    folder.stdout.write_bytes(b"x" * 5000)
    record = collect(folder, exited(), context_of(plan_of()))
    assert record.stdout == "x" * 1024
    assert record.document["stdout"] == {"text": "x" * 1024}


def test_a_request_that_the_run_could_not_read_is_our_fault(folder):
    folder.stderr.write_text("error: request.json: not a JSON object\n")
    with pytest.raises(EngineError, match=r"could not read its request: error: request\.json"):
        collect(folder, exited(2), context_of(plan_of()))


def test_facts_that_nobody_registered_are_left_out(folder):
    runtime = {"python_version": "3.11.7", "secret": "x", "import_seconds": "soon"}
    write(folder, runtime=runtime, before={"load_average": [0.5], "moon": "full"})
    facts = collect(folder, exited(), context_of(plan_of())).facts
    assert facts["runtime"] == {"python_version": "3.11.7"}
    assert facts["before"] == {"load_average": [0.5]}


def test_the_larger_peak_is_recorded(folder):
    write(folder, peak_rss_bytes=5000)
    record = collect(folder, exited(peak_rss_bytes=4000), context_of(plan_of()))
    assert record.peak_rss_bytes == 5000


def test_signals_have_names():
    assert (signal_name(9), signal_name(200)) == ("SIGKILL", "signal 200")


def test_last_lines_are_bounded():
    text = "\n".join(f"line {number}" for number in range(100)) + "\n\n"
    assert last_lines(text).splitlines() == [f"line {number}" for number in range(80, 100)]
    assert len(last_lines("x" * 10_000)) == collecting.LAST_CHARACTERS


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("MemoryError", FailureReason.OUT_OF_MEMORY),
        (
            "numpy._core._exceptions._ArrayMemoryError: Unable to allocate",
            FailureReason.OUT_OF_MEMORY,
        ),
        (
            "terminate called after throwing an instance of 'std::bad_alloc'",
            FailureReason.OUT_OF_MEMORY,
        ),
        (
            "BlockingIOError: [Errno 11] Resource temporarily unavailable",
            FailureReason.TOO_MANY_PROCESSES,
        ),
        ("RuntimeError: can't start new thread", FailureReason.TOO_MANY_PROCESSES),
        ("sh: 1: fork: retry: Resource temporarily unavailable", FailureReason.TOO_MANY_PROCESSES),
        ("ValueError: no MemoryError here", FailureReason.SCRIPT_FAILED),
    ],
)
def test_a_refusal_of_the_kernel_is_known_by_its_words(folder, words, reason):
    folder.stderr.write_text(f"Traceback:\n{words}\nfailed: the script ended with exit code 1\n")
    record = collect(folder, exited(3), context_of(plan_of(script="x")))
    assert record.failure is not None
    assert record.failure.reason == reason


def test_more_processes_than_allowed_are_told():
    ended = exited(None, signal=9, crowded=True)
    failure = collecting.classify(ended, Left("out", "err"), plan_of(script="x"))
    assert failure is not None
    assert failure.reason is FailureReason.TOO_MANY_PROCESSES
    assert "512 processes and threads" in failure.message


def test_the_last_lines_of_a_script_are_those_of_both_its_outputs():
    plan, bare = plan_of(script="x"), plan_of()
    out, err = "".join(f"o{n}\n" for n in range(50)), "".join(f"e{n}\n" for n in range(50))
    failure = collecting.classify(exited(3), Left(out, err), plan)
    assert failure is not None
    assert failure.last_lines.split() == [f"{a}{n}" for a in "oe" for n in range(40, 50)]
    of_indicator = collecting.classify(exited(3), Left(out, err), bare)
    assert of_indicator is not None
    assert of_indicator.last_lines.split() == [f"e{n}" for n in range(30, 50)]
