"""From an unchecked document to a stored sweep: what is known already is not measured again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from amun_api.service import Service, service
from amun_api.submission import check_document, new_inspection
from amun_api.surfaces import Surface
from amun_core.sweep import ParsedMember, ParsedSweep
from amun_core.sweep_intake import parse_sweep
from dependency_monkey.sweep import known_members
from knowledge_graph.sweep_records import CreatedSweep, NewMember, NewSweep

_SEED_BITS = 32


@dataclass(frozen=True, slots=True)
class SweepSubmission:
    """What was stored, and how the document was understood."""

    created: CreatedSweep
    parsed: ParsedSweep


def submit_sweep(document: Any, key: str | None) -> SweepSubmission:
    """Check the request and store it with its members, in one transaction."""
    own = service()
    read = partial(check_document, surface=Surface.V1, catalogue=own.catalogue)
    parsed = parse_sweep(document, read)
    # what is known now may not have been known when the same request came first
    before = own.store.sweep_of_key(key, parsed.hash) if key is not None else None
    if before is not None:
        return SweepSubmission(before, parsed)
    members = _new_members(parsed, {} if parsed.settings.again else _known(own, parsed))
    created = own.store.create_sweep(_new_sweep(parsed), members, idempotency_key=key)
    return SweepSubmission(created, parsed)


def check_sweep(document: Any) -> ParsedSweep:
    """The request as it would be taken, with all the checks of a real one. Nothing is stored."""
    read = partial(check_document, surface=Surface.V1, catalogue=service().catalogue)
    return parse_sweep(document, read)


def _known(own: Service, parsed: ParsedSweep) -> dict[int, str]:
    indicator = parsed.members[0].specification.specification.indicator
    version = None if indicator is None else str(own.catalogue.one(indicator.name)["version"])
    return known_members(own.queries, parsed, indicator_version=version)


def _new_members(parsed: ParsedSweep, known: Mapping[int, str]) -> list[NewMember]:
    """The reference is measured as soon as anybody else is: contrasts are within a round."""
    others = any(
        index not in known and index != parsed.reference for index in range(len(parsed.members))
    )
    reused = {
        index: inspection_id
        for index, inspection_id in known.items()
        if not (others and index == parsed.reference)
    }
    return [
        _new_member(member, parsed, reused.get(index))
        for index, member in enumerate(parsed.members)
    ]


def _new_member(member: ParsedMember, parsed: ParsedSweep, known: str | None) -> NewMember:
    inspection = None
    if known is None:
        inspection = new_inspection(member.specification, Surface.V1, runs=parsed.settings.runs)
    return NewMember(member.name, member.lock_digest, member.pins, inspection, known)


def _new_sweep(parsed: ParsedSweep) -> NewSweep:
    settings = parsed.settings
    indicator = parsed.members[0].specification.specification.indicator
    seed = secrets.randbits(_SEED_BITS) if settings.seed is None else settings.seed
    return NewSweep(
        identifier=settings.identifier,
        request_hash=parsed.hash,
        indicator=indicator.name if indicator else None,
        framework=indicator.framework if indicator else None,
        parameters=dict(indicator.parameters) if indicator else {},
        rounds=settings.runs,
        in_flight=settings.in_flight,
        band=settings.band,
        seed=seed,
        again=settings.again,
        reference=parsed.reference,
        labels=settings.labels,
        origin=settings.origin,
        warnings=[
            {"pointer": warning.pointer, "message": warning.message} for warning in parsed.warnings
        ],
    )
