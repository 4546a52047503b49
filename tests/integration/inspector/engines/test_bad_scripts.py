"""What a script may do wrong ends as its own failure, on both engines, with its last lines kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from amun_core.index_map import IndexMap
from amun_core.plan import HostFacts
from amun_core.planning import make_plan
from amun_core.specification import (
    EngineChoice,
    Limits,
    ResourceRequests,
    Specification,
    StageRequest,
)
from amun_core.states import FailureReason
from inspector.collect import RunContext, collect
from inspector.engines.base import Engine, RunLabels
from inspector.engines.container import ContainerEngine
from inspector.engines.process import ProcessEngine
from inspector.run import request_of
from inspector.run_folder import fresh_folder, write_request
from knowledge_graph.records import RunRecord
from tests.integration.inspector.engines.test_contract import make
from tests.support.engine_contract import INSTALLATION
from tests.support.hostile_leftovers import END_DRIVER, FIND, LEFTOVERS

ANSWER = 'print(\'{"@parameters": {}, "@result": {"elapsed": 2.0}}\', flush=True)\n'


@dataclass(frozen=True)
class Bad:
    """A script, how it must end, and what must be found in the message and the last lines."""

    script: str
    reason: FailureReason
    message: str
    last_lines: str
    limits: dict[str, int] = field(default_factory=dict)
    memory: str | None = None


CASES = {
    "no JSON where a result was meant": Bad(
        "print('hello')\nprint({'@result': {'rate': 'no document here'}})\n",
        FailureReason.SCRIPT_OUTPUT_INVALID,
        "looks like a result and is not a JSON object",
        "no document here",
    ),
    "rate of 401 digits": Bad(
        'print(\'{"@result": {"rate": 1\' + "0" * 400 + "}}")\n',
        FailureReason.SCRIPT_OUTPUT_INVALID,
        "@result.rate is a whole number of more than 20 digits",
        "0000",
    ),
    "nested 200,000 deep": Bad(
        'print(\'{"@result": \' + "[" * 200_000 + "]" * 200_000 + "}")\n',
        FailureReason.SCRIPT_OUTPUT_INVALID,
        "nested too deep",
        "]]]",
    ),
    "a file larger than a run may write": Bad(
        "print('writing', flush=True)\nwith open('big', 'wb') as f:\n"
        "    for _ in range(300):\n        f.write(bytes(2**20))\n",
        FailureReason.SCRIPT_FAILED,
        "exit code 1",
        "File too large",
    ),
    "NaN": Bad(
        'print(\'nearly\')\nprint(\'{"@parameters": {}, "@result": {"rate": NaN}}\')\n',
        FailureReason.SCRIPT_OUTPUT_INVALID,
        "@result.rate is NaN",
        "nearly",
    ),
    "100 MB": Bad(
        "for number in range(100):\n    print(number, 'x' * 2**20)\n" + ANSWER,
        FailureReason.OUTPUT_TOO_LARGE,
        "more than 1048576 bytes",
        "xxxx",
    ),
    "hangs": Bad(
        "import time\nprint('asleep', flush=True)\ntime.sleep(600)\n",
        FailureReason.RUN_TIMEOUT,
        "longer than 2 s",
        "asleep",
        limits={"run_seconds": 2},
    ),
    "exits non-zero": Bad(
        "import sys\nprint('at work')\nsys.exit('cannot open the data')\n",
        FailureReason.SCRIPT_FAILED,
        "exit code 1",
        "at work\ncannot open the data",
    ),
    "is killed": Bad(
        "import os\nprint('at work', flush=True)\nos.kill(os.getpid(), 11)\n",
        FailureReason.SCRIPT_FAILED,
        "signal 11",
        "at work",
    ),
    "takes too much memory": Bad(
        "print('filling', flush=True)\nkept = []\n"
        "while True:\n    kept.append(bytearray(b'x') * 2**24)\n",
        FailureReason.OUT_OF_MEMORY,
        "memory limit of 268435456 bytes",
        "filling",
        memory="256Mi",
    ),
    "too little memory to start": Bad(
        "print('never')\n", FailureReason.OUT_OF_MEMORY, "6291456 bytes", "", memory="6Mi"
    ),
    "fork bomb": Bad(
        "import os, time\nprint('forking', flush=True)\n"
        "for _ in range(5000):\n    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)\n",
        FailureReason.TOO_MANY_PROCESSES,
        "more than its 40 processes and threads",
        "forking",
        limits={"pids": 40},
    ),
}


class BadScripts:
    """The tests; a subclass says which engine."""

    kind: type[ProcessEngine | ContainerEngine]

    @pytest.fixture
    def run(self, tmp_path: Path) -> Callable[..., tuple[RunRecord, Engine]]:
        def run(script: str, limits: dict[str, int], memory: str | None) -> Any:
            engine = make(self.kind, tmp_path)
            facts = engine.image_facts(None, None)
            requests = StageRequest(requests=ResourceRequests(memory=memory))
            specification = Specification(
                script=script,
                runs=1,
                engine=EngineChoice(engine.name),
                limits=Limits(**{"run_seconds": 60, **limits}),
                run=requests,
            )
            host = HostFacts(
                host_id=facts.digest, hostname="here", cpu_count=1, memory_bytes=2**33,
                cpu_set=(min(os.sched_getaffinity(0)),),
            )  # fmt: skip
            plan = make_plan(
                specification, None, facts, host,
                engine=engine.name,  # type: ignore[arg-type]
                engine_why="a test", index_map=IndexMap.parse(""), script_text=script,
                indicator_version=None,
            )  # fmt: skip
            labels = RunLabels(INSTALLATION, "inspection-bad-0a1b2c3d", 1, 0)
            made = engine.prepare(plan.build, lambda _section, _text: None, lambda: False)
            now = datetime.now(UTC)
            with fresh_folder(tmp_path, labels) as folder:
                write_request(folder, request_of(plan, made, labels, folder), script)
                ended = engine.run(plan.run, plan.build, made, folder, labels, lambda: False)
                context = RunContext(0, plan, now, now, host, {})
                return collect(folder, ended, context), engine

        return run

    @pytest.mark.parametrize("name", CASES)
    def test_it_ends_as_its_own_failure(self, run, name):
        case = CASES[name]
        record, engine = run(case.script, case.limits, case.memory)
        assert record.failure is not None
        assert (record.failure.reason, record.accepted) == (case.reason, False)
        assert record.failure.attributed_to == "request"
        assert case.message in record.failure.message
        assert case.last_lines in record.failure.last_lines
        assert len(record.stdout) <= 1024 * 1024
        assert engine.remove_leftovers(INSTALLATION, frozenset()) == []

    @pytest.mark.parametrize("name", LEFTOVERS)
    def test_whatever_it_leaves_is_named(self, run, name):
        program, words = LEFTOVERS[name]
        record, engine = run(FIND + program + END_DRIVER, {"run_seconds": 30}, None)
        assert record.failure is not None
        assert record.failure.reason is FailureReason.RESULT_UNREADABLE
        assert words in record.failure.message
        assert record.wall_seconds < 30
        assert engine.remove_leftovers(INSTALLATION, frozenset()) == []

    def test_an_ordinary_script_is_timed_as_a_whole_process(self, run):
        record, _ = run("import time\nprint('hello')\ntime.sleep(0.2)\n", {}, None)
        assert record.failure is None
        assert record.rate_gflops is None
        assert 0.2 <= record.elapsed_seconds <= record.wall_seconds
        assert record.facts["timing"] == "whole_process"
        assert record.stdout == "hello\n"

    def test_a_child_that_stays_behind_neither_holds_the_run_nor_outlives_it(self, run):
        script = (
            "import os, time\nif os.fork() == 0:\n    time.sleep(600)\n    os._exit(0)\n" + ANSWER
        )
        record, engine = run(script, {"run_seconds": 30}, None)
        assert record.failure is None
        assert record.document["stdout"]["@result"] == {"elapsed": 2.0}
        assert engine.remove_leftovers(INSTALLATION, frozenset()) == []


class TestProcessEngine(BadScripts):
    kind = ProcessEngine


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
class TestContainerEngine(BadScripts):
    kind = ContainerEngine
