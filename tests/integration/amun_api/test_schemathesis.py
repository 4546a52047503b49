"""The whole OpenAPI document against the application in one process: no 500, nothing undocumented.

Every operation of both surfaces, valid and invalid data, in all phases of Schemathesis: examples,
coverage of the schemas, generated data, and chains of requests along the documented links.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.run import PhaseName

from amun_api.app import create_app
from amun_core.comparison import ComparisonKind
from amun_core.settings import Settings
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support import comparisons
from tests.support.databases import sqlite_copy, sqlite_template
from tests.support.inspections import populate
from tests.support.operations import operations

CONFIGURATION = """
seed = 20260901
[generation]
mode = "all"
max-examples = 40
deterministic = true
no-shrink = true
database = "none"
[phases.stateful]
max-steps = 6
[phases.stateful.generation]
max-examples = 60
[checks]
enabled = false
[checks.not_a_server_error]
enabled = true
[checks.status_code_conformance]
enabled = true
[checks.content_type_conformance]
enabled = true
[checks.response_schema_conformance]
enabled = true
[checks.response_headers_conformance]
enabled = true
[checks.unsupported_method]
enabled = true
[checks.allow_header_conformance]
enabled = true
"""
#: Of so many paths with an id one keeps what was generated; the others name an inspection.
KEEP_ONE_IN = 4


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    template = sqlite_template(tmp_path_factory.mktemp("template"))
    return sqlite_copy(template, tmp_path_factory.mktemp("schemathesis"))


@pytest.fixture(scope="module")
def ids(database_url: str) -> list[str]:
    with GraphStore(database_url) as store:
        return sorted(populate(store).values())


@pytest.fixture(scope="module")
def comparison_ids(database_url: str) -> list[str]:
    """One at its end, one calibration, one that failed, several that wait."""
    with GraphStore(database_url) as store:
        ended = [
            comparisons.succeeded(store),
            comparisons.succeeded(store, kind=ComparisonKind.CALIBRATION),
            comparisons.failed(store),
        ]
        return [*ended, *(comparisons.accepted(store) for _ in range(8))]


@pytest.fixture(scope="module")
def question_ids(database_url: str) -> list[str]:
    """One that is answered, one that waits."""
    with GraphStore(database_url) as store:
        asked = [
            store.ask_question({"verb": "count"}, name, fresh_seconds=0).question_id
            for name in ("answered", "waits")
        ]
        claim = store.claim_question(worker="solver", lease_seconds=60, maximum_attempts=1)
        assert claim is not None
        assert store.answer_question(claim, {"count": "3", "snapshot": {"digest": "ab" * 32}})
    return asked


@pytest.fixture(scope="module")
def schema(
    database_url: str, ids: list[str], comparison_ids: list[str], question_ids: list[str]
) -> Iterator[Any]:
    with GraphStore(database_url) as store, GraphQueries(database_url) as queries:
        settings = Settings(home=Path(database_url.removeprefix("sqlite:///")).parent)
        app = create_app(settings, store, queries)
        loaded = schemathesis.openapi.from_wsgi(
            "/openapi/openapi.json", app, config=SchemathesisConfig.from_str(CONFIGURATION)
        )

        @loaded.hook("map_path_parameters")
        def name_what_is_there(_context: Any, path_parameters: Any) -> Any:
            known = {
                "inspection_id": ids,
                "comparison_id": comparison_ids,
                "question_id": question_ids,
                "host_id": [factories.HOST],
            }
            named = (path_parameters or {}).keys() & known
            generated = zlib.crc32(repr(path_parameters).encode("utf-8", "replace"))
            if not named or generated % KEEP_ONE_IN == 0:
                return path_parameters
            chosen = {name: known[name][generated % len(known[name])] for name in named}
            return {**path_parameters, **chosen}

        yield loaded


@pytest.mark.filterwarnings("default")
def test_no_answer_is_undocumented_or_an_internal_error(schema: Any) -> None:
    failures: list[str] = []
    reached: Counter[tuple[str, int]] = Counter()
    phases: set[PhaseName] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(f"{type(event).__name__}: {event}")
        if not isinstance(event, events.ScenarioFinished):
            continue
        phases.add(event.phase)
        for case_id, node in event.recorder.cases.items():
            interaction = event.recorder.interactions.get(case_id)
            if interaction is not None and interaction.response is not None:
                label = node.value.operation.label
                reached[label, interaction.response.status_code] += 1
        failures += [
            f"{check.name}: {check.failure_info.failure} | {check.failure_info.code_sample}"
            for checks in event.recorder.checks.values()
            for check in checks
            if check.failure_info is not None
        ]
    assert not failures, f"{len(failures)} failures, the first: " + "\n".join(failures[:5])
    assert phases >= {
        PhaseName.EXAMPLES,
        PhaseName.COVERAGE,
        PhaseName.FUZZING,
        PhaseName.STATEFUL_TESTING,
    }
    # a test that only ever sees 404 would prove nothing
    succeeded = {label for label, status in reached if status < 400}
    assert succeeded == {f"{operation.method} {operation.path}" for operation in operations()}
