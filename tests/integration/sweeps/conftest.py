"""A builder and a measurer with a fake engine, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from amun_core.errors import AttemptFailedError
from amun_core.states import AttemptKind, FailureReason, InspectionState
from amun_core.sweep_intake import parse_sweep
from inspector.build import build
from inspector.claim import work_on
from inspector.engines.base import RunExit
from inspector.engines.fake import FakeRun, complete, completed_result, exited
from inspector.sweeping import work_on_sweep
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import NewInspection
from knowledge_graph.store import GraphStore
from knowledge_graph.sweep_records import MemberView, NewMember, NewSweep, SweepRun, SweepView
from tests.integration.comparisons.conftest import (  # noqa: F401 - fixtures
    LOCK,
    Bench,
    bench,
    database_url,
    make_bench,
    migrated,
    migrated_file,
    postgresql_url,
    queries,
    store,
)
from tests.support.databases import execute

Behaviour = Callable[[FakeRun], RunExit]
COMMON = {"indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}}}


class DeadError(BaseException):
    """The worker is gone: nothing of it writes any more."""


def request(versions: Sequence[str], **changes: Any) -> dict[str, Any]:
    members = [
        {
            "name": f"numpy {version}",
            "lock": {"format": "requirements.txt", "content": LOCK.format(version)},
        }
        for version in versions
    ]
    return {"common": COMMON, "members": members, "runs": 3, "seed": 5, **changes}


@dataclass
class SweepBench:
    """A workplace, the queue of hints that its workers take from, and the sweep in hand."""

    bench: Bench
    sweep_id: str = ""
    hints: list[tuple[AttemptKind, str]] = field(default_factory=list)

    @property
    def store(self) -> GraphStore:
        return self.bench.store

    def submit(
        self, stacks: int = 4, *, known: dict[int, str] | None = None, **changes: Any
    ) -> str:
        """The id of a sweep as the API stores it."""
        parsed = parse_sweep(request([f"2.{number}.0" for number in range(stacks)], **changes))
        members = []
        for index, member in enumerate(parsed.members):
            read, seen = member.specification, (known or {}).get(index)
            new = NewInspection(
                identifier=None,
                surface="v1",
                specification=read.canonical,
                specification_hash=read.hash,
                lock_digest=member.lock_digest,
                indicator="matmul",
                framework="numpy",
                runs=parsed.settings.runs,
            )
            members.append(
                NewMember(member.name, member.lock_digest, member.pins, None if seen else new, seen)
            )
        settings = parsed.settings
        sweep = NewSweep(
            identifier=None,
            request_hash=parsed.hash,
            indicator="matmul",
            framework="numpy",
            parameters={"matrix_size": 64},
            rounds=settings.runs,
            in_flight=settings.in_flight,
            band=settings.band,
            seed=settings.seed or 0,
            again=settings.again,
            reference=parsed.reference,
        )
        self.sweep_id = self.store.create_sweep(sweep, members).sweep_id
        return self.sweep_id

    # the service, one step at a time

    def dispatch(self) -> None:
        """What the dispatcher does: accepted becomes queued, hints reach the workers."""
        messages = self.store.pending_outbox()
        self.store.mark_queued([one.inspection_id for one in messages if one.kind == "build"])
        self.hints += [(one.kind, one.inspection_id) for one in messages]
        self.store.mark_published([one.outbox_id for one in messages])

    def work(self, most: int = 1000) -> int:
        """Let builder and measurer take hints until there is none; how many were taken."""
        taken = 0
        while taken < most:
            self.dispatch()
            if not self.hints:
                break
            kind, inspection_id = self.hints.pop(0)
            taken += 1
            self.take(kind, inspection_id)
        return taken

    def take(self, kind: AttemptKind, inspection_id: str) -> None:
        place = self.bench.workplace
        if kind is AttemptKind.BUILD:
            work_on(place, inspection_id, kind, build)
        else:
            assert work_on_sweep(place, inspection_id)

    def reap(self) -> None:
        """What the reaper does some time after a worker has died."""
        execute(
            self.bench.database_url,
            "UPDATE inspections SET lease_until = 1 WHERE lease_until IS NOT NULL",
        )
        self.store.reap(maximum_attempts=3)

    # looks

    def view(self) -> SweepView:
        return self.bench.queries.sweep(self.sweep_id)

    def members(self) -> list[MemberView]:
        return list(self.bench.queries.sweep_members(self.sweep_id))

    def states(self) -> list[InspectionState]:
        return [member.inspection.state for member in self.members()]

    def runs(self) -> dict[int, list[SweepRun]]:
        """Member -> its accepted runs."""
        runs = self.bench.queries.sweep_runs(self.sweep_id)
        return {
            member.index: list(runs.get(member.inspection.inspection_id, ()))
            for member in self.members()
        }

    def made(self) -> list[int]:
        """The members in the order in which their runs were started."""
        of = {member.inspection.inspection_id: member.index for member in self.members()}
        return [of[labels.inspection_id] for labels in self.bench.engine.started]


def at_run(number: int, then: Behaviour, otherwise: Behaviour = complete) -> Behaviour:
    """Do `then` at the run of this number (from 1), counted over all members."""
    seen = 0

    def behave(run: FakeRun) -> RunExit:
        nonlocal seen
        seen += 1
        return then(run) if seen == number else otherwise(run)

    return behave


def die(run: FakeRun) -> RunExit:
    raise DeadError


def crash(run: FakeRun) -> RunExit:
    """The stack's own fault."""
    run.folder.stderr.write_text("Segmentation fault\n", encoding="utf-8")
    return exited(None, signal=11)


def timed(run: FakeRun, seconds: float) -> RunExit:
    """A run of which every iteration takes `seconds`."""
    result = completed_result(run.request)
    result["samples"]["values"] = [seconds] * 5
    run.folder.result.write_text(json.dumps(result), encoding="utf-8")
    run.folder.stdout.write_text("{}\n", encoding="utf-8")
    run.folder.stderr.write_text("", encoding="utf-8")
    return exited()


def build_failure() -> AttemptFailedError:
    return AttemptFailedError(FailureReason.BUILD_FAILED, "gcc ended with 1")


@contextmanager
def sweep_bench(url: str, folder: Path) -> Iterator[SweepBench]:
    """A bench on a database of its own, for tests that make many."""
    with GraphStore(url) as opened, GraphQueries(url) as reading:
        yield SweepBench(make_bench(folder, url, opened, reading))


@pytest.fixture
def sweeps(bench: Bench) -> SweepBench:  # noqa: F811
    return SweepBench(bench)
