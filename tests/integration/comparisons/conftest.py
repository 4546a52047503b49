"""A measurer with a fake engine, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from amun_core.comparison_intake import parse_comparison
from amun_core.condition import Condition
from amun_core.hardware import HostDescription
from amun_core.plan import HostFacts
from amun_core.settings import Settings
from amun_core.states import AttemptKind
from inspector.build import build
from inspector.claim import work_on
from inspector.engines.choice import EngineShelf
from inspector.engines.fake import FakeEngine
from inspector.quiet import HostQuiet
from inspector.scripts import ScriptSource
from inspector.workplace import Workplace
from knowledge_graph.comparison_records import Block, ComparisonView, NewArm, NewComparison
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import NewInspection
from knowledge_graph.store import GraphStore
from tests.integration.knowledge_graph.conftest import (  # noqa: F401 - fixtures
    database_url,
    migrated,
    migrated_file,
    postgresql_url,
    queries,
    store,
)

HOST = HostFacts(
    host_id="amun-host-1:" + "1" * 64,
    hostname="measuring-host",
    cpu_count=2,
    cpu_set=(0, 1),
    memory_bytes=4 * 1024**3,
)
LOCK = "numpy=={} --hash=sha256:" + "a" * 64 + "\n"


def specification(version: str) -> dict[str, Any]:
    return {
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}},
        "python": {"lock": {"format": "requirements.txt", "content": LOCK.format(version)}},
    }


@dataclass
class Bench:
    """A workplace, its fake engine and its database."""

    workplace: Workplace
    engine: FakeEngine
    store: GraphStore
    queries: GraphQueries
    database_url: str

    def submit(self, versions: tuple[str, str] = ("2.4.5", "2.4.6"), **changes: Any) -> str:
        """The id of a comparison as the API stores it."""
        a, b = ({"specification": specification(version)} for version in versions)
        parsed = parse_comparison({"a": a, "b": b, **changes})
        calibration = parsed.settings.kind == "calibration"
        arms = []
        for variant, arm in enumerate((parsed.a, parsed.b)):
            read = arm.specification
            assert read is not None
            new = NewInspection(
                identifier=None,
                surface="v1",
                specification=read.canonical,
                specification_hash=read.hash,
                lock_digest=None,
                indicator="matmul",
                framework="numpy",
                runs=0,
            )
            arms.append(NewArm(new, variant if calibration else 0))
        comparison = NewComparison(
            identifier=None,
            request_hash=parsed.hash,
            kind=parsed.settings.kind,
            band=parsed.settings.band,
            maximum_blocks=parsed.maximum_blocks,
            maximum_seconds=parsed.settings.maximum_seconds,
            # a fake engine's runs are measured on a host that may be busy with other tests
            condition=parsed.settings.condition or Condition.ANY,
            wait_quiet_seconds=parsed.settings.wait_quiet_seconds,
            seed=parsed.settings.seed or 5,
            a_name=parsed.a.name,
            b_name=parsed.b.name,
        )
        return self.store.create_comparison(comparison, *arms).comparison_id

    def build(self, comparison_id: str) -> None:
        """Let the builder make both arms."""
        for arm in self.view(comparison_id).arms:
            self.store.mark_queued([arm.inspection_id])
            assert work_on(self.workplace, arm.inspection_id, AttemptKind.BUILD, build)

    def built(self, **changes: Any) -> str:
        comparison_id = self.submit(**changes)
        self.build(comparison_id)
        return comparison_id

    def view(self, comparison_id: str) -> ComparisonView:
        return self.queries.comparison(comparison_id)

    def blocks(self, comparison_id: str) -> list[Block]:
        return list(self.queries.blocks(comparison_id)[comparison_id])

    def log(self, inspection_id: str) -> str:
        return "".join(chunk["text"] for chunk in self.queries.log(inspection_id))


@pytest.fixture
def bench(
    tmp_path: Path,
    database_url: str,  # noqa: F811
    store: GraphStore,  # noqa: F811
    queries: GraphQueries,  # noqa: F811
) -> Iterator[Bench]:
    with capture_logs():
        yield make_bench(tmp_path, database_url, store, queries)


def make_bench(
    tmp_path: Path,
    database_url: str,  # noqa: F811
    store: GraphStore,  # noqa: F811
    queries: GraphQueries,  # noqa: F811
) -> Bench:
    """A workplace with a fake engine in a folder."""
    engine = FakeEngine("process")
    workplace = Workplace(
        settings=Settings(home=tmp_path, database_url=database_url),
        store=store,
        engines=EngineShelf(
            {"process": engine, "container": FakeEngine("container", usable=False, why="none")}
        ),
        host=HOST,
        describe=lambda: HostDescription(
            host_id=HOST.host_id,
            hostname=HOST.hostname,
            logical_cpus=2,
            memory_bytes=HOST.memory_bytes,
        ),
        hardware_info=lambda: {"cpu_features": {}, "cpu_info": {}, "cpu_type": {}, "platform": {}},
        installation_id="installation-1",
        worker="measuring-host:tester",
        quiet=HostQuiet(tmp_path),
        scripts=ScriptSource(proxies={}),
    )
    return Bench(workplace, engine, store, queries, database_url)
