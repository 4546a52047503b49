"""What every engine promises, as tests: a subclass gives the engine and how its runs behave.

The runs are scripts on an empty stack, so that no package index is needed.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from amun_core.index_map import IndexMap
from amun_core.plan import HostFacts, Plan
from amun_core.planning import make_plan
from amun_core.specification import EngineChoice, Limits, Specification
from inspector.engines.base import (
    Engine,
    Environment,
    RunExit,
    RunFolder,
    RunLabels,
    StoppedError,
)
from inspector.run import request_of
from inspector.run_folder import fresh_folder, write_request

INSTALLATION = hashlib.sha256(b"engine contract").hexdigest()[:32]
OUTPUT_BYTES = 4096
ANSWER = {"@parameters": {"n": 1}, "@result": {"rate": 1.5, "elapsed": 2.0}}

#: What a run does -> the script that does it.
SCRIPTS = {
    "answers": f"print('''{json.dumps(ANSWER)}''')\n",
    "sleeps": "import time\nprint('asleep', flush=True)\ntime.sleep(600)\n",
    "chatters": "while True:\n    print('x' * 100)\n",
    "fails": "raise SystemExit(7)\n",
}


@dataclass
class Case:
    """One engine at work on one plan."""

    engine: Engine
    plan: Plan
    home: Path
    labels: RunLabels

    def prepare(self) -> Environment:
        return self.engine.prepare(self.plan.build, lambda _section, _text: None, lambda: False)

    def run(
        self,
        should_stop: Callable[[], bool] = lambda: False,
        look: Callable[[RunFolder], None] = lambda _folder: None,
    ) -> RunExit:
        environment = self.prepare()
        with fresh_folder(self.home, self.labels) as folder:
            request = request_of(self.plan, environment, self.labels, folder)
            write_request(folder, request, self.plan.run.script)
            ended = self.engine.run(
                self.plan.run, self.plan.build, environment, folder, self.labels, should_stop
            )
            look(folder)
        return ended

    def nothing_left(self) -> bool:
        return self.engine.remove_leftovers(INSTALLATION, frozenset()) == []


class EngineContract(ABC):
    """The tests. `engine` makes an engine in a home, `behave` tells it what runs will do."""

    @abstractmethod
    def engine(self, home: Path) -> Engine:
        """A new engine with an empty cache."""

    def behave(self, engine: Engine, behaviour: str) -> None:  # noqa: B027 (real engines need none)
        """For engines that run no real script."""

    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[..., Case]:
        def make(behaviour: str = "answers", *, run_seconds: int = 60) -> Case:
            engine = self.engine(tmp_path)
            self.behave(engine, behaviour)
            specification = Specification(
                script=SCRIPTS[behaviour],
                runs=1,
                engine=EngineChoice(engine.name),
                limits=Limits(run_seconds=run_seconds, output_bytes=OUTPUT_BYTES),
            )
            facts = engine.image_facts(None, None)
            host = HostFacts(
                host_id=facts.digest, hostname="here", cpu_count=1, cpu_set=(0,),
                memory_bytes=2**33,
            )  # fmt: skip
            plan = make_plan(
                specification, None, facts, host,
                engine=specification.engine.value,  # type: ignore[arg-type]
                engine_why="a test", index_map=IndexMap.parse(""),
                script_text=specification.script, indicator_version=None,
            )  # fmt: skip
            labels = RunLabels(INSTALLATION, "inspection-contract-0a1b2c3d", 1, 0)
            return Case(engine, plan, tmp_path, labels)

        return make

    def test_a_trial_run_says_that_the_engine_works(self, make):
        engine = make().engine
        probe = engine.probe()
        assert (probe.name, probe.usable, probe.why) == (engine.name, True, "")
        assert probe.version

    def test_the_facts_of_this_host_are_fit_for_planning(self, make):
        facts = make().engine.image_facts(None, None)
        assert facts.reference is None
        assert facts.python.markers["python_version"] == ".".join(
            facts.python.version.split(".")[:2]
        )
        assert facts == make().engine.image_facts(None, None)

    def test_an_environment_is_made_once_and_found_again(self, make):
        case = make()
        assert case.engine.find(case.plan.build) is None
        made = case.prepare()
        assert (made.key, made.reused) == (case.plan.build.environment_key, False)
        found = case.engine.find(case.plan.build)
        assert found is not None
        assert (found.key, found.digest, found.reused) == (made.key, made.digest, True)
        assert found.installed == made.installed
        again = case.prepare()
        assert (again.digest, again.reused) == (made.digest, True)

    def test_an_untouched_environment_is_verified_and_a_discarded_one_is_gone(self, make):
        case = make()
        environment = case.prepare()
        assert case.engine.verify(case.plan.build, environment) == ()
        case.engine.discard(case.plan.build, environment)
        assert case.engine.find(case.plan.build) is None
        assert case.engine.verify(case.plan.build, environment) != ()
        assert case.prepare().reused is False

    def test_a_preparation_that_is_told_to_stop_leaves_no_environment(self, make):
        case = make()
        with pytest.raises(StoppedError):
            case.engine.prepare(case.plan.build, lambda _section, _text: None, lambda: True)
        assert case.engine.find(case.plan.build) is None

    def test_a_run_writes_its_result_and_its_output(self, make):
        seen = []

        def look(folder: RunFolder) -> None:
            seen.append((json.loads(folder.result.read_text()), folder.stdout.read_text()))

        case = make()
        ended = case.run(look=look)
        assert (ended.exit_code, ended.signal) == (0, None)
        assert (ended.oom_killed, ended.timed_out, ended.output_overflow) == (False,) * 3
        assert ended.wall_seconds > 0
        ((result, stdout),) = seen
        assert (result["schema"], result["outcome"]) == ("amun.run/1", "completed")
        assert result["@result"] == ANSWER["@result"]
        assert json.loads(stdout)["@result"] == ANSWER["@result"]
        assert case.nothing_left()

    def test_a_run_that_fails_says_why(self, make):
        reasons = []
        case = make("fails")
        ended = case.run(
            look=lambda folder: reasons.append(json.loads(folder.result.read_text())["failure"])
        )
        assert ended.exit_code == 3
        assert [reason["reason"] for reason in reasons] == ["script_failed"]

    def test_a_run_that_is_told_to_stop_leaves_nothing(self, make):
        case = make("sleeps")
        case.prepare()
        stop = threading.Timer(0.5, lambda: None)
        stop.start()
        with pytest.raises(StoppedError):
            case.run(should_stop=lambda: not stop.is_alive())
        assert case.nothing_left()

    def test_a_run_is_ended_at_its_time_limit(self, make):
        case = make("sleeps", run_seconds=1)
        case.prepare()
        started = time.monotonic()
        ended = case.run()
        assert ended.timed_out
        assert time.monotonic() - started < 20
        assert case.nothing_left()

    def test_a_run_that_prints_without_end_is_cut(self, make):
        sizes = []
        ended = make("chatters").run(look=lambda folder: sizes.append(folder.stdout.stat().st_size))
        assert ended.output_overflow
        assert sizes == [OUTPUT_BYTES + 1]

    def test_without_leftovers_nothing_is_removed(self, make):
        assert make().nothing_left()
