"""An engine without processes: environments and runs happen in memory and in the run folder.

It passes the same contract tests as the real engines. What a run does is a function that a test
may give; by default it completes and writes a result as the driver in `pis` would.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.identity import digest
from amun_core.plan import (
    BuildPlan,
    ImageFacts,
    OperatingSystemFacts,
    PythonFacts,
    RunPlan,
)
from amun_core.states import FailureReason
from inspector.engines.base import (
    Engine,
    EngineProbe,
    Environment,
    InstalledPackage,
    LogSink,
    RunExit,
    RunFolder,
    RunLabels,
    ShouldStop,
    StoppedError,
)

#: A marker environment as PEP 508 has it.
MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}
#: Pause between two looks at `should_stop`, s.
POLL_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class FakeRun:
    """What a run's function gets: the request as the engine was given it, and where to write."""

    request: Mapping[str, Any]
    plan: RunPlan
    folder: RunFolder
    labels: RunLabels
    should_stop: ShouldStop

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until `done`; StoppedError as soon as the run is told to stop."""
        while not done():
            if self.should_stop():
                raise StoppedError
            time.sleep(POLL_SECONDS)


def exited(code: int | None = 0, **changes: Any) -> RunExit:
    """A run's end; what is not given is that of a run which completed."""
    facts: dict[str, Any] = {
        "exit_code": code,
        "signal": None,
        "oom_killed": False,
        "timed_out": False,
        "output_overflow": False,
        "wall_seconds": 0.05,
        "peak_rss_bytes": 20 * 1024**2,
    }
    return RunExit(**{**facts, **changes})


def completed_result(request: Mapping[str, Any]) -> dict[str, Any]:
    """A result document as the driver writes it for a completed run."""
    now = time.time()
    indicator = request.get("indicator") or {"name": "script", "framework": "", "parameters": {}}
    values = [0.004, 0.0021, 0.002, 0.0019, 0.002]
    return {
        "schema": "amun.run/1",
        "outcome": "completed",
        "name": "PiMatmul",
        "component": indicator["framework"],
        "@parameters": {"matrix_size": 64, **indicator["parameters"]},
        "@result": {"rate": 2 * 64**3 / 0.002 / 1e9, "elapsed": 2.0},
        "samples": {
            "unit": "s",
            "values": values,
            "warmups": 1,
            "steady_state": "flat",
            "first_sample_at": now,
            "loops": 1,
        },
        "work": {"flops_per_iteration": float(2 * 64**3 - 64**2), "formula": "2 n^3 - n^2"},
        "check": {"maximum_error": 1e-7, "tolerance": 1e-4, "passed": True},
        "threads": {
            "requested": request["threads"],
            "affinity": request["cpu_set"],
            "pools": [],
            "environment": {},
        },
        "runtime": {
            "python_version": MARKERS["python_full_version"],
            "python_implementation": "cpython",
            "component_version": "1.0",
            "import_seconds": 0.1,
            "hash_seed": "random",
            "timer": "perf_counter",
            "timer_resolution": 1e-9,
        },
        "usage": {"ru_utime": 0.1, "ru_stime": 0.01, "ru_maxrss": 20480},
        "peak_rss_bytes": 20 * 1024**2,
        "before": {"load_average": [0.1, 0.1, 0.1]},
        "after": {"load_average": [0.1, 0.1, 0.1]},
        "started_at": now - 0.04,
        "ended_at": now + 0.01,
        "os_release": {"id": "fake", "version_id": "1", "name": "Fake Linux"},
    }


def complete(run: FakeRun) -> RunExit:
    """The default behaviour: a run that completes."""
    result = completed_result(run.request)
    run.folder.result.write_text(json.dumps(result), encoding="utf-8")
    published = {key: result[key] for key in ("name", "component", "@parameters", "@result")}
    run.folder.stdout.write_text(json.dumps(published) + "\n", encoding="utf-8")
    run.folder.stderr.write_text("", encoding="utf-8")
    return exited()


