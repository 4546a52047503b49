"""Many at once, with real threads and processes, on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from amun_core.errors import StaleClaimError
from amun_core.states import AttemptKind, InspectionState
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import Claim
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import expire_lease

Answer = TypeVar("Answer")

_CLAIMER = """
import sys
from amun_core.states import AttemptKind
from knowledge_graph.store import GraphStore

url, worker, *ids = sys.argv[1:]
with GraphStore(url) as store:
    sys.stdin.readline()
    for inspection_id in ids:
        claim = store.claim(inspection_id, AttemptKind.BUILD, worker=worker, lease_seconds=600)
        if claim is not None:
            print(inspection_id, claim.fence)
"""


def at_once(work: Callable[[int], Answer], count: int) -> list[Answer]:
    """`work(0..count-1)` in as many threads, let go together."""
    gate = threading.Barrier(count)

    def one(number: int) -> Answer:
        gate.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_fifty_inspections_are_claimed_once_by_eight_claimers(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    ids = [store.create_inspection(factories.new_inspection()).inspection_id for _ in range(50)]
    assert store.mark_queued(ids) == 50
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _CLAIMER, database_url, f"process-{number}", *ids],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]

    def claim_all(number: int) -> list[str]:
        order = ids[number * 8 :] + ids[: number * 8]
        with GraphStore(database_url) as own:
            return [
                inspection_id
                for inspection_id in order
                if own.claim(
                    inspection_id, AttemptKind.BUILD, worker=f"thread-{number}", lease_seconds=600
                )
            ]

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = [inspection_id for found in at_once(claim_all, 6) for inspection_id in found]
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        taken += [line.split()[0] for line in output.splitlines()]

    assert Counter(taken) == Counter(ids)
    assert queries.counts()["building"] == 50
    assert store.alive_claims() == {(inspection_id, 1) for inspection_id in ids}
    assert all(len(queries.attempts(inspection_id)) == 1 for inspection_id in ids)


def test_one_inspection_for_one_key(store: GraphStore, queries: GraphQueries) -> None:
    created = at_once(
        lambda _: store.create_inspection(factories.new_inspection(), idempotency_key="k"), 8
    )
    assert len({answer.inspection_id for answer in created}) == 1
    assert sorted(answer.replayed for answer in created) == [False] + [True] * 7
    assert queries.counts()["accepted"] == 1


def test_one_accepted_run_for_one_index(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store)
    answers = at_once(
        lambda number: store.record_run(claim, factories.run_record(0, rate_gflops=float(number))),
        8,
    )
    assert sorted(answers) == [False] * 7 + [True]
    assert queries.run(claim.inspection_id, 0).rate_gflops == float(answers.index(True))


def test_many_reapers_return_an_inspection_once(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    claim = factories.claimed(store, factories.queued(store))
    expire_lease(database_url, claim.inspection_id)
    reaped = at_once(lambda _: store.reap(maximum_attempts=3), 6)
    assert sum(len(found) for found in reaped) == 1
    assert len(store.pending_outbox()) == 1
    assert queries.inspection(claim.inspection_id).state is InspectionState.QUEUED


def _end(store: GraphStore, claim: Claim, number: int) -> bool:
    try:
        if number == 0:
            store.finish_measure(claim)
            return True
        if number == 1:
            store.cancel_claimed(claim)
            return True
        return bool(store.reap(maximum_attempts=1))
    except StaleClaimError:
        return False


def test_the_end_is_written_by_one_of_worker_user_and_reaper(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    for _ in range(5):
        claim = factories.measuring(store, runs=0)
        expire_lease(database_url, claim.inspection_id)
        assert sum(at_once(partial(_end, store, claim), 3)) == 1
        events = queries.events(claim.inspection_id)
        assert [event.state_to for event in events].count(events[-1].state_to) == 1
        assert events[-1].state_to.terminal
        assert events[-1].state_from is InspectionState.RUNNING


def test_stacks_with_common_packages_at_once(store: GraphStore, queries: GraphQueries) -> None:
    names = [f"package-{number}" for number in range(30)]
    claims = [factories.claimed(store, factories.queued(store)) for _ in range(6)]

    def build(number: int) -> None:
        order = names[number:] + names[:number]
        members = tuple((name, "1.0", f"sha256:{name}") for name in order)
        stack = factories.stack(digest=f"amun-stack-1:0{number}", packages=members)
        store.finish_build(
            claims[number],
            factories.built(stack=stack, environment_key=f"amun-environment-1:0{number}"),
        )

    at_once(build, 6)
    assert queries.counts()["built"] == 6


def test_log_chunks_of_two_threads_are_all_kept(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.claimed(store, factories.queued(store))

    def write(number: int) -> None:
        for line in range(20):
            store.append_log(claim, "build", f"{number}:{line}\n")

    at_once(write, 4)
    chunks = queries.log(claim.inspection_id)
    texts = [chunk["text"] for chunk in chunks]
    assert sorted(texts) == sorted(
        f"{number}:{line}\n" for number in range(4) for line in range(20)
    )
    assert chunks[-1]["offset"] == sum(len(text) for text in texts)
