"""What holds for every test: a scrubbed environment, a closed network, the project's root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from pytest_socket import enable_socket, socket_allow_hosts
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.support.container_engine import load_base_image, running_engine

ROOT = Path(__file__).resolve().parent.parent

# Before any of our modules is imported: what is set on this machine must not leak into a test.
for _name in [name for name in os.environ if name.startswith("AMUN_")]:
    del os.environ[_name]

# A machine that is busy with other things must not fail a property: no time limit for one example.
hypothesis.settings.register_profile("amun", deadline=None)
hypothesis.settings.load_profile("amun")


#: Whole services, and what takes their ports away: one after the other.
ONE_BY_ONE = ("tests/acceptance/", "tests/integration/amun_local/")


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Which tests one process takes when several share them: a file, or all with whole services."""

    def _split_scope(self, nodeid: str) -> str:
        return "services" if nodeid.startswith(ONE_BY_ONE) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _ByFile(config, log)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def published() -> Path:
    """Published documents of the prior system; they live beside the checkout, not in it."""
    folder = ROOT.parent / "shared" / "data" / "published"
    if not folder.is_dir():
        pytest.skip("the published documents (../shared/data/published) are not beside this clone")
    return folder


@pytest.fixture(scope="session")
def container_engine() -> Iterator[dict[str, str]]:
    """A container engine with the base image loaded; yields what a client's environment needs."""
    with running_engine() as address:
        load_base_image()
        yield {"DOCKER_HOST": address} if address else {}


@pytest.fixture(autouse=True)
def _closed_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Unit tests talk to nobody but this machine; tests that reach an index say so by a marker."""
    if "unit" in Path(str(request.node.path)).relative_to(ROOT / "tests").parts:
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
        try:
            yield
        finally:
            socket_allow_hosts(None)
            enable_socket()
    else:
        yield