@dataclass
class FakeEngine(Engine):
    """An engine that a test steers: its fields say what happens, its lists say what happened."""

    name: str = "process"
    usable: bool = True
    why: str = ""
    #: base image name -> digest, for the images that exist here
    images: dict[str, str] = field(default_factory=dict)
    behaviour: Callable[[FakeRun], RunExit] = complete
    #: raised by the next `prepare`
    failure: Exception | None = None
    #: while clear, `prepare` waits (and hears of a wish to stop)
    may_prepare: threading.Event = field(default_factory=threading.Event)
    #: installed beside the locked packages, or in place of their versions
    installed_instead: dict[str, str] = field(default_factory=dict)
    #: key -> differences that `verify` will name
    tampered: dict[str, tuple[str, ...]] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    prepared: list[str] = field(default_factory=list)
    started: list[RunLabels] = field(default_factory=list)
    running: dict[tuple[str, str, int], RunLabels] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.may_prepare.set()

    def probe(self) -> EngineProbe:
        return EngineProbe(self.name, self.usable, version="fake 1", why=self.why)

    def image_facts(
        self,
        base: str | None,
        python_version: str | None,  # noqa: ARG002 (there is one Python here)
    ) -> ImageFacts:
        if base is not None and base not in self.images:
            raise AttemptFailedError(
                FailureReason.BASE_IMAGE_NOT_FOUND, f"{base}: no such image on this host"
            )
        return ImageFacts(
            reference=base,
            digest=self.images[base] if base is not None else "amun-host-1:" + "0" * 64,
            operating_system=OperatingSystemFacts(id="fake", version_id="1", name="Fake Linux"),
            python=PythonFacts(
                executable="/usr/bin/python3",
                version=MARKERS["python_full_version"],
                implementation="cpython",
                platform="linux-x86_64",
                markers=MARKERS,
            ),
            architecture="x86_64",
        )

    def find(self, plan: BuildPlan) -> Environment | None:
        return self.environments.get(plan.environment_key)

    def prepare(self, plan: BuildPlan, log: LogSink, should_stop: ShouldStop) -> Environment:
        while not self.may_prepare.wait(POLL_SECONDS):
            if should_stop():
                raise StoppedError
        if should_stop():
            raise StoppedError
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        if plan.environment_key in self.environments:
            return self.environments[plan.environment_key]
        locked = {one.name: one.version for one in plan.requirements}
        there = {**locked, **self.installed_instead}
        made = Environment(
            key=plan.environment_key,
            location=f"memory/{plan.environment_key}",
            digest=digest("manifest", sorted(there.items())),
            installed=tuple(InstalledPackage(*pair) for pair in sorted(there.items())),
            reused=False,
            build_seconds=0.25,
        )
        log("install", f"{len(there)} packages")
        self.prepared.append(plan.environment_key)
        self.environments[plan.environment_key] = replace(made, reused=True)
        return made

    def verify(
        self,
        plan: BuildPlan,
        environment: Environment,  # noqa: ARG002 (found by its key)
    ) -> tuple[str, ...]:
        if plan.environment_key not in self.environments:
            return ("the environment is gone",)
        return self.tampered.get(plan.environment_key, ())

    def discard(
        self,
        plan: BuildPlan,
        environment: Environment,  # noqa: ARG002 (found by its key)
    ) -> None:
        self.environments.pop(plan.environment_key, None)
        self.tampered.pop(plan.environment_key, None)

    def run(
        self,
        plan: RunPlan,
        build: BuildPlan,
        environment: Environment,  # noqa: ARG002 (found by its key)
        folder: RunFolder,
        labels: RunLabels,
        should_stop: ShouldStop,
    ) -> RunExit:
        if build.environment_key not in self.environments:
            raise EngineError(f"no environment {build.environment_key}")
        if should_stop():
            raise StoppedError
        request = json.loads(folder.request.read_text(encoding="utf-8"))
        key = (labels.installation_id, labels.inspection_id, labels.fence)
        self.started.append(labels)
        self.running[key] = labels
        try:
            return self.behaviour(FakeRun(request, plan, folder, labels, should_stop))
        finally:
            self.running.pop(key, None)

    def leave_running(self, labels: RunLabels) -> None:
        """Pretend that a worker died in mid-run and left this run behind."""
        self.running[labels.installation_id, labels.inspection_id, labels.fence] = labels

    def remove_leftovers(
        self, installation_id: str, alive: Collection[tuple[str, int]]
    ) -> list[str]:
        removed = []
        for key, labels in list(self.running.items()):
            own = labels.installation_id == installation_id
            if own and (labels.inspection_id, labels.fence) not in alive:
                del self.running[key]
                removed.append(f"run {labels.run_index} of {labels.inspection_id}")
        return removed
