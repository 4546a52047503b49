"""A workplace with a fake engine and a real database in a temporary folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from amun_core.hardware import HostDescription
from amun_core.normalisation import parse_specification
from amun_core.plan import HostFacts
from amun_core.settings import Settings
from amun_core.states import AttemptKind
from inspector.engines.choice import EngineShelf
from inspector.engines.fake import FakeEngine
from inspector.quiet import HostQuiet
from inspector.scripts import ScriptSource
from inspector.workplace import Workplace
from knowledge_graph.database import upgrade
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import Claim, NewInspection
from knowledge_graph.store import GraphStore

HOST = HostFacts(
    host_id="amun-host-1:" + "1" * 64,
    hostname="measuring-host",
    cpu_count=2,
    cpu_set=(0, 1),
    memory_bytes=4 * 1024**3,
    cpu_family=6,
    cpu_model=85,
    processor="Imagined Processor",
    physical_cpus=1,
)
LOCK = "numpy==2.4.6 --hash=sha256:" + "a" * 64 + "\n"
SPECIFICATION: dict[str, Any] = {
    "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}},
    "python": {"lock": {"format": "requirements.txt", "content": LOCK}},
    "runs": 2,
}


@dataclass
class Bench:
    """A workplace, its fake engines and shortcuts to its database."""

    workplace: Workplace
    process: FakeEngine
    container: FakeEngine
    queries: GraphQueries
    logged: list[Any]
    store: GraphStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.workplace.store

    def submit(self, **changes: Any) -> str:
        """A queued inspection."""
        document = {**SPECIFICATION, **changes}
        document = {key: value for key, value in document.items() if value is not None}
        parsed = parse_specification(document, surface="v1")
        wanted = parsed.specification.indicator
        created = self.store.create_inspection(
            NewInspection(
                identifier=None,
                surface="v1",
                specification=parsed.canonical,
                specification_hash=parsed.hash,
                lock_digest=None,
                indicator=wanted.name if wanted else None,
                framework=wanted.framework if wanted else None,
                engine=parsed.specification.engine,
                runs=0 if parsed.specification.build_only else parsed.specification.runs,
            )
        )
        self.store.mark_queued([created.inspection_id])
        return created.inspection_id

    def claim(self, inspection_id: str, kind: AttemptKind = AttemptKind.BUILD) -> Claim:
        claim = self.store.claim(
            inspection_id, kind, worker="tester", lease_seconds=30, host_id=HOST.host_id
        )
        assert claim is not None
        return claim

    def state(self, inspection_id: str) -> str:
        return self.queries.inspection(inspection_id).state.value

    def log(self, inspection_id: str) -> str:
        return "".join(
            f"[{chunk['section']}] {chunk['text']}" for chunk in self.queries.log(inspection_id)
        )


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without a row: copied, since migrating takes longer than copying."""
    path = tmp_path_factory.mktemp("template") / "amun.sqlite"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(**changes: Any) -> Settings:
        return Settings(home=tmp_path, **changes)

    return make


@pytest.fixture
def bench(
    tmp_path: Path, empty_database: Path, make_settings: Callable[..., Settings]
) -> Iterator[Bench]:
    shutil.copy(empty_database, tmp_path / "amun.sqlite")
    settings = make_settings()
    process, container = (
        FakeEngine("process"),
        FakeEngine("container", usable=False, why="no docker"),
    )
    with (
        GraphStore(settings.resolved_database_url) as store,
        GraphQueries(settings.resolved_database_url) as queries,
    ):
        workplace = Workplace(
            settings=settings,
            store=store,
            engines=EngineShelf({"process": process, "container": container}),
            host=HOST,
            describe=lambda: HostDescription(
                host_id=HOST.host_id, logical_cpus=2, memory_bytes=HOST.memory_bytes
            ),
            hardware_info=lambda: {
                "cpu_features": {},
                "cpu_info": {},
                "cpu_type": {},
                "platform": {},
            },
            installation_id="installation-1",
            worker="measuring-host:tester",
            quiet=HostQuiet(tmp_path),
            scripts=ScriptSource(proxies={}),
        )
        with capture_logs() as logged:
            yield Bench(workplace, process, container, queries, logged)
