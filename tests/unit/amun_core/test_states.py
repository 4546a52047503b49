from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_core.states import (
    ACTIVE_STATES,
    FAILURE_REASONS,
    STATE_MEANINGS,
    TERMINAL_STATES,
    TRANSITIONS,
    Actor,
    AttributedTo,
    FailureReason,
    InspectionState,
    attributed_to,
    transition_is_legal,
)

STATES = st.sampled_from(InspectionState)
ACTORS = st.sampled_from(Actor)


def reachable(start: InspectionState) -> set[InspectionState]:
    found, pending = {start}, [start]
    while pending:
        state = pending.pop()
        following = {new for old, new in TRANSITIONS if old is state} - found
        found |= following
        pending.extend(following)
    return found


@settings(deadline=None)
@given(start=STATES, new=STATES, actor=ACTORS)
def test_nothing_leads_out_of_a_terminal_state(
    start: InspectionState, new: InspectionState, actor: Actor
) -> None:
    assert not (start.terminal and transition_is_legal(start, new, actor))


@settings(deadline=None)
@given(state=STATES)
def test_every_state_is_reached_and_reaches_an_end(state: InspectionState) -> None:
    assert state in reachable(InspectionState.ACCEPTED)
    assert reachable(state) & TERMINAL_STATES
    assert state.terminal == (reachable(state) == {state})


@settings(deadline=None)
@given(state=STATES)
def test_every_state_that_is_not_an_end_can_be_cancelled(state: InspectionState) -> None:
    assert state.terminal or (state, InspectionState.CANCELLED) in TRANSITIONS


@settings(deadline=None)
@given(state=st.sampled_from(sorted(ACTIVE_STATES)))
def test_the_reaper_may_return_or_end_whatever_needs_a_lease(state: InspectionState) -> None:
    moves = {
        new
        for old, new in TRANSITIONS
        if transition_is_legal(old, new, Actor.REAPER) and old is state
    }
    assert InspectionState.CRASHED in moves
    assert any(not new.terminal and not new.active for new in moves)


@settings(deadline=None)
@given(walk=st.lists(st.tuples(STATES, ACTORS), max_size=30))
def test_a_walk_of_legal_moves_keeps_to_the_rules(
    walk: list[tuple[InspectionState, Actor]],
) -> None:
    state = InspectionState.ACCEPTED
    history = [state]
    for new, actor in walk:
        if transition_is_legal(state, new, actor):
            state = new
            history.append(state)
    if InspectionState.RUNNING in history:
        assert history.index(InspectionState.BUILT) < history.index(InspectionState.RUNNING)
    assert sum(step.terminal for step in history) <= 1


def test_each_transition_has_an_actor_and_goes_somewhere() -> None:
    for (old, new), actors in TRANSITIONS.items():
        assert old is not new
        assert actors


def test_every_state_has_a_meaning() -> None:
    assert set(STATE_MEANINGS) == set(InspectionState)
    assert all(STATE_MEANINGS.values())


@pytest.mark.parametrize("reason", FailureReason)
def test_every_reason_is_attributed_and_says_what_to_do(reason: FailureReason) -> None:
    attributed, sentence = FAILURE_REASONS[reason]
    assert attributed is attributed_to(reason)
    assert sentence.endswith(".")


def test_what_counts_as_evidence_against_a_stack() -> None:
    evidence = {r for r in FailureReason if attributed_to(r) is AttributedTo.STACK}
    assert evidence == {
        FailureReason.RESOLUTION_FAILED,
        FailureReason.ARTIFACT_NOT_FOUND,
        FailureReason.HASH_MISMATCH,
        FailureReason.BUILD_FAILED,
        FailureReason.IMPORT_FAILED,
        FailureReason.INDICATOR_UNSUPPORTED,
        FailureReason.WRONG_RESULT,
        FailureReason.RUN_CRASHED,
    }
