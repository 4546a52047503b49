"""Many inspections from one request: which members of a sweep the graph knows already.

Known is a stack with a result of the same indicator (version and parameters), in the same run-time
environment, on a host of the same class as those that would measure it, from as many runs as are
asked for. This is the one module here that reads the graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from amun_core.host_class import host_class
from amun_core.specification import Specification
from amun_core.sweep import BROUGHT_BY_MEMBERS, ParsedMember, ParsedSweep
from knowledge_graph.queries import GraphQueries
from knowledge_graph.sweep_records import KnownInspection

#: A measurer that gave no sign for so long would not be the one to measure, s.
ALIVE_SECONDS = 60.0
#: What changes nothing in what is measured, only how often and how long it may take.
_IDLE = frozenset(
    {"runs", "precision", "labels", "identifier", "limits", "send_messages", "force_sync"}
)
#: The parameter that says how many iterations a run makes: chosen run by run in many inspections.
_ITERATIONS = "reps"


@dataclass(frozen=True, slots=True)
class Measurers:
    """The hosts that would measure: their ids and their classes."""

    hosts: frozenset[str]
    classes: frozenset[str]


def measurers(queries: GraphQueries) -> Measurers:
    """The hosts with a living measurer; where none lives, every host that ever measured."""
    described = {str(host["id"]): host["description"] for host in queries.hosts()}
    living = {
        str(beat["detail"].get("host_id"))
        for beat in queries.service_beats()
        if beat["name"].startswith("measurer@") and beat["age_seconds"] < ALIVE_SECONDS
    }
    hosts = frozenset(living & described.keys() or described.keys())
    return Measurers(hosts, frozenset(host_class(described[host]) for host in hosts))


def known_members(
    queries: GraphQueries, sweep: ParsedSweep, *, indicator_version: str | None
) -> dict[int, str]:
    """Member -> the newest inspection that says already what measuring it would say."""
    first = sweep.members[0].specification.specification
    if first.indicator is None:
        return {}  # a script is known by its text, but not what it reads besides
    candidates = queries.known_inspections(
        [digest for member in sweep.members for digest in _digests(member)],
        indicator=first.indicator.name,
        framework=first.indicator.framework,
    )
    if not candidates:
        return {}
    of_stack: dict[str, list[KnownInspection]] = {}
    for candidate in candidates:
        for digest in (candidate.lock_digest, candidate.stack_digest):
            if digest is not None:
                of_stack.setdefault(digest, []).append(candidate)
    wanted = _Wanted(
        measured=_measured(json.loads(sweep.members[0].specification.canonical)),
        runs=sweep.settings.runs,
        bases=_bases(queries, first),
        places=measurers(queries),
        indicator_version=indicator_version,
    )
    found = {
        index: _first_that_fits(
            [one for digest in _digests(member) for one in of_stack.get(digest, ())], wanted
        )
        for index, member in enumerate(sweep.members)
    }
    return {index: known for index, known in found.items() if known is not None}


def _digests(member: ParsedMember) -> tuple[str, ...]:
    """What the same stack is found by: other hashes, or another format, make another lock."""
    lock, stack = member.lock_digest, member.stack_digest
    return (lock,) if stack is None else (lock, stack)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a member would be; `bases` are digests, None where the host itself is the base."""

    measured: Mapping[str, Any]
    runs: int
    bases: frozenset[str] | None
    places: Measurers
    indicator_version: str | None


def _bases(queries: GraphQueries, specification: Specification) -> frozenset[str] | None:
    """A name of an image may have moved on: only what it was when last used counts."""
    if specification.base is None:
        return None
    return frozenset(queries.base_digests(specification.base)[:1])


def _first_that_fits(candidates: Iterable[KnownInspection], wanted: _Wanted) -> str | None:
    return next((one.inspection_id for one in candidates if _fits(one, wanted)), None)


def _fits(one: KnownInspection, wanted: _Wanted) -> bool:
    if one.runs_accepted < wanted.runs:
        return False
    if wanted.bases is None:
        # a host environment is that of its own host: a twin may have another Python
        if one.host_id not in wanted.places.hosts:
            return False
    elif one.base_digest not in wanted.bases or (host_class(one.host) not in wanted.places.classes):
        return False
    plan = json.loads(one.plan) if one.plan else {}
    version = (plan.get("run") or {}).get("indicator_version")
    if version != wanted.indicator_version:
        return False
    return _measured(json.loads(one.specification)) == wanted.measured


def _measured(specification: Mapping[str, Any]) -> dict[str, Any]:
    """A canonical specification without its lock and without what changes no measurement."""
    kept = {name: value for name, value in specification.items() if name not in _IDLE}
    python = {
        name: value
        for name, value in (kept.pop("python", None) or {}).items()
        if name not in BROUGHT_BY_MEMBERS
    }
    indicator = dict(kept.get("indicator") or {})
    parameters = {
        name: value
        for name, value in (indicator.get("parameters") or {}).items()
        if name != _ITERATIONS
    }
    return {**kept, "indicator": {**indicator, "parameters": parameters}, "python": python}
