"""The real engines keep the contract that the fake one keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from amun_core.settings import Settings
from inspector.engines.base import Engine
from inspector.engines.container import ContainerEngine
from inspector.engines.process import ProcessEngine
from inspector.environments import EnvironmentStore
from inspector.indicators import ship_indicators
from tests.support.engine_contract import INSTALLATION, EngineContract


def make(kind: type[ProcessEngine | ContainerEngine], home: Path) -> Engine:
    store = EnvironmentStore(home / "environments", maximum_bytes=2**33)
    return kind(Settings(home=home), store, INSTALLATION, ship_indicators(home))


class TestProcessEngine(EngineContract):
    def engine(self, home: Path) -> Engine:
        return make(ProcessEngine, home)


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
class TestContainerEngine(EngineContract):
    def engine(self, home: Path) -> Engine:
        return make(ContainerEngine, home)
