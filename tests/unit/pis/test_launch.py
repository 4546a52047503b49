"""What a run does to itself first, seen from outside in a real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pis import catalogue, launch

ROOT = str(Path(catalogue.folder()).parent)


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_prepare_binds_limits_and_sets_threads() -> None:
    cpu = max(os.sched_getaffinity(0))
    program = (
        "import json, os, resource; from pis import launch;"
        f"found = launch.prepare({{'threads': 3, 'cpu_set': [{cpu}, 100000],"
        " 'limits': {'memory_bytes': 1 << 30}});"
        "print(json.dumps([found, sorted(os.sched_getaffinity(0)), os.environ['OMP_NUM_THREADS'],"
        " resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_DATA)]))"
    )
    found, affinity, omp, core, data = json.loads(run(program, MKL_NUM_THREADS="1"))
    assert found["requested"] == 3
    assert found["affinity"] == affinity == [cpu]
    assert found["dies_with_parent"] is True
    # what the user set stays
    assert found["environment"]["MKL_NUM_THREADS"] == "1"
    assert found["environment"]["OPENBLAS_NUM_THREADS"] == omp == "3"
    assert set(found["environment"]) == set(launch.THREAD_VARIABLES)
    assert core == [0, 0]
    assert data == [1 << 30, 1 << 30]


def test_nothing_asked_nothing_bound() -> None:
    program = "import json; from pis import launch; print(json.dumps(launch.prepare({})))"
    found = json.loads(run(program))
    assert found["affinity"] == sorted(os.sched_getaffinity(0))
    assert found["environment"] == {}
    assert found["requested"] is None


def test_a_run_dies_with_its_parent() -> None:
    child = (
        "import os, sys, time; from pis import launch;"
        "assert launch.die_with_parent(); print(os.getpid(), flush=True); time.sleep(60)"
    )
    parent = (
        "import subprocess, sys;"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE);"
        "print(child.stdout.readline().decode(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        process.kill()
    deadline = time.monotonic() + 30
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not running(pid)


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"  # a dead one may wait for an init that reaps


def test_stdout_is_kept_for_the_result() -> None:
    program = (
        "import os; from pis.launch import Stdout; print('before'); kept = Stdout();"
        "print('lost'); os.write(1, b'lost too'); kept.write(b'result\\n'); kept.restore();"
        "print('after')"
    )
    assert run(program) == "before\nresult\nafter\n"


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two CPUs to leave one out")
@pytest.mark.parametrize(("framework", "threads", "cpus"), [("jax", 1, 1), ("numpy", 1, 2)])
def test_only_its_cpus_keep_jax_at_what_was_asked_for(
    framework: str, threads: int, cpus: int
) -> None:
    two = sorted(os.sched_getaffinity(0))[:2]
    request = {"threads": threads, "cpu_set": two, "indicator": {"framework": framework}}
    program = f"import json; from pis import launch; print(json.dumps(launch.prepare({request!r})))"
    found = json.loads(run(program))
    assert found["affinity"] == two[:cpus]
    assert found["environment"]["NPROC"] == str(threads)
