"""Sweeps and their members as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amun_api.sweep_outlook import runs_asked, seconds_left
from amun_api.v1.presentation import shown_failure
from amun_core.states import InspectionState
from amun_core.sweep import SWEEP_SCHEMA, SWEEP_STATE_MEANINGS
from knowledge_graph.sweep_records import MemberView, SweepView, TurnTime

#: What a member is called that the graph had a result of.
KNOWN = "known"
_PARTS = ("members", "results", "pause", "resume", "cancel")


def sweep_path(sweep_id: str) -> str:
    """Where a sweep is found."""
    return f"/api/v1/sweeps/{sweep_id}"


def shown_sweep(
    view: SweepView,
    members: Sequence[MemberView] | None = None,
    times: Sequence[TurnTime] = (),
) -> dict[str, Any]:
    """One sweep; in lists without what needs its members."""
    path = sweep_path(view.sweep_id)
    indicator = None
    if view.indicator is not None:
        indicator = {
            "name": view.indicator,
            "framework": view.framework or "",
            "parameters": view.parameters,
        }
    return {
        "schema": SWEEP_SCHEMA,
        "id": view.sweep_id,
        "state": view.state,
        "state_meaning": SWEEP_STATE_MEANINGS[view.state],
        "identifier": view.identifier,
        "indicator": indicator,
        "members": view.members,
        "known": view.known,
        "states": {
            state.value: view.states[state] for state in InspectionState if state in view.states
        },
        "rounds": view.rounds,
        "waves": view.waves,
        "wave": view.wave,
        "runs": {"requested": runs_asked(view), "accepted": view.runs_accepted},
        "seconds_left": None if members is None else seconds_left(view, members, times),
        "in_flight": view.in_flight,
        "band": view.band,
        "seed": view.seed,
        "again": view.again,
        "reference": shown_reference(view, members),
        "host": None if view.host_id is None else {"id": view.host_id, "name": view.hostname},
        "labels": view.labels,
        "origin": view.origin,
        "warnings": view.warnings,
        "created_at": view.created_at,
        "updated_at": view.updated_at,
        "ended_at": view.ended_at,
        "links": {"self": path} | {part: f"{path}/{part}" for part in _PARTS},
    }


def shown_reference(view: SweepView, members: Sequence[MemberView] | None) -> dict[str, Any]:
    """The stack that is run in every round."""
    name = None if members is None else members[view.reference].name
    return {"index": view.reference, "name": name}


def shown_member(view: SweepView, member: MemberView) -> dict[str, Any]:
    """One stack."""
    inspection = member.inspection
    reference = member.index == view.reference
    asked = view.rounds * (view.waves if reference else 1)
    if member.known or inspection.state is InspectionState.SUCCEEDED:
        asked = inspection.runs_accepted
    return {
        "index": member.index,
        "name": member.name,
        "state": KNOWN if member.known else inspection.state,
        "wave": member.wave,
        "is_reference": reference,
        "inspection_id": inspection.inspection_id,
        "stack_digest": inspection.stack_digest,
        "lock_digest": member.lock_digest,
        "pins": member.pins,
        "runs": {"requested": asked, "accepted": inspection.runs_accepted},
        "failure": shown_failure(inspection.failure),
    }
