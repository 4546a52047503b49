"""Any order of events: workers that work, die, drain and come back late, users who cancel.

A model beside the database says what must be true; after every step both are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from amun_core.errors import ConflictError, IllegalTransitionError, StaleClaimError
from amun_core.states import Actor, AttemptKind, InspectionState, transition_is_legal
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import Claim
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import empty, expire_lease

S = InspectionState
RUNS = 2
MAXIMUM_ATTEMPTS = 2
MAXIMUM_INSPECTIONS = 2
WHICH = st.integers(0, MAXIMUM_INSPECTIONS - 1)
WAITING = {AttemptKind.BUILD: S.QUEUED, AttemptKind.MEASURE: S.BUILT}
ACTIVE = {AttemptKind.BUILD: S.BUILDING, AttemptKind.MEASURE: S.RUNNING}


class Life(RuleBasedStateMachine):
    """The store under random use; `holders` and `states` are what the model believes."""

    database_url = ""

    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        empty(self.database_url)
        self.opened = ExitStack()
        self.store = self.opened.enter_context(GraphStore(self.database_url))
        self.queries = self.opened.enter_context(GraphQueries(self.database_url))
        self.states: dict[str, S] = {}
        self.fences: dict[str, int] = {}
        self.holders: dict[str, Claim] = {}
        self.expired: set[str] = set()
        self.cancelling: set[str] = set()
        self.accepted: dict[str, dict[int, float]] = {}
        self.spent: dict[tuple[str, AttemptKind], int] = {}
        self.rate = 0.0

    def teardown(self) -> None:
        self.opened.close()

    @precondition(lambda self: len(self.states) < MAXIMUM_INSPECTIONS)
    @rule()
    def create(self) -> None:
        made = self.store.create_inspection(factories.new_inspection(runs=RUNS)).inspection_id
        self.states[made] = S.ACCEPTED
        self.fences[made] = 0
        self.accepted[made] = {}

    @rule()
    def dispatch(self) -> None:
        hints = self.store.pending_outbox()
        self.store.mark_queued([hint.inspection_id for hint in hints])
        self.store.mark_published([hint.outbox_id for hint in hints])
        hinted = {hint.inspection_id for hint in hints}
        for inspection_id, state in self.states.items():
            if state is S.ACCEPTED:
                assert inspection_id in hinted
                self.states[inspection_id] = S.QUEUED

    @rule(
        target=claims,
        number=WHICH,
        kind=st.sampled_from(AttemptKind),
        worker=st.sampled_from(["w1", "w2", "w3"]),
    )
    def claim(self, number: int, kind: AttemptKind, worker: str) -> Claim | None:
        inspection_id = self.pick(number)
        if inspection_id is None:
            return None
        claim = self.store.claim(
            inspection_id, kind, worker=worker, lease_seconds=3600, host_id=factories.HOST
        )
        assert (claim is not None) == (self.states[inspection_id] is WAITING[kind])
        if claim is not None:
            assert claim.fence == self.fences[inspection_id] + 1
            assert claim.accepted_runs == set(self.accepted[inspection_id])
            self.fences[inspection_id] = claim.fence
            self.states[inspection_id] = ACTIVE[kind]
            self.holders[inspection_id] = claim
            self.expired.discard(inspection_id)
        return claim

    @precondition(lambda self: len(self.states) < MAXIMUM_INSPECTIONS)
    @rule(target=claims)
    def begin_measuring(self) -> Claim:
        """A short way into the depth, which single steps seldom reach."""
        self.dispatch()
        claim = factories.measuring(self.store, runs=RUNS, lease_seconds=3600)
        self.states[claim.inspection_id] = S.RUNNING
        self.fences[claim.inspection_id] = claim.fence
        self.accepted[claim.inspection_id] = {}
        self.holders[claim.inspection_id] = claim
        return claim

    def pick(self, number: int) -> str | None:
        """One of the few inspections, so that steps meet."""
        names = list(self.states)
        return names[number] if number < len(names) else None

    @rule(
        number=WHICH,
        how=st.sampled_from(["renew", "release", "release", "crash", "cancel_claimed"]),
    )
    def holder_acts(self, number: int, how: str) -> None:
        """The one who holds the inspection now, where the bundle mostly has those of before."""
        inspection_id = self.pick(number)
        if inspection_id is not None:
            getattr(self, how)(self.holders.get(inspection_id))

    def holds(self, claim: Claim) -> bool:
        return self.holders.get(claim.inspection_id) is claim

    def guarded(self, claim: Claim | None, write: Callable[[Claim], Any]) -> tuple[bool, Any]:
        """Do `write`; it must be refused exactly if the claim does not hold any more."""
        if claim is None:
            return False, None
        if self.holds(claim):
            return True, write(claim)
        with pytest.raises(StaleClaimError):
            write(claim)
        return False, None

    def settle(self, claim: Claim, state: S) -> None:
        self.states[claim.inspection_id] = state
        del self.holders[claim.inspection_id]
        self.expired.discard(claim.inspection_id)

    def after_giving_back(self, claim: Claim, *, costs: bool) -> S:
        """What the model expects of an attempt that ends without a result."""
        key = (claim.inspection_id, claim.kind)
        self.spent[key] = self.spent.get(key, 0) + costs
        if claim.inspection_id in self.cancelling:
            return S.CANCELLED
        if costs and self.spent[key] >= MAXIMUM_ATTEMPTS:
            return S.CRASHED
        return WAITING[claim.kind]

    @rule(claim=claims)
    def renew(self, claim: Claim | None) -> None:
        held, asked = self.guarded(claim, lambda held: self.store.renew(held, 3600))
        if held and claim is not None:
            self.expired.discard(claim.inspection_id)  # nobody took it back meanwhile
            assert asked == (claim.inspection_id in self.cancelling)

    @rule(claim=claims)
    def finish_build(self, claim: Claim | None) -> None:
        if claim is not None and claim.kind is AttemptKind.BUILD:
            held, _ = self.guarded(
                claim, lambda held: self.store.finish_build(held, factories.built())
            )
            if held:
                self.settle(claim, S.BUILT)

    @rule(claim=claims, index=st.integers(0, RUNS - 1))
    def record_run(self, claim: Claim | None, index: int) -> None:
        if claim is None or claim.kind is not AttemptKind.MEASURE:
            return
        self.rate += 1
        run = factories.run_record(index, rate_gflops=self.rate)
        held, new = self.guarded(claim, lambda held: self.store.record_run(held, run))
        if held:
            kept = self.accepted[claim.inspection_id]
            assert new == (index not in kept)
            kept.setdefault(index, self.rate)

    @rule(claim=claims)
    def finish_measure(self, claim: Claim | None) -> None:
        if claim is None or claim.kind is not AttemptKind.MEASURE:
            return
        if self.holds(claim) and len(self.accepted[claim.inspection_id]) < RUNS:
            with pytest.raises(ConflictError, match="no accepted run of index"):
                self.store.finish_measure(claim)
            return
        held, _ = self.guarded(claim, self.store.finish_measure)
        if held:
            self.settle(claim, S.SUCCEEDED)

    @rule(claim=claims)
    def fail(self, claim: Claim | None) -> None:
        held, _ = self.guarded(claim, lambda held: self.store.fail(held, factories.failure()))
        if held and claim is not None:
            self.settle(claim, S.FAILED)

    @rule(claim=claims)
    def crash(self, claim: Claim | None) -> None:
        held, state = self.guarded(
            claim,
            lambda held: self.store.crash(held, "a fault", maximum_attempts=MAXIMUM_ATTEMPTS),
        )
        if held and claim is not None:
            assert state is self.after_giving_back(claim, costs=True)
            self.settle(claim, state)

    @rule(claim=claims)
    def release(self, claim: Claim | None) -> None:
        held, state = self.guarded(claim, self.store.release)
        if held and claim is not None:
            assert state is self.after_giving_back(claim, costs=False)
            self.settle(claim, state)

    @rule(claim=claims)
    def cancel_claimed(self, claim: Claim | None) -> None:
        held, _ = self.guarded(claim, self.store.cancel_claimed)
        if held and claim is not None:
            self.settle(claim, S.CANCELLED)

    @rule(number=WHICH)
    def request_cancel(self, number: int) -> None:
        inspection_id = self.pick(number)
        if inspection_id is None:
            return
        state = self.states[inspection_id]
        if state.terminal and state is not S.CANCELLED:
            with pytest.raises(IllegalTransitionError):
                self.store.request_cancel(inspection_id)
            return
        after = self.store.request_cancel(inspection_id)
        if state.active:
            assert after is state
            self.cancelling.add(inspection_id)
        else:
            assert after is S.CANCELLED
            self.states[inspection_id] = S.CANCELLED

    @rule(number=WHICH)
    def die(self, number: int) -> None:
        inspection_id = self.pick(number)
        if inspection_id is None:
            return
        expire_lease(self.database_url, inspection_id)
        if inspection_id in self.holders:
            self.expired.add(inspection_id)

    @rule()
    def reap(self) -> None:
        expected = {
            (claim.inspection_id, claim.fence, ACTIVE[claim.kind])
            for claim in self.holders.values()
            if claim.inspection_id in self.expired
        }
        reaped = self.store.reap(maximum_attempts=MAXIMUM_ATTEMPTS)
        assert {(one.inspection_id, one.fence, one.was) for one in reaped} == expected
        for one in reaped:
            claim = self.holders[one.inspection_id]
            assert one.now is self.after_giving_back(claim, costs=True)
            self.settle(claim, one.now)

    @invariant()
    def one_valid_claim_for_each(self) -> None:
        alive = self.store.alive_claims()
        assert len({inspection_id for inspection_id, _ in alive}) == len(alive)
        assert alive == {
            (inspection_id, claim.fence)
            for inspection_id, claim in self.holders.items()
            if inspection_id not in self.expired
        }

    @invariant()
    def accepted_runs_are_never_lost(self) -> None:
        for inspection_id, accepted in self.accepted.items():
            found = [run for run in self.queries.runs(inspection_id, samples=False) if run.accepted]
            assert {run.run_index: run.rate_gflops for run in found} == accepted
            assert len(found) == len(accepted)

    @invariant()
    def the_events_replay_to_the_present(self) -> None:
        for inspection_id, state in self.states.items():
            current: S | None = None
            fence = 0
            for event in self.queries.events(inspection_id):
                assert event.state_from is current
                if current is not None:
                    assert transition_is_legal(current, event.state_to, Actor(event.actor))
                assert event.fence == fence + event.state_to.active
                current, fence = event.state_to, event.fence
            assert (current, fence) == (state, self.fences[inspection_id])
            assert self.queries.inspection(inspection_id).state is state

    @invariant()
    def what_waits_is_announced_or_was(self) -> None:
        hinted = {hint.inspection_id for hint in self.store.pending_outbox(limit=10_000)}
        accepted = {name for name, state in self.states.items() if state is S.ACCEPTED}
        assert accepted <= hinted


def test_any_order_of_events(database_url: str) -> None:
    class Here(Life):
        pass

    Here.database_url = database_url
    run_machine(
        Here,
        settings=settings(
            max_examples=80 if database_url.startswith("sqlite") else 30,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
