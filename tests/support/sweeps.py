"""Sweeps for tests: driven through the store as the workers do it, without running anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from amun_core.states import AttemptKind
from amun_core.sweep_order import NextRun
from knowledge_graph.store import GraphStore
from pis import catalogue
from tests import factories


def _version() -> str:
    """The version of the indicator that the tests ask for."""
    return next(one["version"] for one in catalogue.indicators() if one["name"] == "matmul")


def build(
    store: GraphStore,
    *,
    fail: Callable[[str], bool] = lambda _: False,
    version: str | None = None,
) -> None:
    """Build whatever is announced to the builders, for this version of the indicator."""
    hints = store.pending_outbox(1000)
    builds = [hint.inspection_id for hint in hints if hint.kind is AttemptKind.BUILD]
    store.mark_queued(builds)
    store.mark_published([hint.outbox_id for hint in hints])
    for inspection_id in builds:
        claim = store.claim(
            inspection_id,
            AttemptKind.BUILD,
            worker="builder",
            lease_seconds=60,
            host_id=factories.HOST,
        )
        if claim is None:
            continue
        if fail(inspection_id):
            store.fail(claim, factories.failure())
        else:
            plan = json.dumps({"run": {"indicator_version": version or _version()}})
            store.save_plan(claim, plan, engine="process", engine_why="asked for")
            digest = f"amun-stack-1:{inspection_id}"
            store.finish_build(claim, factories.built(stack=factories.stack(digest=digest)))


def measure(
    store: GraphStore,
    sweep_id: str,
    *,
    most: int = 10_000,
    seconds: Callable[[NextRun], float] = lambda _: 0.002,
    **changes: Any,
) -> int:
    """Make the runs whose turn it is, at most so many; how many were made."""
    made = 0
    while made < most:
        turn = store.claim_turn(
            sweep_id, worker="measurer", lease_seconds=60, host_id=factories.HOST
        )
        if turn is None:
            break
        at = factories.AT + timedelta(seconds=made)
        took = seconds(turn.next)
        record = factories.run_record(
            turn.next.run_index,
            elapsed_seconds=took,
            rate_gflops=0.2 / took,
            started_at=at,
            ended_at=at + timedelta(seconds=0.5),
            **changes,
        )
        assert store.record_run(turn.claim, record)
        store.end_turn(turn)
        made += 1
    return made


def carry_out(store: GraphStore, sweep_id: str, **changes: Any) -> int:
    """From stored to its end, wave after wave; how many runs were made."""
    made = 0
    while True:
        build(store)
        of_wave = measure(store, sweep_id, **changes)
        if not of_wave:
            return made
        made += of_wave
