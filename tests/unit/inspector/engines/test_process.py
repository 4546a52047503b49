"""The process engine on tiny scripts: its bounds, its ends, and that nothing is left behind.

The environment is a stand-in: a folder whose interpreter is this one, so nothing is installed. The
script takes the place of the driver in `pis`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.plan import BuildPlan, ImageFacts, OperatingSystemFacts, PythonFacts, RunPlan
from amun_core.settings import Settings
from amun_core.specification import File, Limits
from amun_core.states import AttributedTo, FailureReason, attributed_to
from inspector.engines import process_table
from inspector.engines.base import Environment, RunExit, RunFolder, RunLabels, StoppedError
from inspector.engines.process import ProcessEngine, run_mark
from inspector.environments import EnvironmentStore
from inspector.interpreters import own_interpreter

KEY = "amun-environment-1:" + "e" * 64
MIB = 1024**2


def never() -> bool:
    return False


def build_plan(**changes: Any) -> BuildPlan:
    python = PythonFacts(
        executable=str(own_interpreter()),
        version="3.11.7",
        implementation="cpython",
        platform="linux-x86_64",
        markers={},
    )
    base = ImageFacts(
        reference=None, digest="host", operating_system=OperatingSystemFacts(), python=python
    )
    plan = BuildPlan(
        engine="process",
        engine_why="test",
        mode="host_environment",
        environment_key=KEY,
        base=base,
        stack_digest="",
        lock_digest="",
        requirements=(),
    )
    return plan.model_copy(update=changes)


def run_plan(*, memory_bytes: int | None = None, **limits: int) -> RunPlan:
    return RunPlan(
        runs=1,
        threads=1,
        cpu_set=(0,),
        memory_bytes=memory_bytes,
        limits=Limits(**{"run_seconds": 60, **limits}),
        seed=0,
        environment=(("OMP_NUM_THREADS", "1"),),
    )


@dataclass
class Workbench:
    """An engine over a stand-in environment; `run` runs a script in place of the driver."""

    engine: ProcessEngine
    environment: Environment
    folder: RunFolder
    labels: RunLabels
    pis: Path

    def run(
        self,
        script: str,
        plan: RunPlan | None = None,
        should_stop: Callable[[], bool] = never,
        build: BuildPlan | None = None,
    ) -> RunExit:
        (self.pis / "__main__.py").write_text(textwrap.dedent(script))
        return self.engine.run(
            plan or run_plan(),
            build or build_plan(),
            self.environment,
            self.folder,
            self.labels,
            should_stop,
        )

    @property
    def marked(self) -> list[int]:
        mark = run_mark(self.labels)
        return [one.pid for one in process_table.marked(process_table.RUN_MARK, mark)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    store = EnvironmentStore(tmp_path / "environments", maximum_bytes=0)

    def build(environment: Path) -> None:
        (environment / "bin").mkdir(parents=True)
        (environment / "bin" / "python").symlink_to(own_interpreter())

    store.create(KEY, build, installed=lambda _: [])
    pis = tmp_path / "pis"
    pis.mkdir()
    folder = RunFolder(tmp_path / "run")
    folder.request.parent.mkdir(parents=True)
    folder.result.parent.mkdir()
    folder.request.write_text("{}")
    # the identity of this test's own process keeps tests that run beside it apart
    labels = RunLabels(f"installation{os.getpid()}", "inspection-demo-0a1b2c3d", 3, 5)
    engine = ProcessEngine(Settings(home=tmp_path), store, labels.installation_id, pis)
    environment = engine.find(build_plan())
    assert environment is not None
    bench = Workbench(engine, environment, folder, labels, pis)
    yield bench
    assert bench.marked == []


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


def test_plain_run(bench: Workbench) -> None:
    ended = bench.run(
        """
        import json, sys
        print("to stdout")
        print("to stderr", file=sys.stderr)
        json.dump({"argv": sys.argv[1:]}, open(sys.argv[3], "w"))
        """
    )
    assert (ended.exit_code, ended.signal) == (0, None)
    assert not (ended.oom_killed)
    assert not (ended.timed_out)
    assert not (ended.output_overflow)
    assert 0 < ended.wall_seconds < 30
    assert bench.folder.stdout.read_text() == "to stdout\n"
    assert bench.folder.stderr.read_text() == "to stderr\n"
    assert json.loads(bench.folder.result.read_text()) == {
        "argv": ["run", str(bench.folder.request), str(bench.folder.result)]
    }


def test_environment_is_the_runs_own(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMUN_DATABASE_URL", "postgresql://joe:secret@db/amun")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    bench.run(
        """
        import json, os
        print(json.dumps({"variables": dict(os.environ), "here": os.getcwd(),
                          "listing": os.listdir("."), "home": os.listdir(os.environ["HOME"]),
                          "session": os.getsid(0) == os.getpid(),
                          "cpus": sorted(os.sched_getaffinity(0))}))
        """
    )
    seen = json.loads(bench.folder.stdout.read_text())
    variables = seen["variables"]
    variables.pop("LC_CTYPE", None)  # set by the interpreter itself
    root = bench.folder.root
    assert variables == {
        "AMUN_RUN": run_mark(bench.labels),
        "HOME": str(root / "home"),
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{bench.environment.location}/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "TMPDIR": str(root / "tmp"),
        "VIRTUAL_ENV": bench.environment.location,
    }
    assert seen["here"] == str(root / "work")
    assert (seen["listing"], seen["home"]) == ([], [])
    assert seen["session"] is True
    assert seen["cpus"] == [0]


def test_files_of_the_specification_are_in_the_working_folder(bench: Workbench) -> None:
    build = build_plan(files=(File(path="data/input.txt", content="seven"),))
    bench.run("print(open('data/input.txt').read())", build=build)
    assert bench.folder.stdout.read_text() == "seven\n"


@pytest.mark.parametrize("code", [1, 3, 77])
def test_exit_code(bench: Workbench, code: int) -> None:
    ended = bench.run(f"raise SystemExit({code})")
    assert (ended.exit_code, ended.signal) == (code, None)


def test_signal(bench: Workbench) -> None:
    ended = bench.run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert (ended.exit_code, ended.signal) == (None, 11)
    assert not ended.oom_killed


def test_time_limit_ends_the_whole_group(bench: Workbench) -> None:
    ended = bench.run(
        """
        import subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        time.sleep(600)
        """,
        run_plan(run_seconds=1),
    )
    assert ended.timed_out
    assert (ended.exit_code, ended.signal) == (None, 9)
    assert 1 <= ended.wall_seconds < 5
    assert "longer than 1 s" in bench.folder.stderr.read_text()
    assert bench.marked == []


def test_output_is_cut_at_its_limit(bench: Workbench) -> None:
    started = time.monotonic()
    ended = bench.run(
        """
        import sys
        for _ in range(100):
            sys.stdout.write("x" * 1048576)
        """,
        run_plan(output_bytes=MIB),
    )
    assert ended.output_overflow
    assert ended.signal == 9
    assert bench.folder.stdout.stat().st_size == MIB + 1
    assert time.monotonic() - started < 20


def test_output_just_at_its_limit_is_whole(bench: Workbench) -> None:
    ended = bench.run("import sys; sys.stdout.write('x' * 65536)", run_plan(output_bytes=65536))
    assert (ended.exit_code, ended.output_overflow) == (0, False)
    assert bench.folder.stdout.stat().st_size == 65536


def test_overflow_of_a_run_that_ends_at_once_is_seen(bench: Workbench) -> None:
    ended = bench.run("import os; os.write(2, b'x' * 2000)", run_plan(output_bytes=1024))
    assert ended.output_overflow
    assert bench.folder.stderr.read_bytes().startswith(b"x" * 1025)
    assert b"x" * 1026 not in bench.folder.stderr.read_bytes()


def test_memory_limit(bench: Workbench) -> None:
    ended = bench.run(
        """
        import time
        kept = []
        while True:
            kept.append(bytearray(b"x") * (8 << 20))
            time.sleep(0.005)
        """,
        run_plan(memory_bytes=200 * MIB),
    )
    assert ended.oom_killed
    assert (ended.exit_code, ended.signal, ended.timed_out) == (None, 9, False)
    assert ended.peak_rss_bytes is not None
    assert 200 * MIB < ended.peak_rss_bytes < 1200 * MIB


def test_memory_of_children_counts(bench: Workbench) -> None:
    ended = bench.run(
        """
        import subprocess, sys
        code = "import time; kept = bytearray(b'x') * (80 << 20); time.sleep(600)"
        children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
        children[0].wait()
        """,
        run_plan(memory_bytes=200 * MIB),
    )
    assert ended.oom_killed


def test_peak_memory_is_the_runs_own(bench: Workbench) -> None:
    ended = bench.run("kept = bytearray(b'x') * (300 << 20)\nimport time; time.sleep(0.2)")
    assert ended.peak_rss_bytes is not None
    assert 300 * MIB < ended.peak_rss_bytes < 400 * MIB


def test_processes_that_multiply_are_bounded(bench: Workbench) -> None:
    ended = bench.run(
        """
        import os, time
        for _ in range(400):
            if os.fork() == 0:
                os.setsid()  # out of the group that a plain kill would reach
                time.sleep(600)
        time.sleep(600)
        """,
        run_plan(pids=32),
    )
    assert ended.signal == 9
    assert not (ended.oom_killed)
    assert not (ended.timed_out)
    assert "more than 32 processes and threads" in bench.folder.stderr.read_text()
    assert bench.marked == []


def test_descendants_that_left_the_session_are_ended_too(bench: Workbench) -> None:
    ended = bench.run(
        """
        import os, time
        read, write = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(write, b"1")
                time.sleep(600)
            os._exit(0)
        os.read(read, 1)
        """
    )
    assert ended.exit_code == 0
    assert bench.marked == []


def test_stop_is_noticed_soon(bench: Workbench) -> None:
    begun = threading.Event()

    def should_stop() -> bool:
        if bench.marked and not begun.is_set():
            begun.set()
            return False
        return begun.is_set()

    started = time.monotonic()
    with pytest.raises(StoppedError):
        bench.run("import time; time.sleep(600)", should_stop=should_stop)
    assert time.monotonic() - started < 5
    assert bench.marked == []


def test_end_is_noticed_without_waiting_for_a_look(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.engines.process_run.LOOK_MILLISECONDS", 20_000)
    ended = bench.run("print('done')")
    assert ended.wall_seconds < 10
    assert bench.folder.stdout.read_text() == "done\n"


def test_watching_at_high_rank_is_not_inherited(bench: Workbench) -> None:
    bench.run("import os; print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))")
    assert bench.folder.stdout.read_text().split() == [
        str(os.SCHED_OTHER),
        str(os.getpriority(os.PRIO_PROCESS, 0)),
    ]
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_missing_interpreter_is_the_engines_fault(bench: Workbench) -> None:
    python = Path(bench.environment.location) / "bin" / "python"
    python.parent.chmod(0o755)
    python.unlink()
    with pytest.raises(EngineError, match="cannot be started: No such file"):
        bench.run("pass")


class TestLeftovers:
    def start(self, bench: Workbench, labels: RunLabels) -> subprocess.Popen[bytes]:
        """A run whose worker died: a process with a mark that nobody waits for."""
        return subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"],
            env={"AMUN_RUN": run_mark(labels)},
            start_new_session=True,
        )

    def test_only_what_is_ours_and_dead_is_ended(self, bench: Workbench) -> None:
        ours = bench.labels
        runs = {
            "dead": self.start(bench, ours),
            "alive": self.start(bench, replace(ours, fence=4)),
            "foreign": self.start(bench, replace(ours, installation_id="another")),
        }
        try:
            wait_for(lambda: len(bench.marked) == 1, "the run shows its mark")
            removed = bench.engine.remove_leftovers(ours.installation_id, {(ours.inspection_id, 4)})
            assert removed == ["1 processes of inspection-demo-0a1b2c3d run 5 fence 3"]
            assert runs["dead"].wait(10) == -9
            assert runs["alive"].poll() is None
            assert runs["foreign"].poll() is None
        finally:
            for run in runs.values():
                run.kill()
                run.wait()
        assert bench.engine.remove_leftovers(ours.installation_id, ()) == []

    def test_builds_of_dead_builders_are_ended(self, bench: Workbench) -> None:
        with subprocess.Popen(["/bin/true"]) as gone:
            pass
        own = process_table.start_time(os.getpid())
        marks = {
            "dead": f"{bench.labels.installation_id}:{gone.pid}:1",
            "reused": f"{bench.labels.installation_id}:{os.getpid()}:1",
            "living": f"{bench.labels.installation_id}:{os.getpid()}:{own}",
        }
        builds = {
            name: subprocess.Popen(["/bin/sleep", "600"], env={"AMUN_BUILD": mark})
            for name, mark in marks.items()
        }
        try:
            for name, mark in marks.items():
                wait_for(
                    lambda mark=mark: any(process_table.marked("AMUN_BUILD", mark)),
                    f"the {name} build shows its mark",
                )
            removed = bench.engine.remove_leftovers(bench.labels.installation_id, ())
            assert len(removed) == 2
            assert builds["dead"].wait(10) == -9
            assert builds["reused"].wait(10) == -9
            assert builds["living"].poll() is None
        finally:
            for build in builds.values():
                build.kill()
                build.wait()


class TestPlans:
    def test_foreign_base_is_refused_as_the_requests_doing(self, bench: Workbench) -> None:
        with pytest.raises(AttemptFailedError, match="needs the container engine") as caught:
            bench.engine.image_facts("debian:12", None)
        assert caught.value.reason is FailureReason.BASE_IMAGE_UNSUITABLE
        assert caught.value.attributed_to is AttributedTo.REQUEST

    def test_this_host_describes_itself(self, bench: Workbench) -> None:
        facts = bench.engine.image_facts(None, None)
        assert facts.reference is None
        assert facts.digest.startswith("amun-host-1:")
        assert facts.python.markers["sys_platform"] == "linux"
        assert facts.python.executable == str(own_interpreter())

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"native_packages": ("gcc",)}, r"packages \(native\)"),
            ({"update": True}, "update"),
            ({"tool_packages": ("tool==1",)}, "python_packages"),
            ({"files": (File(path="/etc/motd", content=""),)}, "files outside"),
            ({"files": (File(path="../../x", content=""),)}, "files outside"),
        ],
    )
    def test_what_changes_a_host_is_refused(
        self, bench: Workbench, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(AttemptFailedError, match=message) as caught:
            bench.engine.prepare(build_plan(**changes), lambda _, __: None, never)
        assert caught.value.attributed_to is AttributedTo.REQUEST

    def test_other_modes_are_not_ours(self, bench: Workbench) -> None:
        with pytest.raises(EngineError, match="mode image"):
            bench.engine.prepare(build_plan(mode="image"), lambda _, __: None, never)

    def test_ready_environment_is_reused(self, bench: Workbench) -> None:
        assert bench.engine.prepare(build_plan(), lambda _, __: None, never) == bench.environment
        assert bench.environment.reused
        assert bench.engine.verify(build_plan(), bench.environment) == ()

    def test_discarded_environment_is_a_difference(self, bench: Workbench) -> None:
        bench.engine.discard(build_plan(), bench.environment)
        assert bench.engine.find(build_plan()) is None
        assert bench.engine.verify(build_plan(), bench.environment) == (
            "the environment is no longer in the store",
        )

    def test_probe_finds_uv_and_python(self, bench: Workbench) -> None:
        probe = bench.engine.probe()
        assert (probe.usable, probe.why) == (True, "")
        assert probe.version.startswith("uv ")


class TestDisk:
    """What a run writes is bounded, and a full disk has a name."""

    def test_more_files_than_a_run_may_write_end_it(
        self, bench: Workbench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("inspector.engines.process_run.FOLDER_SECONDS", 0.05)
        monkeypatch.setattr("inspector.engines.process_run.FOLDER_ENTRIES", 200)
        ended = bench.run(
            """
            import itertools, time
            for number in itertools.count():
                open(f"f{number}", "w").close()
                time.sleep(0.001)
            """
        )
        assert ended.wrote_too_much
        assert not ended.timed_out
        assert "files written" in bench.folder.stderr.read_text()
        assert bench.marked == []

    def test_more_bytes_than_a_run_may_write_are_found_at_its_end(
        self, bench: Workbench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("inspector.engines.process_run.FOLDER_BYTES", 3 * MIB)
        script = "import os\nfor n in range({}):\n    open(str(n), 'wb').write(bytes(2**20))\n"
        assert not bench.run(script.format(2)).wrote_too_much
        assert bench.run(script.format(4)).wrote_too_much

    def test_one_file_has_a_bound_too(
        self, bench: Workbench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("inspector.engines.process_run.LARGEST_FILE_BYTES", MIB)
        ended = bench.run("import time\ntime.sleep(0.3)\nopen('big', 'wb').write(bytes(2**21))\n")
        assert ended.exit_code == 1
        assert "File too large" in bench.folder.stderr.read_text()

    @pytest.mark.parametrize("name", ["stdout", "stderr"])
    def test_a_full_disk_ends_the_run_and_not_the_measurer(
        self, bench: Workbench, name: str
    ) -> None:
        getattr(bench.folder, name).symlink_to("/dev/full")
        ended = bench.run(
            f"import sys, time\nprint('x', file=sys.{name}, flush=True)\ntime.sleep(60)\n"
        )
        assert ended.disk_full
        assert not ended.timed_out
        assert bench.marked == []

    def test_a_full_disk_is_seen_in_what_is_printed_last(self, bench: Workbench) -> None:
        bench.folder.stdout.symlink_to("/dev/full")
        assert bench.run("print('x')").disk_full

    @pytest.mark.parametrize("paths", [("a", "a/b"), (".",), ("x" * 300,)])
    def test_files_that_cannot_be_placed_are_the_requests_fault(
        self, bench: Workbench, paths: tuple[str, ...]
    ) -> None:
        build = build_plan(files=tuple(File(path=path, content="") for path in paths))
        with pytest.raises(AttemptFailedError) as caught:
            bench.run("print('never')", build=build)
        assert caught.value.reason is FailureReason.FILE_NOT_PLACED
        assert attributed_to(caught.value.reason) is AttributedTo.REQUEST
