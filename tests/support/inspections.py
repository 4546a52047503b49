"""A graph with an inspection in every state, one of them with a plan, a log, runs and results."""

from __future__ import annotations

from amun_core.index_map import IndexMap
from amun_core.lock import Lock
from amun_core.normalisation import parse_specification
from amun_core.plan import HostFacts, ImageFacts, OperatingSystemFacts, Plan, PythonFacts
from amun_core.planning import make_plan
from amun_core.states import AttemptKind, InspectionState, RunState
from knowledge_graph.store import GraphStore
from tests import factories

SECRET = "hunter2-in-the-environment"
PASSWORD = "pa55word-of-the-index"
DOCUMENT = {
    "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}},
    "runs": 6,
    "labels": {"team": "red"},
    "environment": [{"name": "API_KEY", "value": SECRET}],
    "python": {
        "requirements_locked": {
            "_meta": {
                "sources": [
                    {
                        "name": "private",
                        "url": f"https://user:{PASSWORD}@index.example/simple",
                        "verify_ssl": True,
                    }
                ]
            },
            "default": {"numpy": {"version": "==2.4.6", "hashes": ["sha256:" + "0a" * 32]}},
        }
    },
}


def host_facts() -> HostFacts:
    return HostFacts(
        host_id=factories.HOST,
        hostname="bench-1",
        cpu_count=2,
        cpu_set=(0, 1),
        memory_bytes=8 * 1024**3,
    )


def image_facts() -> ImageFacts:
    version = "3.11.2"
    markers = dict.fromkeys(
        ("platform_release", "platform_version", "platform_machine", "implementation_version"), ""
    ) | {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": version,
        "python_version": "3.11",
        "sys_platform": "linux",
    }
    return ImageFacts(
        reference=None,
        digest=factories.HOST,
        operating_system=OperatingSystemFacts(id="debian", version_id="12", name="Debian"),
        python=PythonFacts(
            executable="/usr/bin/python3",
            version=version,
            implementation="cpython",
            platform="linux-x86_64",
            markers=markers,
        ),
    )


def plan_of(document: dict[str, object]) -> Plan:
    parsed = parse_specification(document, surface="v1")
    return make_plan(
        parsed.specification,
        parsed.lock or Lock(()),
        image_facts(),
        host_facts(),
        engine="process",
        engine_why="asked for",
        index_map=IndexMap({}),
        script_text=None,
        indicator_version="1",
    )


def measured(store: GraphStore) -> str:
    """The id of a succeeded inspection with everything that can be shown."""
    parsed = parse_specification(DOCUMENT, surface="v1")
    inspection_id = factories.queued(
        store,
        identifier="measured",
        specification=parsed.canonical,
        specification_hash=parsed.hash,
        labels=dict(parsed.specification.labels),
        warnings=[{"pointer": "/runs", "message": "an example"}],
        runs=6,
    )
    claim = factories.claimed(store, inspection_id)
    plan = plan_of(DOCUMENT).model_dump_json()
    store.save_plan(claim, plan, engine="process", engine_why="no base image is asked for")
    store.append_log(claim, "resolve", f"from https://user:{PASSWORD}@index.example/simple\n")
    store.append_log(claim, "install", "numpy 2.4.6\n")
    store.finish_build(claim, factories.built())
    claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    store.record_run(
        claim,
        factories.run_record(
            0,
            state=RunState.FAILED,
            accepted=False,
            exit_code=3,
            seconds=(),
            warmups=0,
            rate_gflops=None,
            elapsed_seconds=None,
            first_sample_at=None,
            failure=factories.failure(),
        ),
    )
    store.append_log(claim, "run 0", "started\n")
    for index in range(6):
        elapsed = 0.0025 + index / 10_000
        store.record_run(
            claim,
            factories.run_record(
                index,
                elapsed_seconds=elapsed,
                rate_gflops=268173312.0 / elapsed / 1e9,
                disturbed=("load average above 1",) if index == 5 else (),
            ),
        )
    store.finish_measure(claim)
    return inspection_id


def populate(store: GraphStore) -> dict[str, str]:
    """One inspection in every state; the succeeded one is `measured`: state -> id."""
    ids = {
        state.value: factories.in_state(store, state)
        for state in InspectionState
        if state is not InspectionState.SUCCEEDED
    }
    return ids | {InspectionState.SUCCEEDED.value: measured(store)}
