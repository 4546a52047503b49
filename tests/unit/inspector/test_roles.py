from __future__ import annotations

import pytest

from amun_core.errors import StorageError
from amun_core.states import AttemptKind
from inspector import roles
from knowledge_graph.database import upgrade


def test_a_database_without_a_schema_is_refused(make_settings):
    with pytest.raises(StorageError, match="none"):
        roles.open_store(make_settings())


def test_one_look_into_an_empty_outbox_needs_no_broker(make_settings):
    settings = make_settings(broker_url="redis://127.0.0.1:1/0")
    upgrade(settings.resolved_database_url)
    assert roles.dispatch(settings, once=True) == 0


def test_one_look_of_the_reaper_gives_back_what_a_dead_worker_left(bench, make_settings):
    inspection_id = bench.submit()
    bench.store.claim(inspection_id, AttemptKind.BUILD, worker="dead", lease_seconds=-1)
    assert roles.reap(make_settings(container_command="nowhere/docker"), once=True) == 0
    assert bench.state(inspection_id) == "queued"


def test_a_workers_sign_of_life_tells_its_engines_and_why(bench):
    for name in ("process", "container"):
        bench.workplace.engines.probe(name)
    detail = roles.worker_detail(bench.workplace, ready=True)
    assert detail["ready"] is True
    assert [(one["name"], one["usable"], one["why"]) for one in detail["engines"]] == [
        ("process", True, ""),
        ("container", False, "no docker"),
    ]


def test_both_engines_are_there_whether_they_work_or_not(make_settings, tmp_path):
    engines = roles.make_engines(make_settings(), "installation-1", tmp_path / "pis")
    assert {name: engine.name for name, engine in engines.items()} == {
        "process": "process",
        "container": "container",
    }
