"""Comparisons for tests: with two built arms, with blocks, at their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from amun_core.comparison import ComparisonKind, EndedBecause
from amun_core.states import AttemptKind
from knowledge_graph.comparison_records import (
    Block,
    CalibrationRecord,
    NewArm,
    NewComparison,
    Outcome,
    PairClaim,
)
from knowledge_graph.store import GraphStore
from tests import factories


def new_comparison(**changes: Any) -> NewComparison:
    values: dict[str, Any] = {
        "identifier": None,
        "request_hash": "amun-request-1:00",
        "kind": ComparisonKind.COMPARISON,
        "band": 0.02,
        "maximum_blocks": 120,
        "maximum_seconds": 3600,
        "seed": 7,
        "a_name": "numpy 2.4.5",
        "b_name": "numpy 2.4.6",
    }
    return NewComparison(**values | changes)


def accepted(store: GraphStore, key: str | None = None, **changes: Any) -> str:
    """The id of a comparison that no worker knows yet; b is of build variant 1."""
    arm = NewArm(factories.new_inspection(runs=0))
    other = NewArm(factories.new_inspection(runs=0), build_variant=1)
    new = new_comparison(**changes)
    return store.create_comparison(new, arm, other, idempotency_key=key).comparison_id


def arms_of(store: GraphStore, comparison_id: str) -> tuple[str, str]:
    with store._reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT id FROM inspections "  # noqa: S608 - an id of ours
            f"WHERE comparison_id = '{comparison_id}' ORDER BY arm"
        )
        a, b = found.scalars()
    return a, b


def build(store: GraphStore, inspection_id: str) -> None:
    """From accepted to built."""
    store.mark_queued([inspection_id])
    store.finish_build(factories.claimed(store, inspection_id), factories.built())


def built(store: GraphStore, **changes: Any) -> str:
    """The id of a comparison of which both arms are built; their hints are published."""
    comparison_id = accepted(store, **changes)
    for inspection_id in arms_of(store, comparison_id):
        build(store, inspection_id)
    store.mark_published([message.outbox_id for message in store.pending_outbox()])
    return comparison_id


def claimed(store: GraphStore, comparison_id: str, *, lease_seconds: float = 60.0) -> PairClaim:
    pair = store.claim_pair(
        comparison_id, worker="worker-1", lease_seconds=lease_seconds, host_id=factories.HOST
    )
    assert pair is not None, f"the arms of {comparison_id} could not be claimed"
    return pair


def block(index: int, log_ratio: float = 0.001, **changes: Any) -> Block:
    runs = (2 * index, 2 * index + 1)
    values: dict[str, Any] = {
        "index": index,
        "order": "ABBA" if index % 2 else "BAAB",
        "a_runs": runs,
        "b_runs": runs,
        "a_seconds": (0.002, 0.0021),
        "b_seconds": (0.002, 0.0022),
        "log_ratio": log_ratio,
        "disturbed": (),
        "started_at": factories.AT,
        "ended_at": factories.AT + timedelta(seconds=4),
    }
    return Block(**values | changes)


def measured(store: GraphStore, pair: PairClaim, number: int, log_ratio: float = 0.001) -> None:
    """Blocks with their runs, as a measurer stores them."""
    done = len(pair.blocks)
    for index in range(done, done + number):
        one = block(index, log_ratio)
        for claim in pair.arms:
            store.extend_runs(claim, 2 * index + 2)
            for run in one.a_runs:
                store.record_run(claim, factories.run_record(run))
        assert store.store_block(pair, one)


def outcome(blocks: int = 10, **changes: Any) -> Outcome:
    values: dict[str, Any] = {
        "verdict": "equivalent",
        "direction": None,
        "ratio": 1.001,
        "low": 0.99,
        "high": 1.01,
        "blocks": blocks,
        "blocks_to_decide": None,
        "looks": [
            {"blocks": blocks, "ratio": 1.001, "low": 0.99, "high": 1.01, "verdict": "equivalent"}
        ],
        "widened_by": None,
        "not_comparable_because": [],
        "notes": [],
    }
    return Outcome(EndedBecause.DECIDED, values | changes)


def calibration(**changes: Any) -> CalibrationRecord:
    document: dict[str, Any] = {
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}},
        "blocks": 40,
        "comparisons": 2000,
        "false_verdict_rate": 0.0,
        "false_verdict_upper": 0.0015,
        "equivalent_rate": 0.9,
        "block_spread": 0.02,
        "least_detectable_effect": 1.034,
        "band": 0.02,
    }
    document |= changes
    return CalibrationRecord("matmul", "numpy", document["least_detectable_effect"], document)


def succeeded(store: GraphStore, *, blocks: int = 10, **changes: Any) -> str:
    """The id of a comparison that has ended with a verdict."""
    comparison_id = built(store, **changes)
    pair = claimed(store, comparison_id)
    measured(store, pair, blocks)
    kept = calibration() if pair.kind is ComparisonKind.CALIBRATION else None
    store.finish_pair(pair, outcome(blocks), kept)
    return comparison_id


def failed(store: GraphStore) -> str:
    """The id of a comparison of which one arm could not be built."""
    comparison_id = accepted(store)
    a, _ = arms_of(store, comparison_id)
    store.mark_queued([a])
    store.fail(factories.claimed(store, a, AttemptKind.BUILD), factories.failure())
    return comparison_id
