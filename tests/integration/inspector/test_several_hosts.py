"""Two hosts, one PostgreSQL, one Redis: who does what, and what a killed process leaves."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from tests.integration.knowledge_graph.conftest import (  # noqa: F401 - fixtures
    migrated,
    postgresql_url,
)
from tests.support.hosts import Hosts, idle_waits, running_hosts
from tests.support.postgresql import fresh_database

pytestmark = pytest.mark.postgresql

ANSWER = "import json\nprint(json.dumps({'@parameters': {}, '@result': {'elapsed': 2.0}}))\n"
#: What a claim may wait beside an idle host, s: far above the second between two looks, since the
#: machine of the tests may be busy; without a mend it was a minute and more.
BOUND = 15.0
CPUS = {"a": 1, "b": 64}


def sleeping(seconds: float) -> str:
    return f"import time\ntime.sleep({seconds})\n" + ANSWER


def asking(cpus: int) -> dict:
    return {"run": {"requests": {"hardware": {"physical_cpus": cpus}}}}


@pytest.fixture(scope="module")
def hosts(request, tmp_path_factory) -> Iterator[Hosts]:
    """Two hosts as the how-to starts them."""
    server = request.getfixturevalue("postgresql_url")
    template = request.getfixturevalue("migrated")
    with (
        fresh_database(server, template=template) as url,
        running_hosts(tmp_path_factory.mktemp("hosts"), url, CPUS) as made,
    ):
        yield made


def test_no_claim_waits_beside_an_idle_host(hosts, record_property):
    pick = random.Random(11)
    ids = []
    for _ in range(60):
        ids.append(hosts.submit(script=sleeping(pick.choice([0, 0, 0.2, 1.5]))))
        time.sleep(pick.choice([0, 0, 0.3]))
    views = hosts.wait(ids)
    assert {view.state for view in views} == {"succeeded"}
    assert {view.host_id for view in views} == {hosts.host_id("a"), hosts.host_id("b")}
    waits = idle_waits(hosts, ids)
    for kind, seconds in waits.items():
        record_property(f"longest idle wait, {kind}", max(seconds))
        assert len(seconds) >= 60
        assert max(seconds) < BOUND


def test_hardware_is_found_on_the_host_that_has_it(hosts):
    ids = [hosts.submit(script=ANSWER, **asking(64)) for _ in range(16)]
    views = hosts.wait(ids)
    assert [(view.state, view.host_id) for view in views] == [
        ("succeeded", hosts.host_id("b"))
    ] * 16


def test_hardware_that_no_host_has_fails_with_a_word_on_each(hosts):
    (view,) = hosts.wait([hosts.submit(script=ANSWER, **asking(65))])
    assert (view.state, view.failure.reason) == ("failed", "hardware_mismatch")
    assert "this host has 1" in view.failure.message
    assert "this host has 64" in view.failure.message


def test_what_a_host_built_whose_measurer_is_gone_is_done_by_the_other(hosts):
    """Last of all: host b is not there any more afterwards."""
    ids = [hosts.submit(script=sleeping(4)) for _ in range(8)]

    def left_on_b() -> list[str]:
        views = map(hosts.view, ids)
        of_b = (view for view in views if view.host_id == hosts.host_id("b"))
        return [view.inspection_id for view in of_b if not view.state.terminal]

    hosts.until(left_on_b, "something was built on b")
    keeper = hosts.processes.pop("host@b")
    keeper.kill()
    keeper.wait()
    hosts.kill("b", "measurer")
    left = left_on_b()
    views = {view.inspection_id: view for view in hosts.wait(ids)}
    assert {view.state for view in views.values()} == {"succeeded"}
    assert left
    assert {views[one].host_id for one in left} == {hosts.host_id("a")}
