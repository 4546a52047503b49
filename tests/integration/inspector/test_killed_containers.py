"""Two hosts that run containers: what is left of one whose measurer was killed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from amun_core.states import AttemptKind
from tests.integration.knowledge_graph.conftest import (  # noqa: F401 - fixtures
    migrated,
    postgresql_url,
)
from tests.support.container_engine import BASE_IMAGE
from tests.support.hosts import Hosts, running_hosts
from tests.support.postgresql import fresh_database

pytestmark = [pytest.mark.postgresql, pytest.mark.container]

ENDLESS = "import time\ntime.sleep(600)\n"
CPUS = {"a": 1, "b": 1}


@pytest.fixture(scope="module")
def hosts(request, tmp_path_factory, container_engine) -> Iterator[Hosts]:
    """Two hosts with a container engine."""
    server = request.getfixturevalue("postgresql_url")
    template = request.getfixturevalue("migrated")
    with (
        fresh_database(server, template=template) as url,
        running_hosts(tmp_path_factory.mktemp("hosts"), url, CPUS) as made,
    ):
        yield made


def containers(inspection_id: str) -> list[str]:
    """The fences of the containers of an inspection, stopped ones too."""
    answer = subprocess.run(
        [
            *("docker", "ps", "--all", "--format", '{{.Label "org.amun.fence"}}'),
            *("--filter", f"label=org.amun.inspection={inspection_id}"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return answer.stdout.split()


def started_in_container(hosts: Hosts) -> str:
    inspection_id = hosts.submit(script=ENDLESS, engine="container", base=BASE_IMAGE)
    hosts.until(
        lambda: containers(inspection_id) or hosts.view(inspection_id).state.terminal,
        "its container runs",
    )
    assert containers(inspection_id), hosts.view(inspection_id).failure
    return inspection_id


def where(hosts: Hosts, inspection_id: str) -> str:
    host_id = hosts.view(inspection_id).host_id
    return next(name for name in CPUS if hosts.host_id(name) == host_id)


def test_the_container_of_a_killed_measurer_is_gone_before_the_next_attempt(hosts):
    inspection_id = started_in_container(hosts)
    hosts.kill(where(hosts, inspection_id), "measurer")
    beside = []

    def second_attempt() -> bool:
        beside.append(set(containers(inspection_id)))
        kinds = [one.kind for one in hosts.queries.attempts(inspection_id)]
        return kinds.count(AttemptKind.MEASURE) > 1 and len(beside[-1]) > 0

    hosts.until(second_attempt, "the next attempt has its container")
    assert max(map(len, beside)) == 1
    hosts.store.request_cancel(inspection_id)
    hosts.wait([inspection_id])
    hosts.until(lambda: not containers(inspection_id), "its container is gone")


def test_a_cancel_after_a_kill_leaves_no_container_and_no_folder(hosts):
    inspection_id = started_in_container(hosts)
    name = where(hosts, inspection_id)
    hosts.kill(name, "measurer")
    hosts.store.request_cancel(inspection_id)
    (view,) = hosts.wait([inspection_id])
    assert (view.state, containers(inspection_id)) == ("cancelled", [])
    hosts.until(lambda: not list(hosts.home(name).glob("runs/*")), "its run folder is gone")
