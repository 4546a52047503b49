"""Services and stacks for the acceptance tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.service import Service, lock_of, running_service


@pytest.fixture(scope="session")
def environments() -> Iterator[Path]:
    """An environment store that services share one after the other: a stack is installed once."""
    with tempfile.TemporaryDirectory(prefix="amun-acceptance-") as folder:
        yield Path(folder)


@pytest.fixture
def new_service(environments: Path) -> Iterator[Callable[..., Service]]:
    """Makes services that are ended and removed with the test.

    They have one environment store, unless they are told another: AMUN_ENVIRONMENT_STORE.
    """
    made: list[Service] = []

    def make(**settings: str) -> Service:
        settings = {"AMUN_ENVIRONMENT_STORE": str(environments), **settings}
        service = Service(Path(tempfile.mkdtemp(prefix="amun-acceptance-")), settings)
        made.append(service)
        return service

    yield make
    for service in made:
        service.amun("down")
        shutil.rmtree(service.home, ignore_errors=True)


@pytest.fixture(scope="module")
def service(container_engine: Mapping[str, str]) -> Iterator[Service]:
    """One running service with a container engine, shared by the tests of a module."""
    with running_service(container_engine) as shared:
        yield shared


@pytest.fixture(scope="session")
def numpy_lock() -> str:
    """A NumPy stack as requirements with hashes, resolved now for this interpreter."""
    return lock_of("numpy")
