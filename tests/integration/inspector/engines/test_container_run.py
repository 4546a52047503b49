"""Runs in real containers: shut in, bounded, ended, removed."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from typing import Any

import pytest

from amun_core.plan import BuildPlan
from inspector.engines.base import Environment, StoppedError
from inspector.engines.container_command import ContainerCommand
from inspector.leftovers import NotReadError, read_left

from .conftest import INSTALLATION, Bench

pytestmark = pytest.mark.container

Ready = tuple[BuildPlan, Environment]


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def ours() -> list[str]:
    mine = f"label=org.amun.installation={INSTALLATION}"
    return docker("ps", "--all", "--quiet", "--filter", mine).split()


def await_run(deadline_seconds: float = 60) -> dict[str, Any]:
    """The document of the run's container, once it runs."""
    command = ContainerCommand("docker", "docker")
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        for identity in ours():
            document = command.inspect("container", identity)  # None: it went meanwhile
            labels = document["Config"]["Labels"] if document else {}
            if document and document["State"]["Running"] and "org.amun.inspection" in labels:
                return document
    raise AssertionError("no run of ours came up")


def test_a_live_run_is_shut_in(bench: Bench, ready: Ready) -> None:
    stop = threading.Event()
    ended: list[object] = []

    def run() -> None:
        try:
            code = "import time; time.sleep(60)"
            bench.run(
                *ready, code, should_stop=stop.is_set, memory_bytes=2**29, cpu=0.5, cpu_set=(0,),
                limits={"pids": 99},
            )  # fmt: skip
        except StoppedError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        document = await_run()
    finally:
        stop.set()
        thread.join(30)
    assert len(ended) == 1
    host = document["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert (host["Memory"], host["MemorySwap"]) == (2**29, 2**29)
    assert host["NanoCpus"] == 500_000_000
    assert host["CpusetCpus"] == "0"
    assert host["PidsLimit"] == 99
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges" in host["SecurityOpt"]
    assert host["Privileged"] is False
    assert document["Config"]["User"] == "65534:65534"
    labels = document["Config"]["Labels"]
    assert labels["org.amun.inspection"] == "inspection-test"
    assert (labels["org.amun.fence"], labels["org.amun.run"]) == ("1", "0")
    writable = {mount["Destination"] for mount in document["Mounts"] if mount["RW"]}
    assert writable == {"/amun/out"}
    assert ours() == []


def test_a_run_sees_no_network_and_writes_nowhere_else(bench: Bench, ready: Ready) -> None:
    code = """
import json, os, socket
found = {"interfaces": [name for _, name in socket.if_nameindex()], "user": os.getuid()}
for path in ("/x", "/usr/x", "/amun/in/x", "/amun/pis/x", sys.prefix + "/x"):
    try:
        open(path, "w")
        found[path] = "written"
    except OSError as error:
        found[path] = error.errno
open("/tmp/x", "w").write("1")
open("x", "w").write("1")
found["capabilities"] = [l for l in open("/proc/self/status") if l.startswith("CapEff")][0].split()[1]
print(json.dumps(found))
"""
    end, folder = bench.run(*ready, code)
    assert end.exit_code == 0, folder.stderr.read_text()
    found = json.loads(folder.stdout.read_text())
    assert found.pop("interfaces") == ["lo"]
    assert found.pop("user") == 65534
    assert int(found.pop("capabilities"), 16) == 0
    assert set(found.values()) <= {13, 30}, found
    assert len(found) == 5


def test_variables_arrive_unchanged(bench: Bench, ready: Ready) -> None:
    given = {"ODD": 'a\nb "q" $HOME \\ `id`', "OMP_NUM_THREADS": "2", "LD_ODD": "x y"}
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    _, folder = bench.run(*ready, code, environment=tuple(given.items()))
    seen = json.loads(folder.stdout.read_text())
    assert {name: seen[name] for name in given} == given


def test_out_of_memory(bench: Bench, ready: Ready) -> None:
    end, _ = bench.run(*ready, "x = bytearray(400 * 2**20)", memory_bytes=200 * 2**20)
    assert (end.oom_killed, end.exit_code, end.signal) == (True, None, 9)
    assert ours() == []


def test_a_run_that_takes_too_long_is_ended(bench: Bench, ready: Ready) -> None:
    end, _ = bench.run(*ready, "import time; time.sleep(60)", limits={"run_seconds": 1})
    assert end.timed_out
    assert end.wall_seconds < 15
    assert ours() == []


def test_a_run_that_closes_its_output_keeps_its_bounds(bench: Bench, ready: Ready) -> None:
    code = "import os, time; os.close(1); os.close(2); time.sleep(60)"
    end, _ = bench.run(*ready, code, limits={"run_seconds": 1})
    assert end.timed_out
    assert ours() == []


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_of_output_is_cut(bench: Bench, ready: Ready, stream: str) -> None:
    code = f"for _ in range(1000): sys.{stream}.write('x' * 100_000)"
    end, folder = bench.run(*ready, code, limits={"output_bytes": 10_000})
    assert end.output_overflow
    assert getattr(folder, stream).stat().st_size == 10_001
    assert ours() == []


def test_exit_codes_and_signals_are_told(bench: Bench, ready: Ready) -> None:
    assert bench.run(*ready, "sys.exit(3)")[0].exit_code == 3
    crash = bench.run(*ready, "import os; os.abort()")[0]
    assert (crash.exit_code, crash.signal) == (None, 6)


def test_a_result_that_points_elsewhere_is_not_followed(bench: Bench, ready: Ready) -> None:
    code = "import os; os.symlink('/etc/hostname', sys.argv[3]); os._exit(0)"
    _, folder = bench.run(*ready, code)
    with pytest.raises(NotReadError):
        read_left(folder.result, 1024, within=folder.root)


def test_leftovers_are_removed_and_what_is_not_ours_stays(
    bench: Bench, ready: Ready, base_image: str
) -> None:
    prefix = f"amun-{INSTALLATION}"

    def make(name: str, *labels: str) -> str:
        options = [part for label in labels for part in ("--label", label)]
        limits = ["--network", "none", "--entrypoint", "sleep"]
        return docker(
            "run", "--detach", "--name", f"{prefix}-{name}", *options, *limits, base_image, "60"
        ).strip()

    mine = f"org.amun.installation={INSTALLATION}"
    made = {
        "dead": make("dead", mine, "org.amun.inspection=i-1", "org.amun.fence=1"),
        "alive": make("alive", mine, "org.amun.inspection=i-1", "org.amun.fence=2"),
        "builder": make("builder", mine, "org.amun.guard=0123456789abcdef"),
        "foreign": make("foreign", "org.amun.installation=another"),
        "other": make("other"),
    }
    try:
        removed = bench.engine.remove_leftovers(INSTALLATION, {("i-1", 2)})
        assert sorted(removed) == [
            f"container {prefix}-builder of a worker that is gone, running",
            f"container {prefix}-dead of i-1 (fence 1), running",
        ]
        left = set(docker("ps", "--all", "--quiet", "--no-trunc").split())
        assert {made[name] for name in ("alive", "foreign", "other")} <= left
        assert not {made["dead"], made["builder"]} & left
    finally:
        ContainerCommand("docker", "docker").remove(*made.values())
